import { barelyFits } from './barely.ts';
import { type Blocker, blockersAmong } from './blockers.ts';
import { smallestCover } from './cover.ts';
import { constraintKey, constraintsEverywhere, liftText, smallestLift } from './lift.ts';
import { type Occupancy, tenantsOf } from './occupancy.ts';
import { demandOf } from './rules.ts';

interface Blocked {
  readonly node: number;
  readonly blocker: Blocker;
}

/** Why an instance waits, in as few reasons as tell of every node, those of most nodes first; and what it would take. */
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
  const blockers = constraintsEverywhere(occupancy, instance);
  reasons.push(...fewestGroups(blockers).map((group) => sentence(occupancy, instance, group, blockers)));
  const fitting = [...blockers.keys()].filter((node) => blockers[node]!.length === 0);
  if (fitting.length > 0) {
    const fits = barelyFits(occupancy);
    const coarse = fitting.map((node) => fits(instance, node));
    const barely = coarse.includes(null) ? null : coarse[0];
    const why =
      barely === null ? 'the search ended before' : `the solver counts ${barely}, in which it does not quite fit`;
    reasons.push(`${fitting.length} of ${problem.nodes.length} nodes would take it, but ${why}`);
    return reasons;
  }
  const full = [...blockers.keys()].filter((node) => blockers[node]!.every((one) => one.kind === 'resource'));
  if (full.length > 0 && !full.some((node) => couldPreempt(occupancy, ranks, instance, node))) {
    reasons.push('stopping less important instances would not make room on any one of them');
  }
  const lift = smallestLift(occupancy, blockers);
  if (lift !== null) reasons.push(liftText(occupancy, instance, lift));
  return reasons;
}

/** Of reasons that explain as much, those that are harder to lift say more. */
const ORDER: readonly Blocker['kind'][] = [
  'pinned',
  'openness',
  'allow',
  'forbid',
  'replica',
  'moves',
  'antiAffinity',
  'affinity',
  'dependent',
  'resource',
];

/** The fewest constraints that each blocked node has one of; each with the nodes that it blocks. */
function fewestGroups(blockers: readonly (readonly Blocker[])[]): readonly (readonly Blocked[])[] {
  const groups = new Map<string, Blocked[]>();
  blockers.forEach((list, node) => {
    for (const blocker of list) {
      const key = constraintKey(blocker);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ node, blocker }]);
      else group.push({ node, blocker });
    }
  });
  const order = (group: readonly Blocked[]) => ORDER.indexOf(group[0]!.blocker.kind);
  const inOrder = [...groups].sort(([, a], [, b]) => order(a) - order(b) || b.length - a.length);
  const numberOf = new Map(inOrder.map(([key], k) => [key, k]));
  const cover = smallestCover(blockers.map((list) => list.map((one) => numberOf.get(constraintKey(one))!)));
  return cover.map((k) => inOrder[k]![1]).sort((a, b) => b.length - a.length);
}

function sentence(
  { problem, show }: Occupancy,
  instance: number,
  group: readonly Blocked[],
  blockers: readonly (readonly Blocker[])[],
): string {
  const { blocker } = group[0]!;
  const count = `${group.length} of ${problem.nodes.length} nodes`;
  const cause = blocker.cause ?? '';
  switch (blocker.kind) {
    case 'openness':
      return `${count}: ${cause}`;
    case 'pinned':
      return `it is held on ${cause}`;
    case 'moves':
      return `${count}: no more than ${cause} may move`;
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
    case 'dependent':
      return `${cause} must run beside it`;
    case 'resource': {
      // the room of a node that something else keeps it off would be of no use
      const useful = group.filter(({ node }) => blockers[node]!.every((one) => one.kind === 'resource'));
      const free = (one: Blocked) => one.blocker.free ?? 0;
      const most = (useful.length > 0 ? useful : group).reduce((best, one) => (free(one) > free(best) ? one : best));
      const needs = show(cause, demandOf(problem, instance)[blocker.resource!]!);
      return `${count} lack ${cause}: needs ${needs}, most free is ${problem.nodes[most.node]!.name} with ${show(cause, free(most))}`;
    }
  }
}

function couldPreempt(occupancy: Occupancy, ranks: readonly number[], instance: number, node: number): boolean {
  const { problem, tenants } = occupancy;
  const left = tenants[node]!.list.filter((i) => ranks[i]! <= ranks[instance]! || problem.instances[i]!.pinned);
  return blockersAmong(occupancy, tenantsOf(problem, node, left), instance, node).length === 0;
}
