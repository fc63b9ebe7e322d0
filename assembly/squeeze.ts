/*
 * A squeeze: a process is put on a machine whether or not there is room, and others are taken off one by one until there is:
 * home, or to the place the first came from, or somewhere within reach, wherever it costs least. So a large process takes the
 * place of several small ones, which neither swaps nor chains can do. Where one of its own service is in the way, the two
 * change places: rules of their service hold as before, and often leave it no other way.
 */
import { isTransient } from './challenge';
import { isCluster } from './cluster';
import { isOn } from './conflicts';
import { drawTolerance } from './heat';
import { breach, isWorth, shortage } from './levels';
import { countOn, isWithinMoves, machineOf, processOn } from './lists';
import { cost, costWith, machineCost, roomAt } from './load';
import { mayBeOn, moveDelta } from './moves';
import { home, rowBytes, serviceOf } from './problem';
import { randomBelow } from './random';
import { isWithinReach, randomWithinReach } from './reach';
import { conflictsIn, fits, maskAt, nobody, recordOf } from './room';
import { exchange, relocate } from './state';

const MOST_PUSHED: i32 = 6;
const TRIES: i32 = 4; // machines tried for each, by chance
const member = new StaticArray<i32>(MOST_PUSHED + 2);
const origin = new StaticArray<i32>(MOST_PUSHED + 2);
let moved: i32 = 0;
let kin: i32 = -1; // of the same service as the comer, with which it changed places; -1 for none
let best: i32 = -1; // machine for one that is pushed off
let bestCost: i64 = 0;

/** Makes all the moves at once and undoes them where they make too little room or cost too much. */
export function trySqueeze(process: i32, b: i32): bool {
  const a = machineOf[process];
  if (a == b || b < 0) return false;
  kin = -1;
  if (isOn(conflictsIn(recordOf(process)), b)) {
    if (isCluster) return false;
    kin = kinOn(b, serviceOf[process]);
    if (kin < 0) return false;
  } else if (!mayBeOn(process, b)) return false;
  const costBefore = cost();
  const breachBefore = breach;
  const shortageBefore = shortage;
  moved = 0;
  if (kin >= 0) changePlaces(process, kin);
  else move(process, b);
  if (
    pushOthersOff(b, process, a) &&
    (kin < 0 || pushOthersOff(a, kin, b)) &&
    isWithinMoves(0) &&
    isWorth(breach - breachBefore, shortage - shortageBefore, cost() - costBefore, drawTolerance())
  )
    return true;
  while (moved > 0) relocate(member[--moved], origin[moved]);
  if (kin >= 0) changePlaces(process, kin);
  return false;
}

function kinOn(machine: i32, service: i32): i32 {
  for (let k = 0; k < countOn[machine]; k++) {
    const q = processOn(machine, k);
    if (serviceOf[q] == service) return q;
  }
  return -1;
}

function changePlaces(p: i32, q: i32): void {
  const a = machineOf[p];
  const b = machineOf[q];
  const first = recordOf(p);
  const second = recordOf(q);
  const costB = costWith(b, first, second);
  exchange(p, q, costB, costWith(a, second, first));
}

/** Whether what is on the machine fits in the end. */
function pushOthersOff(machine: i32, comer: i32, vacated: i32): bool {
  let k = randomBelow(countOn[machine]);
  for (let looked = countOn[machine]; looked > 0; looked--) {
    if (fits(machine, nobody, nobody)) return true;
    if (moved > MOST_PUSHED) return false;
    if (k >= countOn[machine]) k = 0;
    const q = processOn(machine, k);
    if (q == comer || !isOfHelp(q, machine) || !pushOff(q, machine, vacated)) k++; // else another has its place now
  }
  return fits(machine, nobody, nobody);
}

/** Whether it takes of what is lacking. */
function isOfHelp(process: i32, machine: i32): bool {
  const record = recordOf(process);
  const row = roomAt + 3 * rowBytes * machine;
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const lacks = i32x4.shr_s(v128.load(row + k), 31);
    if (v128.any_true(v128.and(lacks, v128.load(record + k)))) return true;
    if (!isTransient) continue;
    const spare = i32x4.shr_s(v128.load(row + 2 * rowBytes + k), 31);
    if (v128.any_true(v128.and(v128.and(spare, v128.load(maskAt + k)), v128.load(record + k)))) return true;
  }
  return false;
}

function pushOff(process: i32, machine: i32, vacated: i32): bool {
  const at = home[process];
  best = -1;
  if (at >= 0 && at != machine) consider(process, at);
  if (vacated != at && isWithinReach(process, vacated)) consider(process, vacated);
  for (let k = 0; k < TRIES; k++) {
    const other = randomWithinReach(process);
    if (other >= 0 && other != machine && other != at) consider(process, other);
  }
  if (best < 0) return false;
  move(process, best);
  return true;
}

/** Whether the machine would do, and better than those considered before. */
function consider(process: i32, to: i32): void {
  const record = recordOf(process);
  if (!fits(to, record, nobody) || !mayBeOn(process, to)) return;
  const c = costWith(to, record, nobody) - machineCost[to] + moveDelta(process, to);
  if (best >= 0 && c >= bestCost) return;
  best = to;
  bestCost = c;
}

function move(process: i32, to: i32): void {
  member[moved] = process;
  origin[moved++] = machineOf[process];
  relocate(process, to);
}
