import { occupancyOf, type ShowAmount } from './occupancy.ts';
import type { Problem, Solution } from './problem.ts';
import { reasonsWhyUnplaced } from './reasons.ts';
import { classRanks } from './rules.ts';

/** Nodes looked at for reasons, in all: about two seconds. */
const MOST_LOOKS = 1_000_000;

/**
 * Those that wait, each with its reasons. Where so many wait on so many nodes that all reasons would take minutes, the most important
 * have theirs.
 */
export function explainUnplaced(
  problem: Problem,
  placement: readonly number[],
  show: ShowAmount | undefined,
): Solution['unplaced'] {
  const waiting = [...placement.keys()].filter((i) => placement[i]! < 0);
  if (waiting.length === 0) return [];
  const occupancy = occupancyOf(problem, placement, show);
  const ranks = classRanks(problem);
  const most = Math.max(1, Math.floor(MOST_LOOKS / Math.max(1, problem.nodes.length)));
  const reasonsOfKind = new Map<string, readonly string[]>(); // the same for instances that differ in name alone
  const reasonsOf = (i: number): readonly string[] => {
    const { application, role, home, pinned, demand } = problem.instances[i]!;
    const kind = [application, role, home, pinned, demand].join(' ');
    const known = reasonsOfKind.get(kind);
    if (known !== undefined) return known;
    if (reasonsOfKind.size >= most)
      return [`${most} others wait that are no less important: reasons are worked out for those`];
    const reasons = reasonsWhyUnplaced(occupancy, ranks, i);
    reasonsOfKind.set(kind, reasons);
    return reasons;
  };
  const inOrder = [...waiting].sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  const reasons = new Map(inOrder.map((i) => [i, reasonsOf(i)]));
  return waiting.map((instance) => ({ instance, reasons: reasons.get(instance)! }));
}
