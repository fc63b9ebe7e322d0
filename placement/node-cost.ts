/* What one node adds to the cost, from the instances on it: the part of the definition in cost.ts that is of single nodes. */
import type { Problem } from './problem.ts';
import { allows, demandOf, loadOf } from './rules.ts';

export const PPM = 1_000_000;
const MOST_LOAD = 4_000_000;

export interface NodeLoad {
  readonly highestPpm: number; // of its resources
  readonly openPpm: number; // the same, 0 unless the node is open
  readonly squares: number; // of loads above the means, of an open node, ppm
  readonly excessPpm: number; // demand beyond capacity
}

function relativeLoadPpm(used: number, capacity: number): number {
  return Math.floor(Math.min(MOST_LOAD, used * (PPM / Math.max(1, capacity))) + 0.5);
}

export function loadOn(problem: Problem, meansPpm: readonly number[], here: readonly number[], node: number): NodeLoad {
  const { capacity, openness } = problem.nodes[node]!;
  let highestPpm = 0;
  let above = 0;
  let excessPpm = 0;
  capacity.forEach((amount, r) => {
    const load = relativeLoadPpm(
      here.reduce((sum, i) => sum + loadOf(problem, i)[r]!, 0),
      amount,
    );
    highestPpm = Math.max(highestPpm, load);
    above += Math.max(0, load - meansPpm[r]!) ** 2;
    const beyond = here.reduce((sum, i) => sum + demandOf(problem, i)[r]!, 0) - amount;
    if (beyond > 0) excessPpm += Math.max(1, relativeLoadPpm(beyond, amount));
  });
  const isOpen = openness === 'open';
  return { highestPpm, openPpm: isOpen ? highestPpm : 0, squares: isOpen ? Math.floor(above / PPM) : 0, excessPpm };
}

/** Rules that instances on a node break there, each counted once. */
export function rulesBrokenOn(
  problem: Problem,
  anti: readonly (readonly number[])[], // as antiAffinities says
  here: readonly number[],
  node: number,
): number {
  const counts = new Map<number, number>(); // per application
  for (const i of here) {
    const { application } = problem.instances[i]!;
    counts.set(application, (counts.get(application) ?? 0) + 1);
  }
  const place = problem.nodes[node]!;
  let broken = 0;
  for (const [a, count] of counts) {
    const application = problem.applications[a]!;
    if (place.openness === 'draining') broken += count;
    if (!allows(application, place)) broken += count;
    broken += count * new Set(application.affinity.filter((b) => !counts.has(b))).size;
    broken += (count * (count - 1)) / 2;
    for (const b of anti[a]!) if (a < b) broken += count * (counts.get(b) ?? 0); // each pair once
  }
  return broken;
}

/** What instances on a node cost by what they like beside them, in 1e-9; negative for gains. */
export function companyOn(problem: Problem, here: readonly number[]): number {
  const present = new Set(here.map((i) => problem.instances[i]!.application));
  return here.reduce((sum, i) => {
    const { near = [] } = problem.applications[problem.instances[i]!.application]!;
    const met = near.filter(({ application }) => present.has(application));
    return met.reduce((cost, { gain }) => cost - gainInSoft(problem, gain), sum);
  }, 0);
}

/** A gain in units of one move, in 1e-9 of the unit of the weights. */
export function gainInSoft(problem: Problem, gain: number): number {
  return Math.round(gain * problem.weights.move * 1e9);
}
