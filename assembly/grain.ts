/*
 * From coarse to fine: first only the largest processes weigh anything, then more and more of them. Which large ones share a
 * machine is so decided without small ones that would have to make room for them first. When more are weighed, a machine can turn out
 * over-full: it then takes only what makes it no fuller, and until none is, nothing counts as the best. Where no resource
 * is transient.
 */
import { machineOf } from './lists';
import { recount, roomAt } from './load';
import { machines, processes, record, recordWidth, rowBytes, width } from './problem';
import { mayBeOverfull, recordOf, setMayBeOverfull } from './room';

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
  const row = roomAt + 3 * rowBytes * machineOf[process];
  const now = recordOf(process);
  const all = changetype<usize>(needs) + rowBytes * process;
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const then = weighs ? v128.load(all + k) : i32x4.splat(0);
    const more = i32x4.sub(then, v128.load(now + k));
    v128.store(row + k, i32x4.sub(v128.load(row + k), more));
    v128.store(row + rowBytes + k, i32x4.add(v128.load(row + rowBytes + k), more));
    v128.store(now + k, then);
  }
}

/** Whether all are weighed and no machine is over-full. */
export function isWhole(): bool {
  if (weighed < processes) return false;
  if (!mayBeOverfull) return true;
  for (let m = 0; m < machines; m++) if (isOverfull(m)) return false;
  setMayBeOverfull(false);
  return true;
}

function isOverfull(machine: i32): bool {
  const row = roomAt + 3 * rowBytes * machine;
  for (let k: usize = 0; k < rowBytes; k += 16) if (i32x4.bitmask(v128.load(row + k)) != 0) return true;
  return false;
}
