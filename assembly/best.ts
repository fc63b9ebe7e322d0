/*
 * The best placement so far, as a copy that is brought up to date with what changed since: a search at high heat improves on
 * its best seldom, one at low heat often but by a few changes each time.
 */
import { breach, shortage, waiting } from './levels';

export let best = new StaticArray<i32>(0); // per process: where it is in the best placement
export let bestCost: i64 = 0;
export let bestBreach: i64 = 0;
export let bestShortage: i32 = 0;
let bestWaiting = new StaticArray<i32>(0);
let changed = new StaticArray<i32>(0); // processes that may be elsewhere than in the best
let isChanged = new StaticArray<bool>(0);
export let changedCount: i32 = 0;

export function allocateBest(processes: i32): void {
  best = new StaticArray<i32>(processes);
  changed = new StaticArray<i32>(processes);
  isChanged = new StaticArray<bool>(processes);
  changedCount = 0;
}

export function noteChange(process: i32): void {
  if (isChanged[process]) return;
  isChanged[process] = true;
  changed[changedCount++] = process;
}

/** Whether the present placement, of this cost in the last level, is better than the best. */
export function isBest(cost: i64): bool {
  for (let c = 0; c < waiting.length; c++) if (waiting[c] != bestWaiting[c]) return waiting[c] < bestWaiting[c];
  if (breach != bestBreach) return breach < bestBreach;
  if (shortage != bestShortage) return shortage < bestShortage;
  return cost < bestCost;
}

/** Takes the present placement for the best. */
export function keepAsBest(present: StaticArray<i32>, cost: i64): void {
  for (let k = 0; k < changedCount; k++) best[changed[k]] = present[changed[k]];
  forgetChanges();
  keepLevels(cost);
}

/** The same where everything may have changed. */
export function keepAllAsBest(present: StaticArray<i32>, cost: i64): void {
  for (let p = 0; p < best.length; p++) best[p] = present[p];
  forgetChanges();
  keepLevels(cost);
}

function keepLevels(cost: i64): void {
  if (bestWaiting.length < waiting.length) bestWaiting = new StaticArray<i32>(waiting.length);
  for (let c = 0; c < waiting.length; c++) bestWaiting[c] = waiting[c];
  bestBreach = breach;
  bestShortage = shortage;
  bestCost = cost;
}

export function changedAt(k: i32): i32 {
  return changed[k];
}

/** Once all that changed is back where it was in the best placement. */
export function forgetChanges(): void {
  for (let k = 0; k < changedCount; k++) isChanged[changed[k]] = false;
  changedCount = 0;
}
