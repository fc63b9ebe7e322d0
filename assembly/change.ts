/* One change of a cluster's placement, of any size: made step by step, then kept or undone. */

import { affinity, affinityStart, classes, dependent, dependentStart, isBound, pinned } from './cluster';
import { lackedAtHome } from './company';
import { hasConflict, runs } from './conflicts';
import { breach, isWorth, shortage, waiting } from './levels';
import { byChoice, isWithinMoves, machineOf } from './lists';
import { cost } from './load';
import { member, memberStart } from './members';
import { home, processes, serviceOf } from './problem';
import { randomBelow } from './random';
import { isWithinReach } from './reach';
import { fits, nobody, recordOf } from './room';
import { place, remove } from './state';

let journalProcess = new StaticArray<i32>(0);
let journalFrom = new StaticArray<i32>(0);
export let journalSize: i32 = 0;
let closure = new StaticArray<i32>(0);
export let pending = new StaticArray<i32>(0); // taken out, to be put back
export let pendingCount: i32 = 0;
let waitingBefore = new StaticArray<i32>(0);
let breachBefore: i64 = 0;
let shortageBefore: i32 = 0;
let costBefore: i64 = 0;

export function startChanges(): void {
  journalProcess = new StaticArray<i32>(8 * processes + 64);
  journalFrom = new StaticArray<i32>(8 * processes + 64);
  closure = new StaticArray<i32>(processes + 1);
  pending = new StaticArray<i32>(8 * processes + 64);
  waitingBefore = new StaticArray<i32>(classes);
}

export function begin(): void {
  journalSize = 0;
  pendingCount = 0;
  for (let c = 0; c < classes; c++) waitingBefore[c] = waiting[c];
  breachBefore = breach;
  shortageBefore = shortage;
  costBefore = cost();
}

export function move(process: i32, machine: i32): void {
  journalProcess[journalSize] = process;
  journalFrom[journalSize++] = machineOf[process];
  if (machineOf[process] >= 0) remove(process);
  if (machine >= 0) place(process, machine);
}

export function undoTo(mark: i32): void {
  while (journalSize > mark) {
    const process = journalProcess[--journalSize];
    if (machineOf[process] >= 0) remove(process);
    if (journalFrom[journalSize] >= 0) place(process, journalFrom[journalSize]);
  }
}

export function addPending(process: i32): void {
  pending[pendingCount++] = process;
}

export function dropPending(k: i32): void {
  pending[k] = pending[--pendingCount];
}

/** Whether the change leaves room in the journal for one more round of evictions and placements. */
export function mayGoOn(): bool {
  return journalSize <= 6 * processes && pendingCount <= 6 * processes;
}

/** Keeps the change if it is better, or worse by no more than `tolerance` in the last level alone; otherwise undoes it. */
export function conclude(tolerance: f64): bool {
  if (isAcceptable(tolerance)) return true;
  undoTo(0);
  return false;
}

export function isAcceptable(tolerance: f64): bool {
  for (let c = 0; c < classes; c++) if (waiting[c] != waitingBefore[c]) return waiting[c] < waitingBefore[c];
  return isWorth(breach - breachBefore, shortage - shortageBefore, cost() - costBefore, tolerance);
}

/** Whether rules, room and the limit on moves let a process that is nowhere on the machine, affinity aside. */
export function mayEnter(process: i32, machine: i32): bool {
  return (
    isWithinReach(process, machine) &&
    (machine == home[process] || isWithinMoves(byChoice(process, 1))) &&
    fits(machine, recordOf(process), nobody) &&
    !hasConflict(process, machine)
  );
}

/** Puts a process on a machine, with what it needs beside it. False, and nothing done, where that cannot be. */
export function placeWithNeeds(process: i32, machine: i32): bool {
  if (!mayEnter(process, machine)) return false;
  const mark = journalSize;
  move(process, machine);
  if (!isBound(serviceOf[process])) return true;
  let count = 1;
  closure[0] = process;
  for (let k = 0; k < count; k++) {
    const s = serviceOf[closure[k]];
    for (let e = affinityStart[s]; e < affinityStart[s + 1]; e++) {
      if (runs(affinity[e], machine) || lackedAtHome(closure[k], affinity[e])) continue;
      const found = waitingMember(affinity[e], machine);
      if (found < 0) {
        undoTo(mark);
        return false;
      }
      move(found, machine);
      closure[count++] = found;
    }
  }
  return true;
}

function waitingMember(service: i32, machine: i32): i32 {
  let found = -1;
  let count = 0;
  for (let k = memberStart[service]; k < memberStart[service + 1]; k++) {
    const p = member[k];
    if (machineOf[p] >= 0 || !mayEnter(p, machine)) continue;
    if (home[p] == machine) return p;
    if (randomBelow(++count) == 0) found = p;
  }
  return found;
}

/** Takes a process out, with all that cannot be where it is without it. False when one of them is pinned: undo then. */
export function takeOut(process: i32): bool {
  if (pinned[process]) return false;
  const machine = machineOf[process];
  const s = serviceOf[process];
  move(process, -1);
  addPending(process);
  if (dependentStart[s] == dependentStart[s + 1] || runs(s, machine)) return true;
  for (let e = dependentStart[s]; e < dependentStart[s + 1]; e++) {
    const t = dependent[e];
    for (let k = memberStart[t]; k < memberStart[t + 1]; k++) {
      const p = member[k];
      if (machineOf[p] == machine && !lackedAtHome(p, s) && !takeOut(p)) return false;
    }
  }
  return true;
}
