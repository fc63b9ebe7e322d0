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
 * or else their demand). The mean of a resource is that of all instances over the capacity of all open nodes, so it does not depend on the placement.
 */
import type { Problem } from './problem.ts';
import { allows, antiAffinities, classRanks, demandOf, loadOf, matches, usableDomains } from './rules.ts';

export const PPM = 1_000_000;
const MOST_LOAD = 4_000_000;
/** Unease of an instance at home on a degraded node, in moves: it leaves unless that drags others along. */
export const DEGRADED_UNEASE = 3;

export interface Cost {
  readonly waiting: readonly number[];
  readonly breachPpm: number;
  readonly domainShortage: number;
  readonly soft: number; // 1e-9 of the unit of the weights
  readonly maxLoadPpm: number; // of any node that is not gone
  readonly moves: number;
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

export function relativeLoadPpm(used: number, capacity: number): number {
  return Math.floor(Math.min(MOST_LOAD, used * (PPM / Math.max(1, capacity))) + 0.5);
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
export function gainInSoft(problem: Problem, gain: number): number {
  return Math.round(gain * problem.weights.move * 1e9);
}

/** Whether an instance runs now, on a node that still is. */
export function isRunning(problem: Problem, instance: number): boolean {
  const { home } = problem.instances[instance]!;
  return home >= 0 && problem.nodes[home]!.openness !== 'gone';
}

export function costOf(problem: Problem, placement: readonly number[]): Cost {
  const ranks = classRanks(problem);
  const waiting = new Array<number>(ranks.reduce((most, rank) => Math.max(most, rank + 1), 0)).fill(0);
  let moves = 0;
  let soft = 0;
  placement.forEach((node, i) => {
    if (node < 0) {
      waiting[ranks[i]!]! += 1;
      soft += stopCost(problem, i);
    } else if (node === problem.instances[i]!.home) soft += stayCost(problem, i);
    else {
      soft += leaveCost(problem, i);
      if (isRunning(problem, i)) moves++;
    }
  });
  const loads = loadCost(problem, placement);
  return {
    waiting,
    breachPpm: loads.excessPpm + PPM * brokenRules(problem, placement),
    domainShortage: domainShortage(problem, placement),
    soft: soft + loads.soft + preferenceCost(problem, placement),
    maxLoadPpm: loads.maxLoadPpm,
    moves,
  };
}

function loadCost(problem: Problem, placement: readonly number[]) {
  const demanded = amountsOn(problem, placement, demandOf);
  const used = amountsOn(problem, placement, loadOf);
  const means = meanLoadsPpm(problem);
  let squares = 0;
  let highestOpen = 0;
  let maxLoadPpm = 0;
  let excessPpm = 0;
  problem.nodes.forEach((node, n) => {
    let above = 0;
    used[n]!.forEach((amount, r) => {
      const load = relativeLoadPpm(amount, node.capacity[r]!);
      maxLoadPpm = Math.max(maxLoadPpm, load);
      const beyond = demanded[n]![r]! - node.capacity[r]!;
      if (beyond > 0) excessPpm += Math.max(1, relativeLoadPpm(beyond, node.capacity[r]!));
      if (node.openness !== 'open') return;
      highestOpen = Math.max(highestOpen, load);
      above += Math.max(0, load - means[r]!) ** 2;
    });
    squares += Math.floor(above / PPM);
  });
  const { load, imbalance } = problem.weights;
  return {
    soft: Math.round(load * 1000) * highestOpen + Math.round(imbalance * 1000) * squares,
    excessPpm,
    maxLoadPpm,
  };
}

/** Per node and resource, the sum of what instances on it have. */
export function amountsOn(
  problem: Problem,
  placement: readonly number[],
  amountsOf: (problem: Problem, instance: number) => readonly number[],
): number[][] {
  const sums = problem.nodes.map(() => problem.resources.map(() => 0));
  placement.forEach((node, i) => {
    if (node < 0) return;
    amountsOf(problem, i).forEach((amount, r) => {
      sums[node]![r]! += amount;
    });
  });
  return sums;
}

function preferenceCost(problem: Problem, placement: readonly number[]): number {
  let cost = 0;
  placement.forEach((node, i) => {
    if (node < 0) return;
    const { application } = problem.instances[i]!;
    cost += placeCost(problem, application, node);
    for (const { application: other, gain } of problem.applications[application]!.near ?? []) {
      const isMet = placement.some((at, j) => at === node && problem.instances[j]!.application === other);
      if (isMet) cost -= gainInSoft(problem, gain);
    }
  });
  return cost;
}

function brokenRules(problem: Problem, placement: readonly number[]): number {
  const anti = antiAffinities(problem);
  const onNode = problem.nodes.map(() => [] as number[]);
  placement.forEach((node, i) => {
    if (node >= 0) onNode[node]!.push(i);
  });
  let count = 0;
  onNode.forEach((here, n) => {
    const node = problem.nodes[n]!;
    const apps = here.map((i) => problem.instances[i]!.application);
    const present = new Set(apps);
    apps.forEach((a, k) => {
      const application = problem.applications[a]!;
      if (node.openness === 'draining') count++;
      if (!allows(application, node)) count++;
      count += new Set(application.affinity.filter((b) => !present.has(b))).size;
      for (const b of apps.slice(k + 1)) if (a === b || anti[a]!.includes(b)) count++;
    });
  });
  return count;
}

function domainShortage(problem: Problem, placement: readonly number[]): number {
  const used = problem.applications.map(() => [] as string[]);
  placement.forEach((node, i) => {
    if (node >= 0) used[problem.instances[i]!.application]!.push(problem.nodes[node]!.domain);
  });
  const usable = usableDomains(problem);
  return used.reduce((sum, domains, a) => {
    if (problem.applications[a]!.spread !== 'domain' || domains.length < 2) return sum;
    const wanted = Math.min(domains.length, usable[a]!);
    return sum + Math.max(0, wanted - new Set(domains).size);
  }, 0);
}
