/*
 * The latest values of one sensor, for trends and plots: points in the order of their time, at most so many of them. What an agent
 * tells late is put where it belongs. A point is where the value left its deadband, so between two points it stayed near the first.
 */

/** [at, value, at, value, …]; `at` in ms of the coordinator's clock, before its own start below zero. */
export type History = Float64Array;

/** For each sensor. With 5,000 nodes of 40 sensors this comes to 200 MB. */
export const MAX_POINTS = 64;

export const NO_HISTORY: History = new Float64Array(0);

/** The older of two points at one moment stays. */
export function withPoint(history: History, at: number, value: number): History {
  const size = history.length;
  let place = size;
  while (place > 0 && (history[place - 2] ?? 0) > at) place -= 2;
  if (place > 0 && history[place - 2] === at) return history;
  const isFull = size / 2 >= MAX_POINTS;
  if (isFull && place === 0) return history; // older than all that is kept
  const next = new Float64Array(isFull ? size : size + 2);
  const skipped = isFull ? 2 : 0; // the oldest point goes
  next.set(history.subarray(skipped, place), 0);
  next.set([at, value], place - skipped);
  next.set(history.subarray(place), place - skipped + 2);
  return next;
}

/** Points as people read them: how long ago, and what. */
export function pointsOf(history: History, now: number): { readonly agoMs: number; readonly value: number }[] {
  const points: { agoMs: number; value: number }[] = [];
  for (let i = 0; i < history.length; i += 2)
    points.push({ agoMs: Math.round(now - (history[i] ?? now)), value: history[i + 1] ?? 0 });
  return points;
}
