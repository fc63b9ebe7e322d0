/* Who is on which machine, who is away from home and who waits, each in no order. */
import { couldStay, hasHome, isCluster, mostMoves } from './cluster';
import { home, machines, processes } from './problem';

export let machineOf = new StaticArray<i32>(0); // per process, -1 when it waits
export let countOn = new StaticArray<i32>(0); // per machine
export let awayOn = new StaticArray<i32>(0); // per machine: those on it that are not at home there
// Those on machine m are in `pool` from startOf[m]; where they are too many for their part of it, they get one twice as large.
let pool = new StaticArray<i32>(0);
let poolEnd: i32 = 0;
let startOf = new StaticArray<i32>(0);
let sizeOf = new StaticArray<i32>(0);
let placeOf = new StaticArray<i32>(0); // per process: its place in its machine's part
export let away = new StaticArray<i32>(0); // processes that are on a machine which is not their home
export let awayCount: i32 = 0;
let movedByChoice: i32 = 0; // of those, how many could have stayed at home
let awayIndex = new StaticArray<i32>(0);
export let waits = new StaticArray<i32>(0); // processes that are nowhere
export let waitCount: i32 = 0;
let waitIndex = new StaticArray<i32>(0);

/** Nobody is anywhere yet. */
export function startLists(): void {
  machineOf = new StaticArray<i32>(processes).fill(-1);
  countOn = new StaticArray<i32>(machines);
  awayOn = new StaticArray<i32>(machines);
  startOf = new StaticArray<i32>(machines);
  sizeOf = new StaticArray<i32>(machines);
  placeOf = new StaticArray<i32>(processes);
  away = new StaticArray<i32>(processes);
  awayIndex = new StaticArray<i32>(processes);
  if (isCluster) {
    waits = new StaticArray<i32>(processes);
    waitIndex = new StaticArray<i32>(processes);
  }
  for (let p = 0; p < processes; p++) if (!isCluster || hasHome(p)) sizeOf[home[p]]++;
  for (let m = 0; m < machines; m++) {
    sizeOf[m] = 2 * sizeOf[m] + 4;
    startOf[m] = poolEnd;
    poolEnd += sizeOf[m];
  }
  pool = new StaticArray<i32>(poolEnd);
}

export function processOn(machine: i32, k: i32): i32 {
  return pool[startOf[machine] + k];
}

export function enter(process: i32, machine: i32): void {
  machineOf[process] = machine;
  const place = countOn[machine]++;
  if (place == sizeOf[machine]) enlarge(machine);
  placeOf[process] = place;
  pool[startOf[machine] + place] = process;
  if (home[process] == machine) return;
  awayOn[machine]++;
  awayIndex[process] = awayCount;
  away[awayCount++] = process;
  if (isCluster && couldStay(process)) movedByChoice++;
}

export function leave(process: i32, machine: i32): void {
  machineOf[process] = -1;
  const place = placeOf[process];
  const last = pool[startOf[machine] + --countOn[machine]];
  pool[startOf[machine] + place] = last;
  placeOf[last] = place;
  if (home[process] == machine) return;
  awayOn[machine]--;
  const other = away[--awayCount];
  away[awayIndex[process]] = other;
  awayIndex[other] = awayIndex[process];
  if (isCluster && couldStay(process)) movedByChoice--;
}

/** By how many more would have moved by choice, where a process of a cluster leaves home (1) or comes back (-1). */
export function byChoice(process: i32, byHome: i32): i32 {
  return byHome != 0 && couldStay(process) ? byHome : 0;
}

/** Whether no more than may have moved by choice, once so many more have. */
export function isWithinMoves(more: i32): bool {
  return movedByChoice + more <= mostMoves;
}

function enlarge(machine: i32): void {
  const size = sizeOf[machine];
  if (poolEnd + 2 * size > pool.length) {
    const larger = new StaticArray<i32>(max(2 * pool.length, poolEnd + 2 * size));
    for (let k = 0; k < poolEnd; k++) larger[k] = pool[k];
    pool = larger;
  }
  for (let k = 0; k < size; k++) pool[poolEnd + k] = pool[startOf[machine] + k];
  startOf[machine] = poolEnd;
  poolEnd += 2 * size;
  sizeOf[machine] = 2 * size;
}

export function beginWaiting(process: i32): void {
  waitIndex[process] = waitCount;
  waits[waitCount++] = process;
}

export function endWaiting(process: i32): void {
  const last = waits[--waitCount];
  waits[waitIndex[process]] = last;
  waitIndex[last] = waitIndex[process];
}
