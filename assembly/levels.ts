/*
 * What the present placement costs, level by level: who waits, by class; what stands where it should not; locations that
 * services lack; then one total. A change for the better on one level is worth any on those after it. In the challenge nobody waits
 * and nothing is lacking, so the total is all.
 */
import { classes } from './cluster';

export let total: i64 = 0; // exact: integers below 2^53; the highest load aside
export let breach: i64 = 0; // ppm
export let shortage: i32 = 0; // locations that services could use and do not
export let waiting = new StaticArray<i32>(0); // per class: processes that are nowhere

export function startLevels(base: i64): void {
  total = base;
  waiting = new StaticArray<i32>(classes);
}

export function addToTotal(by: i64): void {
  total += by;
}
export function addToBreach(by: i64): void {
  breach += by;
}
export function addToShortage(by: i32): void {
  shortage += by;
}

/** Whether a change that lets nobody wait or run is to be made, by how much each level rises. */
export function isWorth(byBreach: i64, byShortage: i32, byTotal: i64, tolerance: f64): bool {
  if (byBreach != 0) return byBreach < 0;
  if (byShortage != 0) return byShortage < 0;
  return <f64>byTotal <= tolerance;
}

/** Whether only the total can fall. */
export function isInOrder(): bool {
  return breach == 0 && shortage == 0;
}
