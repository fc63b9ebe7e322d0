/* One change of the placement, of any size: made step by step, then kept or undone. */

import { allocateBest, best, changedAt, changedCount, copyToBest, forgetChanges, noteChange } from './best';
import { at, breach, fits, lackedAtHome, place, remove, runs, shortage, softCost, waiting } from './placement';
import {
  affinity,
  affinityStart,
  applicationOf,
  classes,
  dependent,
  dependentStart,
  home,
  instances,
  isBound,
  member,
  memberStart,
  pinned,
} from './problem';

import { randomBelow } from './random';

let journalInstance = new StaticArray<i32>(0);
let journalFrom = new StaticArray<i32>(0);
export let journalSize: i32 = 0;
let closure = new StaticArray<i32>(0);
export let pending = new StaticArray<i32>(0); // taken out, to be put back
export let pendingCount: i32 = 0;
let waitingBefore = new StaticArray<i32>(0);
let breachBefore: i64 = 0;
let shortageBefore: i32 = 0;
let softBefore: i64 = 0;

let bestWaiting = new StaticArray<i32>(0);
let bestBreach: i64 = 0;
let bestShortage: i32 = 0;
let bestSoft: i64 = 0;

export function allocateChange(): void {
  journalInstance = new StaticArray<i32>(8 * instances + 64);
  journalFrom = new StaticArray<i32>(8 * instances + 64);
  closure = new StaticArray<i32>(instances + 1);
  pending = new StaticArray<i32>(8 * instances + 64);
  waitingBefore = new StaticArray<i32>(classes);
  allocateBest(instances);
  bestWaiting = new StaticArray<i32>(classes);
}

export function bestPlacement(): usize {
  return changetype<usize>(best);
}
export function bestBreachPpm(): i64 {
  return bestBreach;
}
export function bestShortageCount(): i32 {
  return bestShortage;
}
export function bestSoftCost(): i64 {
  return bestSoft;
}

export function begin(): void {
  journalSize = 0;
  pendingCount = 0;
  for (let c = 0; c < classes; c++) waitingBefore[c] = waiting[c];
  breachBefore = breach;
  shortageBefore = shortage;
  softBefore = softCost();
}

export function move(instance: i32, node: i32): void {
  journalInstance[journalSize] = instance;
  journalFrom[journalSize++] = at[instance];
  if (at[instance] >= 0) remove(instance);
  if (node >= 0) place(instance, node);
}

export function undoTo(mark: i32): void {
  while (journalSize > mark) {
    const instance = journalInstance[--journalSize];
    if (at[instance] >= 0) remove(instance);
    if (journalFrom[journalSize] >= 0) place(instance, journalFrom[journalSize]);
  }
}

export function addPending(instance: i32): void {
  pending[pendingCount++] = instance;
}

export function dropPending(k: i32): void {
  pending[k] = pending[--pendingCount];
}

/** Whether the change leaves room in the journal for one more round of evictions and placements. */
export function mayGoOn(): bool {
  return journalSize <= 6 * instances && pendingCount <= 6 * instances;
}

/** Whether the change is acceptable: better, or worse by no more than `tolerance` in the last level alone. */
export function isAcceptable(tolerance: f64): bool {
  for (let c = 0; c < classes; c++) if (waiting[c] != waitingBefore[c]) return waiting[c] < waitingBefore[c];
  if (breach != breachBefore) return breach < breachBefore;
  if (shortage != shortageBefore) return shortage < shortageBefore;
  return <f64>(softCost() - softBefore) <= tolerance;
}

export function keep(): void {
  for (let k = 0; k < journalSize; k++) noteChange(journalInstance[k]);
  if (isBest()) keepAsBest();
}

function isBest(): bool {
  for (let c = 0; c < classes; c++) if (waiting[c] != bestWaiting[c]) return waiting[c] < bestWaiting[c];
  if (breach != bestBreach) return breach < bestBreach;
  if (shortage != bestShortage) return shortage < bestShortage;
  return softCost() < bestSoft;
}

function keepAsBest(): void {
  copyToBest(at);
  keepCosts();
}

function keepCosts(): void {
  for (let c = 0; c < classes; c++) bestWaiting[c] = waiting[c];
  bestBreach = breach;
  bestShortage = shortage;
  bestSoft = softCost();
}

/** Takes the placement as it is for the best known. */
export function keepFirst(): void {
  for (let i = 0; i < instances; i++) best[i] = at[i];
  keepCosts();
}

/** Goes back to the best placement. */
export function returnToBest(): void {
  for (let k = 0; k < changedCount; k++) if (at[changedAt(k)] >= 0) remove(changedAt(k));
  for (let k = 0; k < changedCount; k++) {
    const instance = changedAt(k);
    if (best[instance] >= 0) place(instance, best[instance]);
  }
  forgetChanges();
}

/** Puts an instance on a node, with what it needs beside it. False, and nothing done, where that cannot be. */
export function placeWithNeeds(instance: i32, node: i32): bool {
  if (!fits(instance, node)) return false;
  const mark = journalSize;
  move(instance, node);
  if (!isBound(applicationOf[instance])) return true;
  let count = 1;
  closure[0] = instance;
  for (let k = 0; k < count; k++) {
    const a = applicationOf[closure[k]];
    for (let e = affinityStart[a]; e < affinityStart[a + 1]; e++) {
      if (runs(affinity[e], node) || lackedAtHome(closure[k], affinity[e])) continue;
      const found = waitingMember(affinity[e], node);
      if (found < 0) {
        undoTo(mark);
        return false;
      }
      move(found, node);
      closure[count++] = found;
    }
  }
  return true;
}

function waitingMember(application: i32, node: i32): i32 {
  let found = -1;
  let count = 0;
  for (let k = memberStart[application]; k < memberStart[application + 1]; k++) {
    const i = member[k];
    if (at[i] >= 0 || !fits(i, node)) continue;
    if (home[i] == node) return i;
    if (randomBelow(++count) == 0) found = i;
  }
  return found;
}

/** Takes an instance out, with all that cannot be where it is without it. False when one of them is pinned: undo then. */
export function takeOut(instance: i32): bool {
  if (pinned[instance]) return false;
  const node = at[instance];
  const a = applicationOf[instance];
  move(instance, -1);
  addPending(instance);
  if (dependentStart[a] == dependentStart[a + 1] || runs(a, node)) return true;
  for (let e = dependentStart[a]; e < dependentStart[a + 1]; e++) {
    const b = dependent[e];
    for (let k = memberStart[b]; k < memberStart[b + 1]; k++) {
      const i = member[k];
      if (at[i] == node && !lackedAtHome(i, a) && !takeOut(i)) return false;
    }
  }
  return true;
}
