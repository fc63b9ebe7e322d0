import { costOf } from '../../placement/cost.ts';
import type { Problem } from '../../placement/problem.ts';
import { loadRange } from './problem.ts';

export interface Worth {
  readonly worthIt: boolean;
  /** Why: goes behind `nothing is moved, because …`, or else behind `with 2 moves …`. */
  readonly text: string;
  readonly moves: number;
}

/**
 * Whether moves that are not needed are worth their price: the gain is the fall of the solver's own cost, its price for moves
 * included, in units of one move. `homes` and `placement` are node indices per instance; the problem is one of levelling.
 */
export function worthOfLevelling(
  problem: Problem,
  homes: readonly number[],
  placement: readonly number[],
  leastGain: number,
): Worth {
  const moves = placement.filter((node, i) => homes[i] !== node).length;
  const today = costOf(problem, homes);
  const then = costOf(problem, placement);
  const gain = (today.soft - then.soft) / 1e9;
  const apart = today.domainShortage - then.domainShortage;
  const preferred = today.terms.preference > then.terms.preference;
  const before = rangeText(loadRange(problem, homes));
  if (moves === 0)
    return { worthIt: false, moves, text: `no move would be worth its price; nodes are loaded ${before}` };
  const after = rangeText(loadRange(problem, placement));
  if (gain < leastGain && apart <= 0) {
    return {
      worthIt: false,
      moves,
      text: `${movesText(moves)} would only even the nodes' load out from ${before} to ${after}`,
    };
  }
  const text =
    apart > 0
      ? `${apart} more ${apart === 1 ? 'replica gets' : 'replicas get'} a failure domain of their own`
      : preferred
        ? 'instances get where they are preferred'
        : `the nodes' load evens out from ${before} to ${after}`;
  return { worthIt: true, moves, text };
}

export const movesText = (moves: number): string => `${moves} ${moves === 1 ? 'move' : 'moves'}`;

/** `20–50 %`, of shares of capacity. */
export function rangeText({ lowest, highest }: { readonly lowest: number; readonly highest: number }): string {
  const top = Number.isFinite(highest) ? `${Math.round(highest * 100)} %` : 'more than there is';
  return `${Math.round(lowest * 100)}–${top}`;
}
