import type { Act, Course } from './course.ts';

/*
 * What a step costs, so that ways out of a knot can be compared: each kind weighs more than any number of the next can. First that
 * few are stopped, then that they are of little importance, then that what runs nowhere starts early, then few detours.
 */

const STOP = 1e12; // of each instance
const STOP_IMPORTANCE = 1e8; // of each class of importance above the least one in the knot
export const DELAY = 1e5; // of what runs nowhere and could start, by one step of others
const DETOUR = 1000; // and 1 for each class of importance
const EARLY_STOP = 2000; // of one that is always stopped first, before its target has room

export interface Prices {
  readonly stop: number;
  readonly detour: number;
}

/** For a mover among others. */
export function pricesOf({ movers }: Course, m: number, knot: readonly number[]): Prices {
  const { instances, rank, size, stopsFirst } = movers[m]!;
  const importance = Math.max(...knot.map((other) => movers[other]!.rank)) - rank;
  return {
    stop: stopsFirst ? EARLY_STOP + importance + size : STOP * instances.length + STOP_IMPORTANCE * importance + size,
    detour: DETOUR + importance + size,
  };
}

/** Delays of starts are not counted. */
export function priceOf(course: Course, acts: readonly Act[], knot: readonly number[]): number {
  return acts.reduce((sum, { mover, mark }, k) => {
    const isStopFirst = acts[k + 1]?.mover === mover; // and starts at once
    if (mark === null || (mark === 'interrupt' && isStopFirst)) return sum;
    const { stop, detour } = pricesOf(course, mover, knot);
    return sum + (mark === 'interrupt' ? stop : detour);
  }, 0);
}
