/*
 * Which machines a process could ever be on. In the challenge what was on a machine at first keeps its room of transient
 * resources for good, so where these are scarce most machines are out of reach of most processes, and to try them is in vain. In
 * a cluster rules say it, the same for many applications.
 */
import { transientMask } from './challenge';
import { GONE, isCluster, openness, permitted, permittedRow } from './cluster';
import { home, machines, processes, record, recordWidth, room, serviceOf, width } from './problem';
import { randomBelow } from './random';

/** Pairs of process and machine of the challenge for which lists are kept: 8 MB. Beyond, every machine counts as within reach. */
const MOST_PAIRS: i64 = 4_000_000;

let isKept: bool = false;
let start = new StaticArray<i32>(0); // list of row k from start[k] to start[k + 1]
let reach = new StaticArray<u16>(0); // machines; but its home, where the row is of one process
let bits = new StaticArray<u32>(0); // row * words + machine / 32
let words: i32 = 0;

/** `capacity` is machine * width + resource; `room` must be that of everything at home. */
export function surveyReach(capacity: StaticArray<i32>): void {
  words = (machines + 31) >> 5;
  isKept = isCluster || <i64>processes * <i64>machines <= MOST_PAIRS;
  if (!isKept) return;
  if (isCluster) bits = permitted;
  else surveyRoom(capacity);
  const rows = words == 0 ? 0 : bits.length / words;
  start = new StaticArray<i32>(rows + 1);
  let count = 0;
  for (let k = 0; k < rows; k++) {
    for (let m = 0; m < machines; m++) if (isListed(k, m)) count++;
    start[k + 1] = count;
  }
  reach = new StaticArray<u16>(count);
  let j = 0;
  for (let k = 0; k < rows; k++) {
    for (let m = 0; m < machines; m++) if (isListed(k, m)) reach[j++] = <u16>m;
  }
}

function isListed(row: i32, machine: i32): bool {
  return isIn(row, machine) && (isCluster || machine != home[row]);
}

function surveyRoom(capacity: StaticArray<i32>): void {
  bits = new StaticArray<u32>(processes * words);
  for (let p = 0; p < processes; p++) {
    for (let m = 0; m < machines; m++) {
      if (m == home[p] || couldHold(m, p, capacity)) bits[p * words + (m >> 5)] |= 1 << (m & 31);
    }
  }
}

function couldHold(machine: i32, process: i32, capacity: StaticArray<i32>): bool {
  for (let r = 0; r < width; r++) {
    const most = transientMask[r] != 0 ? room[3 * machine * width + r] : capacity[machine * width + r];
    if (record[process * recordWidth + r] > most) return false;
  }
  return true;
}

function isIn(row: i32, machine: i32): bool {
  return ((bits[row * words + (machine >> 5)] >> (machine & 31)) & 1) != 0;
}

function rowOf(process: i32): i32 {
  return isCluster ? permittedRow[serviceOf[process]] : process;
}

export function isWithinReach(process: i32, machine: i32): bool {
  if (isCluster && machine == home[process]) return openness[machine] != GONE;
  return !isKept || isIn(rowOf(process), machine);
}

/** A machine within reach, by chance; its home, or -1, where there is no other. */
export function randomWithinReach(process: i32): i32 {
  if (!isKept) return randomBelow(machines);
  const row = rowOf(process);
  const first = start[row];
  const count = start[row + 1] - first;
  return count == 0 ? home[process] : <i32>reach[first + randomBelow(count)];
}

/** How many machines the list of a process has, and the k-th of them; only in a cluster. */
export function reachCount(process: i32): i32 {
  const row = rowOf(process);
  return start[row + 1] - start[row];
}
export function reachOf(process: i32, k: i32): i32 {
  return reach[start[rowOf(process)] + k];
}
