/* Whether a machine has room. */
import { isTransient, transientMask } from './challenge';
import { awayOn } from './lists';
import { roomAt } from './load';
import { processes, record, recordWidth, rowBytes } from './problem';

export let mayBeOverfull: bool = false; // since processes weigh more than they did
export let recordAt: usize = 0;
export let recordBytes: usize = 0;
export let nobody: usize = 0; // record of NOBODY
export let pair: usize = 0; // record of PAIR
export let maskAt: usize = 0;

export function startRoom(): void {
  recordAt = changetype<usize>(record);
  recordBytes = 4 * recordWidth;
  nobody = recordOf(processes);
  pair = recordOf(processes + 1);
  store<i32>(nobody + rowBytes + 4, -1);
  store<i32>(nobody + rowBytes + 8, -1);
  maskAt = changetype<usize>(transientMask);
}

export function setMayBeOverfull(may: bool): void {
  mayBeOverfull = may;
}

// Addresses of records and what is in them.
export function recordOf(process: i32): usize {
  return recordAt + recordBytes * process;
}
export function serviceIn(record: usize): i32 {
  return load<i32>(record + rowBytes);
}
export function homeIn(record: usize): i32 {
  return load<i32>(record + rowBytes + 4);
}
export function machineIn(record: usize): i32 {
  return load<i32>(record + rowBytes + 8);
}
export function conflictsIn(record: usize): i32 {
  return load<i32>(record + rowBytes + 12);
}

/** Whether the machine has room for one process once another of it is gone: their records; either may be nobody's. */
export function fits(machine: i32, comes: usize, goes: usize): bool {
  const bytes = rowBytes;
  const row = roomAt + 3 * bytes * machine;
  for (let k: usize = 0; k < bytes; k += 16) {
    const free = i32x4.add(i32x4.sub(v128.load(row + k), v128.load(comes + k)), v128.load(goes + k));
    // a sign bit: less than nothing is free
    if (i32x4.bitmask(free) == 0) continue;
    if (machine == homeIn(comes) && comesToItsOwn(machine, goes)) return true;
    return mayBeOverfull && comes != nobody && isNoFuller(row, comes, goes);
  }
  return !isTransient || fitsSpare(row + 2 * bytes, comes, goes, machine == homeIn(comes), machine == homeIn(goes));
}

/** Whether an over-full machine lacks no more of anything once one has come and another gone. */
function isNoFuller(row: usize, comes: usize, goes: usize): bool {
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const free = v128.load(row + k);
    const then = i32x4.add(i32x4.sub(free, v128.load(comes + k)), v128.load(goes + k));
    if (i32x4.bitmask(i32x4.sub(then, i32x4.min_s(free, i32x4.splat(0)))) != 0) return false;
  }
  return true;
}

/** Whether nobody is on the machine who was not there at first: what comes home brings nothing new. */
function comesToItsOwn(machine: i32, goes: usize): bool {
  const oneGoes = machineIn(goes) == machine && homeIn(goes) != machine;
  return awayOn[machine] == (oneGoes ? 1 : 0);
}

/** Only what is not at home takes of the spare room, for its home is kept for it. */
function fitsSpare(row: usize, plus: usize, minus: usize, comesHome: bool, leavesHome: bool): bool {
  if (comesHome) return true;
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const mask = v128.load(maskAt + k);
    let spare = i32x4.sub(v128.load(row + k), v128.and(v128.load(plus + k), mask));
    if (!leavesHome) spare = i32x4.add(spare, v128.and(v128.load(minus + k), mask));
    if (i32x4.bitmask(spare) != 0) return false;
  }
  return true;
}
