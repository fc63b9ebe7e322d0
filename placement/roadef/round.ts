import { type Leg, PARTS, type Rounds } from './schedule.ts';
import type { RoadefSearch } from './search.ts';

const SLICE_STEPS = 16_384; // between two looks at the clock: a few milliseconds
const FIRST_STEPS = 4 * SLICE_STEPS; // of a part while the pace is not known yet
const PACE_MS = 20; // over which the pace is taken: a thread's processor time goes in jumps of up to 4 ms

/** Either so many steps, and the answer repeats, or until a time. */
export type Budget = { readonly steps: number } | { readonly untilMs: number };

export interface Watch {
  readonly now: () => number; // ms
  /** Called after every slice; true ends the search. */
  readonly tick: () => boolean;
}

export interface Pace {
  stepsTaken: number;
  perMs: number; // steps in a millisecond, lately; 0 until it is known
  unpacedSteps: number; // taken since it was last reckoned
  unpacedMs: number;
}

export const newPace = (): Pace => ({ stepsTaken: 0, perMs: 0, unpacedSteps: 0, unpacedMs: 0 });

/** Runs one round; false when it was ended before its end. */
export function runRound(
  search: RoadefSearch,
  rounds: Rounds,
  round: number,
  budget: Budget,
  pace: Pace,
  watch: Watch,
): boolean {
  const legs = rounds[round]!;
  for (const [l, leg] of legs.entries()) {
    for (let part = 0; part < PARTS; part++) {
      const steps = stepsOfPart(leg, budget, pace, watch, shareLeft(rounds, round, l, part));
      search.heat(leg, part / PARTS, (part + 1) / PARTS, steps);
      const began = watch.now();
      for (let left = steps; left > 0; left -= SLICE_STEPS) {
        const slice = Math.min(left, SLICE_STEPS);
        search.run(slice);
        pace.stepsTaken += slice;
        if (watch.tick()) return false;
      }
      reckon(pace, steps, watch.now() - began);
    }
  }
  search.returnToBest();
  return true;
}

function reckon(pace: Pace, steps: number, ms: number): void {
  pace.unpacedSteps += steps;
  pace.unpacedMs += ms;
  if (pace.unpacedMs < PACE_MS) return;
  pace.perMs = pace.unpacedSteps / pace.unpacedMs;
  pace.unpacedSteps = 0;
  pace.unpacedMs = 0;
}

function stepsOfPart(leg: Leg, budget: Budget, pace: Pace, watch: Watch, left: number): number {
  if ('steps' in budget) return Math.round((budget.steps * leg.share) / PARTS);
  if (pace.perMs === 0) return FIRST_STEPS;
  const leftMs = Math.max(0, budget.untilMs - watch.now());
  return Math.max(1024, Math.round((pace.perMs * leftMs * leg.share) / PARTS / left));
}

/** Share of all steps that is still to come, with this part. */
function shareLeft(rounds: Rounds, round: number, leg: number, part: number): number {
  let share = 0;
  for (let r = round; r < rounds.length; r++) {
    for (const [l, one] of rounds[r]!.entries()) {
      if (r > round || l > leg) share += one.share;
      else if (l === leg) share += (one.share * (PARTS - part)) / PARTS;
    }
  }
  return share;
}
