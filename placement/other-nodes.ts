import { barelyFits } from './barely.ts';
import { type Blocker, blockersOf } from './blockers.ts';
import { compareDifferences, type Difference, weighElsewhere } from './elsewhere.ts';
import { occupancyOf, type ShowAmount } from './occupancy.ts';
import type { Problem } from './problem.ts';

export interface OtherNode {
  readonly node: number;
  readonly blockers: readonly Blocker[]; // all that forbids it
  /** Where nothing does: of which resource the solver's units are too coarse; null where the solver would take it too. */
  readonly barely: string | null;
  /** What would change: of an instance that has a place, on a node that may take it. */
  readonly difference: Difference | null;
}

/** Of one instance, every node but its own, by the rules that hold for the solver: as if it alone moved from the placement. */
export function otherNodesOf(
  problem: Problem,
  placement: readonly number[],
  show?: ShowAmount,
): (instance: number) => readonly OtherNode[] {
  const occupancy = occupancyOf(problem, placement, show);
  const barelyOn = barelyFits(occupancy);
  const weigh = weighElsewhere(problem, placement);
  return (instance) =>
    [...problem.nodes.keys()]
      .filter((node) => node !== placement[instance])
      .map((node): OtherNode => {
        const blockers = blockersOf(occupancy, instance, node);
        const barely = blockers.length > 0 ? null : barelyOn(instance, node);
        const isWeighed = blockers.length === 0 && barely === null && placement[instance]! >= 0;
        return { node, blockers, barely, difference: isWeighed ? weigh(instance, node) : null };
      });
}

export function isAllowed({ blockers, barely }: OtherNode): boolean {
  return blockers.length === 0 && barely === null;
}

/** Of those that may take it the one where the cost would be least: rules first, then failure domains, then all else. */
export function bestOther(
  others: readonly OtherNode[],
): { readonly node: number; readonly difference: Difference } | null {
  let best: { readonly node: number; readonly difference: Difference } | null = null;
  for (const { node, difference } of others) {
    if (difference !== null && (best === null || compareDifferences(difference, best.difference) < 0))
      best = { node, difference };
  }
  return best;
}
