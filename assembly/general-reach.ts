/*
 * Which machines a process could ever be on. What was on a machine at first keeps its room of transient resources for good,
 * so where these are scarce most machines are out of reach of most processes, and to try them is in vain.
 */
import { home, machines, processes, record, recordWidth, room, transientMask, width } from './general-problem';
import { randomBelow } from './random';

/** Pairs of process and machine for which lists are kept: 8 MB. Beyond, every machine counts as within reach. */
const MOST_PAIRS: i64 = 4_000_000;

let isKept: bool = false;
let start = new StaticArray<i32>(0); // list of process p from start[p] to start[p + 1]
let reach = new StaticArray<u16>(0); // machines but its home
let bits = new StaticArray<u32>(0); // process * words + machine / 32, its home as well
let words: i32 = 0;

/** `capacity` is machine * width + resource; `room` must be that of everything at home. */
export function surveyReach(capacity: StaticArray<i32>): void {
  isKept = <i64>processes * <i64>machines <= MOST_PAIRS;
  if (!isKept) return;
  words = (machines + 31) >> 5;
  start = new StaticArray<i32>(processes + 1);
  bits = new StaticArray<u32>(processes * words);
  let count = 0;
  for (let p = 0; p < processes; p++) {
    for (let m = 0; m < machines; m++) {
      if (m != home[p] && !couldHold(m, p, capacity)) continue;
      bits[p * words + (m >> 5)] |= 1 << (m & 31);
      if (m != home[p]) count++;
    }
    start[p + 1] = count;
  }
  reach = new StaticArray<u16>(count);
  let k = 0;
  for (let p = 0; p < processes; p++) {
    for (let m = 0; m < machines; m++) if (m != home[p] && isWithinReach(p, m)) reach[k++] = <u16>m;
  }
}

function couldHold(machine: i32, process: i32, capacity: StaticArray<i32>): bool {
  for (let r = 0; r < width; r++) {
    const most = transientMask[r] != 0 ? room[3 * machine * width + r] : capacity[machine * width + r];
    if (record[process * recordWidth + r] > most) return false;
  }
  return true;
}

export function isWithinReach(process: i32, machine: i32): bool {
  return !isKept || ((bits[process * words + (machine >> 5)] >> (machine & 31)) & 1) != 0;
}

/** A machine within reach, by chance; its home where there is no other. */
export function randomWithinReach(process: i32): i32 {
  if (!isKept) return randomBelow(machines);
  const first = start[process];
  const count = start[process + 1] - first;
  return count == 0 ? home[process] : reach[first + randomBelow(count)];
}
