/*
 * Whether what ran on lost nodes finds room on the others with nothing else moved: worked out from free room alone, in a small part of
 * the time that the solver takes to begin. Sufficient, not necessary: where it fails, an arrangement may exist all the same.
 */
import type { Problem } from './problem.ts';
import { allows, antiAffinities, demandOf, roomOn, rulesKey } from './rules.ts';

/** How the node for an instance is chosen among those that would take it: the emptiest at once, or the fullest. */
const ORDERS = ['emptiest', 'fullest'] as const;

/**
 * For a placement, a question that may be asked of many losses: how many find no room; 0 means that the loss is absorbed. Instances that
 * wait in the placement are no part of it.
 */
export function absorption(problem: Problem, placement: readonly number[]): (lost: ReadonlySet<number>) => number {
  const { nodes, instances, applications } = problem;
  const anti = antiAffinities(problem);
  const free = nodes.map((node) => [...roomOn(node)]);
  const onNode = nodes.map(() => [] as number[]);
  const present = nodes.map(() => new Set<number>());
  placement.forEach((n, i) => {
    if (n < 0) return;
    onNode[n]!.push(i);
    present[n]!.add(instances[i]!.application);
    demandOf(problem, i).forEach((amount, r) => {
      free[n]![r]! -= amount;
    });
  });
  const roomOf = (n: number) => Math.min(...free[n]!.map((amount, r) => amount / Math.max(1, nodes[n]!.capacity[r]!)));
  const open = [...nodes.keys()].filter((n) => nodes[n]!.openness === 'open');
  const emptiest = open.map((n) => ({ n, room: roomOf(n) })).sort((a, b) => b.room - a.room || a.n - b.n);
  const known = new Map<string, readonly number[]>();
  const allowed = applications.map((application) => {
    const key = rulesKey(application);
    const list = known.get(key) ?? emptiest.flatMap(({ n }) => (allows(application, nodes[n]!) ? [n] : []));
    known.set(key, list);
    return list;
  });
  const size = (i: number) =>
    Math.max(0, ...demandOf(problem, i).map((amount, r) => amount / Math.max(1, nodes[placement[i]!]!.capacity[r]!)));

  return (lost) => {
    const displaced = [...lost].flatMap((n) => onNode[n]!).sort((a, b) => size(b) - size(a) || a - b);
    let least = displaced.length;
    for (const order of ORDERS) {
      if (least === 0) break;
      const taken = new Map<number, { readonly free: number[]; readonly present: Set<number> }>();
      const takes = (n: number, i: number): boolean => {
        const { application: a } = instances[i]!;
        const here = taken.get(n) ?? { free: free[n]!, present: present[n]! };
        if (lost.has(n) || here.present.has(a)) return false;
        const demand = demandOf(problem, i);
        if (demand.some((amount, r) => amount > here.free[r]!)) return false;
        if (anti[a]!.some((b) => here.present.has(b))) return false;
        return applications[a]!.affinity.every((b) => here.present.has(b));
      };
      const place = (i: number): boolean => {
        const { application: a } = instances[i]!;
        const candidates = allowed[a]!;
        const n = order === 'emptiest' ? candidates.find((k) => takes(k, i)) : candidates.findLast((k) => takes(k, i));
        if (n === undefined) return false;
        const here = taken.get(n) ?? { free: [...free[n]!], present: new Set(present[n]) };
        here.present.add(a);
        demandOf(problem, i).forEach((amount, r) => {
          here.free[r]! -= amount;
        });
        taken.set(n, here);
        return true;
      };
      least = Math.min(least, leftOver(displaced, place));
    }
    return least;
  };
}

/** How many find no place, in rounds, since one may need another beside it that comes later. */
function leftOver(all: readonly number[], place: (instance: number) => boolean): number {
  let left = all;
  while (left.length > 0) {
    const still = left.filter((i) => !place(i));
    if (still.length === left.length) break;
    left = still;
  }
  return left.length;
}
