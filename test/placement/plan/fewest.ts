import type { Problem } from '../../../placement/problem.ts';

export interface Fewest {
  readonly interruptions: number;
  readonly moves: number; // the fewest of ways with so few interruptions
}

/**
 * The fewest interruptions, and then moves, of all ways from today's placement to another in which one step follows another and only
 * who has to move moves, to whatever node: all states are tried. Without affinity.
 */
export function fewestInterruptions(problem: Problem, target: readonly number[]): Fewest | null {
  const { instances, applications, nodes, resources } = problem;
  const homes = instances.map(({ home }) => (home >= 0 && nodes[home]!.openness !== 'gone' ? home : -1));
  const movers = [...instances.keys()].filter((i) => homes[i] !== target[i]);
  const appOf = (i: number) => instances[i]!.application;
  const mayBe = (at: readonly number[], i: number, n: number, from: number): boolean => {
    const node = nodes[n]!;
    if (node.openness !== 'open') return false;
    const rules = applications[appOf(i)]!;
    if (rules.forbid.some((rule) => rule.in.includes(node.name))) return false;
    const here = at.flatMap((place, j) => (place === n && j !== i ? [j] : []));
    if (from === n) return false;
    const excluded = (j: number) =>
      appOf(j) === appOf(i) ||
      applications[appOf(i)]!.antiAffinity.includes(appOf(j)) ||
      applications[appOf(j)]!.antiAffinity.includes(appOf(i));
    if (here.some(excluded)) return false;
    return resources.every((_, r) => {
      const used = [...here, i].reduce((sum, j) => sum + applications[appOf(j)]!.demand[r]!, 0);
      return used <= Math.max(0, node.capacity[r]! - node.reserve[r]!);
    });
  };
  // by cost: one interruption is dearer than any number of moves here
  const DEAR = 1000;
  const buckets: number[][][] = [[homes]];
  const best = new Map<string, number>([[homes.join(), 0]]);
  for (let cost = 0; cost < buckets.length; cost++) {
    for (const at of buckets[cost] ?? []) {
      if (best.get(at.join())! < cost) continue;
      if (movers.every((i) => at[i] === target[i]))
        return { interruptions: Math.floor(cost / DEAR), moves: cost % DEAR };
      for (const i of movers) {
        const from = at[i]!;
        for (let to = -1; to < nodes.length; to++) {
          if (to === from) continue;
          if (to >= 0 && !mayBe(at, i, to, from)) continue;
          // what runs nowhere starts where it is to be, and nowhere else
          if (from < 0 && to !== target[i]) continue;
          const stops = to < 0;
          const isInterrupted = stops && target[i]! >= 0;
          const next = at.with(i, to);
          const price = cost + (isInterrupted ? DEAR : stops || from < 0 ? 0 : 1);
          if (price >= (best.get(next.join()) ?? Number.POSITIVE_INFINITY)) continue;
          best.set(next.join(), price);
          buckets[price] ??= [];
          buckets[price].push(next);
        }
      }
    }
  }
  return null;
}
