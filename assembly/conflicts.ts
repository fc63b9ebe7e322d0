/*
 * On which machines a service is: a bit for each. Two processes of a service are never on one machine, but in a cluster they may
 * have been at first, and then those two may stay; services with such are `doubled`, and looked at one by one.
 */
import { anti, antiStart, isCluster } from './cluster';
import { machineOf } from './lists';
import { member, memberStart } from './members';
import { conflictRow, home, machines, rowsIn, serviceOf, services } from './problem';

let bits = new StaticArray<u32>(0); // row * words + machine / 32
let words: i32 = 0;
let doubled = new StaticArray<bool>(0); // per service; of a cluster

export function startConflicts(): void {
  words = (machines + 31) >> 5;
  bits = new StaticArray<u32>(rowsIn(conflictRow) * words);
  if (isCluster) doubled = new StaticArray<bool>(services);
}

/** Whether a service with this row is on the machine. */
export function isOn(row: i32, machine: i32): bool {
  return row >= 0 && ((bits[row * words + (machine >> 5)] >> (machine & 31)) & 1) != 0;
}

/** Of a cluster: whether the service is on the machine. It must have a row. */
export function runs(service: i32, machine: i32): bool {
  return isOn(conflictRow[service], machine);
}

export function isDoubled(service: i32): bool {
  return doubled[service];
}

/** Notes that those who are both at home on a machine and may not share one are so; before the process is counted there. */
export function noteDoubled(process: i32, machine: i32): void {
  const s = serviceOf[process];
  if (isOn(conflictRow[s], machine)) doubled[s] = true;
  for (let k = antiStart[s]; k < antiStart[s + 1]; k++) {
    if (!runs(anti[k], machine)) continue;
    doubled[s] = true;
    doubled[anti[k]] = true;
  }
}

/** Nobody is anywhere. */
export function forgetMarks(): void {
  bits.fill(0);
}

export function markOn(service: i32, machine: i32): void {
  const row = conflictRow[service];
  if (row >= 0) bits[row * words + (machine >> 5)] |= 1 << (machine & 31);
}

/** Once a process of the service has left the machine. */
export function unmarkOn(service: i32, machine: i32): void {
  const row = conflictRow[service];
  if (row < 0 || (isCluster && doubled[service] && beside(service, machine) > 0)) return;
  bits[row * words + (machine >> 5)] &= ~(1 << (machine & 31));
}

/** How many of a service are on the machine. */
export function beside(service: i32, machine: i32): i32 {
  if (!doubled[service]) return runs(service, machine) ? 1 : 0;
  let count = 0;
  for (let k = memberStart[service]; k < memberStart[service + 1]; k++) if (machineOf[member[k]] == machine) count++;
  return count;
}

/** Whether one is on the machine that the process, which is not there, may not share it with. */
export function hasConflict(process: i32, machine: i32): bool {
  const s = serviceOf[process];
  if (isOn(conflictRow[s], machine) && conflictsWith(process, s, machine)) return true;
  for (let k = antiStart[s]; k < antiStart[s + 1]; k++) {
    if (runs(anti[k], machine) && conflictsWith(process, anti[k], machine)) return true;
  }
  return false;
}

function conflictsWith(process: i32, service: i32, machine: i32): bool {
  if (!doubled[service]) return true;
  for (let k = memberStart[service]; k < memberStart[service + 1]; k++) {
    const other = member[k];
    // Two that are both at home here broke the rule before: they may stay.
    if (machineOf[other] == machine && !(home[other] == machine && home[process] == machine)) return true;
  }
  return false;
}

/** Whether the machine holds a service that this one bears not beside it, another than `but`. */
export function hasDisliked(service: i32, machine: i32, but: i32): bool {
  for (let k = antiStart[service]; k < antiStart[service + 1]; k++) {
    if (anti[k] != but && runs(anti[k], machine)) return true;
  }
  return false;
}
