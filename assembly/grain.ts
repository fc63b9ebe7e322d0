/*
 * From coarse to fine: first only the largest processes weigh anything, then more and more of them. Which large ones share a
 * machine is so decided without small ones that would have to make room for them first. When more are weighed, a machine can turn out
 * over-full: it then takes only what makes it no fuller, and until none is, nothing counts as the best. Where no resource
 * is transient.
 */
import { machineOf } from './lists';
import { recount } from './load';
import { machines, processes, record, recordWidth, width } from './problem';
import { fits, mayBeOverfull, nobody, setMayBeOverfull } from './room';
import { addToRoom } from './state';

/** Processes 0 to weighed - 1 weigh what they do, the others nothing. */
export let weighed: i32 = 0;
let needs = new StaticArray<i32>(0); // process * width + resource: what it weighs when it does

export function startGrain(): void {
  weighed = processes;
  setMayBeOverfull(false);
}

/** Lets as many weigh as that, the largest ones: the host numbers processes by size. */
export function weighLargest(count: i32): void {
  if (count == weighed) return;
  if (needs.length == 0) keepNeeds();
  for (let p = min(count, weighed); p < max(count, weighed); p++) weigh(p, p < count);
  weighed = count;
  setMayBeOverfull(true);
  for (let m = 0; m < machines; m++) recount(m);
}

function keepNeeds(): void {
  needs = new StaticArray<i32>(processes * width);
  for (let p = 0; p < processes; p++) {
    for (let r = 0; r < width; r++) needs[p * width + r] = record[p * recordWidth + r];
  }
}

function weigh(process: i32, weighs: bool): void {
  const machine = machineOf[process];
  addToRoom(process, machine, -1);
  for (let r = 0; r < width; r++) record[process * recordWidth + r] = weighs ? needs[process * width + r] : 0;
  addToRoom(process, machine, 1);
}

/** Whether all are weighed and no machine is over-full. */
export function isWhole(): bool {
  if (weighed < processes) return false;
  if (!mayBeOverfull) return true;
  for (let m = 0; m < machines; m++) if (!fits(m, nobody, nobody)) return false;
  setMayBeOverfull(false);
  return true;
}
