/*
 * What a placement costs: the definition, written plainly, against which the solver is tested. Four levels, each counting
 * only where those before are equal:
 *
 * 1. waiting: instances without a node, per class (priority, then active before standby), the most important class first;
 * 2. breachPpm: what still stands where it should not: 1,000,000 for each instance on a draining node, each one at home
 *    against its allow and forbid rules, each pair that may not share a node and does, each affinity not met; and for each
 *    node and resource filled beyond capacity, the excess in millionths of capacity;
 * 3. domainShortage: failure domains that replicas could be spread over and are not;
 * 4. soft: load x highest relative load + imbalance x sum of squares above the mean + moves + 100 x running instances that
 *    wait + unease - gains of preferences met, in units of 1e-9.
 *
 * Relative loads are millionths of capacity, rounded, and at most 4,000,000, of what instances are expected to use (`load`,
 * or else their demand). The mean of a resource is that of all instances over the capacity of all open nodes, so it does not
 * depend on the placement.
 */
import { companyOn, gainInSoft, loadOn, PPM, rulesBrokenOn } from './node-cost.ts';
import type { Problem } from './problem.ts';
import { antiAffinities, classRanks, loadOf, matches, usableDomains } from './rules.ts';

/** Unease of an instance at home on a degraded node, in moves: it leaves unless that drags others along. */
export const DEGRADED_UNEASE = 3;

export interface Cost {
  readonly waiting: readonly number[];
  readonly breachPpm: number;
  readonly domainShortage: number;
  readonly soft: number; // 1e-9 of the unit of the weights: the sum of the terms
  readonly terms: SoftTerms;
  readonly maxLoadPpm: number; // of any node that is not gone
  readonly moves: number;
}

/** What the last level is made of, each in 1e-9. */
export interface SoftTerms {
  readonly load: number; // of the fullest open node
  readonly imbalance: number;
  readonly move: number;
  readonly stop: number; // running instances that wait
  readonly unease: number; // at home, where it is not well
  readonly preference: number; // for nodes; negative for gains
  readonly company: number; // for applications beside
}

/** Negative when a is the better one. */
export function compareCosts(a: Cost, b: Cost): number {
  for (const [c, count] of a.waiting.entries()) if (count !== b.waiting[c]) return count - b.waiting[c]!;
  return a.breachPpm - b.breachPpm || a.domainShortage - b.domainShortage || a.soft - b.soft;
}

/**
 * One number in the unit of the weights, for people and logs: each level weighs far more than those below usually do.
 * `compareCosts` alone is exact.
 */
export function asNumber(cost: Cost): number {
  const waiting = cost.waiting.reduce((sum, count) => sum + count, 0);
  return waiting * 1e12 + (cost.breachPpm / PPM) * 1e9 + cost.domainShortage * 1e6 + cost.soft / 1e9;
}

/** Per resource: load of all instances over capacity of all open nodes, ppm, at most one million. */
export function meanLoadsPpm(problem: Problem): readonly number[] {
  return problem.resources.map((_, r) => {
    const demand = problem.instances.reduce((sum, _one, i) => sum + loadOf(problem, i)[r]!, 0);
    const capacity = problem.nodes.reduce((sum, node) => sum + (node.openness === 'open' ? node.capacity[r]! : 0), 0);
    return Math.floor(Math.min(1, demand / Math.max(1, capacity)) * PPM + 0.5);
  });
}

/** Soft cost of one instance at home or away from it, in 1e-9. */
export function stayCost(problem: Problem, instance: number): number {
  const one = problem.instances[instance]!;
  const degraded = problem.nodes[one.home]?.openness === 'degraded' ? DEGRADED_UNEASE : 0;
  return Math.round((one.unease + degraded) * problem.weights.move * 1e9);
}
export function leaveCost(problem: Problem, instance: number): number {
  return isRunning(problem, instance) ? Math.round(problem.weights.move * 1e9) : 0;
}

/** Of equals, one that runs is not stopped so that another may: in units of one move, more than any levelling is worth. */
const STOP_MOVES = 100;
export function stopCost(problem: Problem, instance: number): number {
  return STOP_MOVES * leaveCost(problem, instance);
}

/** Soft cost of an application's instance on a node by what it prefers there, in 1e-9. */
export function placeCost(problem: Problem, application: number, node: number): number {
  const gains = (problem.applications[application]!.prefer ?? []).filter((one) => matches(problem.nodes[node]!, one));
  return gains.reduce((sum, one) => sum - gainInSoft(problem, one.gain), 0);
}

/** Whether an instance runs now, on a node that still is. */
export function isRunning(problem: Problem, instance: number): boolean {
  const { home } = problem.instances[instance]!;
  return home >= 0 && problem.nodes[home]!.openness !== 'gone';
}

export function costOf(problem: Problem, placement: readonly number[]): Cost {
  const ranks = classRanks(problem);
  const waiting = new Array<number>(ranks.reduce((most, rank) => Math.max(most, rank + 1), 0)).fill(0);
  const onNode = problem.nodes.map(() => [] as number[]);
  const domains = problem.applications.map(() => [] as string[]);
  const terms = { load: 0, imbalance: 0, move: 0, stop: 0, unease: 0, preference: 0, company: 0 };
  let moves = 0;
  placement.forEach((node, i) => {
    const { home, application } = problem.instances[i]!;
    if (node < 0) {
      waiting[ranks[i]!]! += 1;
      terms.stop += stopCost(problem, i);
      return;
    }
    onNode[node]!.push(i);
    domains[application]!.push(problem.nodes[node]!.domain);
    terms.preference += placeCost(problem, application, node);
    if (node === home) terms.unease += stayCost(problem, i);
    else {
      terms.move += leaveCost(problem, i);
      if (isRunning(problem, i)) moves++;
    }
  });
  const means = meanLoadsPpm(problem);
  const anti = antiAffinities(problem);
  let highestOpen = 0;
  let squares = 0;
  let maxLoadPpm = 0;
  let breachPpm = 0;
  onNode.forEach((here, n) => {
    const load = loadOn(problem, means, here, n);
    highestOpen = Math.max(highestOpen, load.openPpm);
    maxLoadPpm = Math.max(maxLoadPpm, load.highestPpm);
    squares += load.squares;
    breachPpm += load.excessPpm + PPM * rulesBrokenOn(problem, anti, here, n);
    terms.company += companyOn(problem, here);
  });
  terms.load = loadWeight(problem) * highestOpen;
  terms.imbalance = imbalanceWeight(problem) * squares;
  const usable = usableDomains(problem);
  const domainShortage = domains.reduce((sum, used, a) => sum + shortageOf(problem, usable, a, used), 0);
  const soft = Object.values(terms).reduce((sum, term) => sum + term, 0);
  return { waiting, breachPpm, domainShortage, soft, terms, maxLoadPpm, moves };
}

/** Per ppm of the highest load, and per unit of `squares`, in 1e-9. */
export function loadWeight({ weights }: Problem): number {
  return Math.round(weights.load * 1000);
}
export function imbalanceWeight({ weights }: Problem): number {
  return Math.round(weights.imbalance * 1000);
}

/** Failure domains that an application's instances could be spread over and are not, by those that they are in. */
export function shortageOf(
  { applications }: Problem,
  usable: readonly number[],
  application: number,
  domains: readonly string[],
): number {
  if (applications[application]!.spread !== 'domain' || domains.length < 2) return 0;
  return Math.max(0, Math.min(domains.length, usable[application]!) - new Set(domains).size);
}
