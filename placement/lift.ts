/*
 * What it would take for an instance to run that waits: the smallest set of constraints without which a node would take it, with all
 * others where they are. A node takes it only without all that blocks it there, so the smallest set is that of one node.
 */
import { type Blocker, blockersOf } from './blockers.ts';
import type { Occupancy, ShowAmount } from './occupancy.ts';

export interface Lift {
  readonly node: number;
  readonly lifted: readonly Blocker[]; // each constraint once
}

/** The easier to lift, the sooner of two nodes with as many blockers it is taken. */
const EASE: readonly Blocker['kind'][] = [
  'openness',
  'moves',
  'allow',
  'forbid',
  'antiAffinity',
  'resource',
  'affinity',
  'dependent',
  'pinned',
  'replica',
];

/** Per node, the constraints that keep the instance off it, each once. */
export function constraintsEverywhere(occupancy: Occupancy, instance: number): readonly (readonly Blocker[])[] {
  return occupancy.problem.nodes.map((_, node) => [
    ...new Map(blockersOf(occupancy, instance, node).map((one) => [constraintKey(one), one])).values(),
  ]);
}

/** Of what `constraintsEverywhere` says. Null where every node is gone; nothing is to be lifted where one would take it already. */
export function smallestLift(occupancy: Occupancy, constraints: readonly (readonly Blocker[])[]): Lift | null {
  let best: Lift | null = null;
  let bestEase = Infinity;
  for (const [n, lifted] of constraints.entries()) {
    if (occupancy.problem.nodes[n]!.openness === 'gone') continue;
    if (best !== null && lifted.length > best.lifted.length) continue;
    const ease = lifted.reduce((sum, one) => sum + EASE.indexOf(one.kind) + shareMissing(occupancy, n, one), 0);
    if (best !== null && lifted.length === best.lifted.length && ease >= bestEase) continue;
    best = { node: n, lifted };
    bestEase = ease;
  }
  return best;
}

/** The same for blockers of one node that are of one constraint. */
export function constraintKey({ kind, cause }: Blocker): string {
  return `${kind} ${cause ?? ''}`;
}

/** Below one: of two nodes that lack the same, the one that lacks less of what it has. */
function shareMissing({ problem }: Occupancy, node: number, { resource, missing }: Blocker): number {
  if (resource === undefined || missing === undefined) return 0;
  const capacity = problem.nodes[node]!.capacity[resource]!;
  return missing / (missing + capacity + 1);
}

/** `N3 would take it with 4Gi more memory and if it were not cordoned` */
export function liftText({ problem, show }: Occupancy, instance: number, { node, lifted }: Lift): string {
  const name = problem.nodes[node]!.name;
  const one = problem.instances[instance]!;
  const application = problem.applications[one.application]!.name;
  return `${name} would take it ${lifted.map((blocker) => condition(blocker, one.name, application, show)).join(' and ')}`;
}

function condition(blocker: Blocker, instance: string, application: string, show: ShowAmount): string {
  const { kind, cause = '' } = blocker;
  switch (kind) {
    case 'openness':
      return cause === 'not heard' ? 'if it were heard' : `if it were not ${cause}`;
    case 'pinned':
      return `if ${instance} were not held on ${cause}`;
    case 'moves':
      return `if more than ${cause} might move`;
    case 'allow':
      return `without the rule that allows ${application} only where ${cause}`;
    case 'forbid':
      return `without the rule that forbids ${application} where ${cause}`;
    case 'replica':
      return `if two of ${application} might share a node`;
    case 'antiAffinity':
      return `if ${application} might run beside ${cause}`;
    case 'affinity':
      return `if ${cause} ran there`;
    case 'dependent':
      return `if ${cause} could do without it`;
    case 'resource': {
      const kept = blocker.inReserve ?? 0;
      const more = `with ${show(cause, blocker.missing ?? 0)} more ${cause}`;
      return kept === 0 ? more : `${more} (${show(cause, kept)} of it is in its reserve)`;
    }
  }
}
