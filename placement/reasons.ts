import { type Blocker, blockersAmong, type Occupancy } from './blockers.ts';
import { demandOf } from './rules.ts';

/** Why an instance waits: one sentence per kind of obstacle, those of most nodes first. */
export function reasonsWhyUnplaced(
  occupancy: Occupancy,
  ranks: readonly number[],
  instance: number,
): readonly string[] {
  const { problem, at } = occupancy;
  if (problem.nodes.length === 0) return ['there are no nodes'];
  const application = problem.applications[problem.instances[instance]!.application]!;
  const reasons: string[] = [];
  for (const b of application.affinity) {
    const beside = problem.instances.some((one, i) => one.application === b && at[i]! >= 0);
    if (!beside) reasons.push(`must run beside ${problem.applications[b]!.name}, which runs nowhere`);
  }
  const groups = new Map<string, { node: number; blocker: Blocker }[]>();
  let couldFit = 0;
  for (const node of problem.nodes.keys()) {
    const blockers = blockersAmong(occupancy, occupancy.onNode[node]!, instance, node);
    // One per node says enough: the one that is hardest to lift.
    const blocker = ORDER.flatMap((kind) => blockers.filter((one) => one.kind === kind))[0];
    if (blocker === undefined) {
      couldFit++;
      continue;
    }
    const key = `${blocker.kind} ${blocker.cause ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ node, blocker }]);
    else group.push({ node, blocker });
  }
  const sorted = [...groups.values()].sort((x, y) => y.length - x.length);
  reasons.push(...sorted.map((group) => sentence(occupancy, instance, group)));
  if (couldFit > 0)
    reasons.push(`${couldFit} of ${problem.nodes.length} nodes would take it, but the search ended before`);
  const full = sorted.filter((group) => group[0]!.blocker.kind === 'resource').flat();
  if (full.length > 0 && !full.some(({ node }) => couldPreempt(occupancy, ranks, instance, node))) {
    reasons.push('stopping less important instances would not make room on any one of them');
  }
  return reasons;
}

const ORDER: readonly Blocker['kind'][] = [
  'openness',
  'allow',
  'forbid',
  'replica',
  'antiAffinity',
  'affinity',
  'resource',
];

function sentence(
  { problem, show }: Occupancy,
  instance: number,
  group: readonly { node: number; blocker: Blocker }[],
): string {
  const { blocker } = group[0]!;
  const count = `${group.length} of ${problem.nodes.length} nodes`;
  const cause = blocker.cause ?? '';
  switch (blocker.kind) {
    case 'openness':
      return `${count}: ${cause}`;
    case 'allow':
      return `${count}: not among those allowed (${cause})`;
    case 'forbid':
      return `${count}: forbidden by ${cause}`;
    case 'replica':
      return `${count}: another instance of the application is there`;
    case 'antiAffinity':
      return `${count}: run ${cause}, beside which it may not be`;
    case 'affinity':
      return `${count}: do not run ${cause}, which it must be beside`;
    case 'resource': {
      const most = group.reduce((best, one) => ((one.blocker.free ?? 0) > (best.blocker.free ?? 0) ? one : best));
      const needs = show(cause, demandOf(problem, instance)[blocker.resource!]!);
      const free = show(cause, most.blocker.free ?? 0);
      return `${count} lack ${cause}: needs ${needs}, most free is ${problem.nodes[most.node]!.name} with ${free}`;
    }
  }
}

function couldPreempt(occupancy: Occupancy, ranks: readonly number[], instance: number, node: number): boolean {
  const { problem, onNode } = occupancy;
  const left = onNode[node]!.filter((i) => ranks[i]! <= ranks[instance]! || problem.instances[i]!.pinned);
  return blockersAmong(occupancy, left, instance, node).length === 0;
}
