/*
 * A squeeze: a process is put on a machine whether or not there is room, and others are taken off one by one until there is:
 * home, or to the place the first came from, or anywhere within reach. So a large process takes the place of several small
 * ones, which neither swaps nor chains can do.
 */
import { isCluster } from './cluster';
import { isOn } from './conflicts';
import { shiftKeepsDependencies } from './dependencies';
import { drawTolerance } from './heat';
import { breach, isWorth, shortage } from './levels';
import { countOn, isWithinMoves, machineOf, processOn } from './lists';
import { cost } from './load';
import { mayMove } from './moves';
import { home, serviceOf } from './problem';
import { randomBelow } from './random';
import { isWithinReach, randomWithinReach } from './reach';
import { conflictsIn, fits, nobody, recordOf } from './room';
import { shortageOfMove } from './spread';
import { relocate } from './state';

const MOST_PUSHED: i32 = 6;
const TRIES: i32 = 4; // machines tried for each, by chance
const member = new StaticArray<i32>(MOST_PUSHED + 2);
const origin = new StaticArray<i32>(MOST_PUSHED + 2);
let moved: i32 = 0;

/** Makes all the moves at once and undoes them where they make too little room or cost too much. */
export function trySqueeze(process: i32, b: i32): bool {
  const a = machineOf[process];
  if (a == b || b < 0 || !mayBeOn(process, b)) return false;
  const costBefore = cost();
  const breachBefore = breach;
  const shortageBefore = shortage;
  moved = 0;
  move(process, b);
  if (
    pushOthersOff(b, process, a) &&
    isWithinMoves(0) &&
    isWorth(breach - breachBefore, shortage - shortageBefore, cost() - costBefore, drawTolerance())
  )
    return true;
  while (moved > 0) relocate(member[--moved], origin[moved]);
  return false;
}

/** Whether what is on the machine fits in the end. */
function pushOthersOff(machine: i32, comer: i32, vacated: i32): bool {
  let k = randomBelow(countOn[machine]);
  for (let looked = countOn[machine]; looked > 0; looked--) {
    if (fits(machine, nobody, nobody)) return true;
    if (moved > MOST_PUSHED) return false;
    if (k >= countOn[machine]) k = 0;
    const q = processOn(machine, k);
    if (q == comer || !pushOff(q, machine, vacated)) k++; // else another has its place now
  }
  return fits(machine, nobody, nobody);
}

function pushOff(process: i32, machine: i32, vacated: i32): bool {
  const at = home[process];
  if (at >= 0 && at != machine && moveIfAllowed(process, at)) return true;
  if (isWithinReach(process, vacated) && moveIfAllowed(process, vacated)) return true;
  for (let k = 0; k < TRIES; k++) {
    const other = randomWithinReach(process);
    if (other >= 0 && other != machine && moveIfAllowed(process, other)) return true;
  }
  return false;
}

function moveIfAllowed(process: i32, to: i32): bool {
  if (!fits(to, recordOf(process), nobody) || !mayBeOn(process, to)) return false;
  move(process, to);
  return true;
}

/** As far as the rules of its service go. */
function mayBeOn(process: i32, to: i32): bool {
  const s = serviceOf[process];
  if (isOn(conflictsIn(recordOf(process)), to)) return false;
  if (isCluster) return mayMove(process, s, to, -1);
  const from = machineOf[process];
  return shortageOfMove(s, from, to) <= 0 && shiftKeepsDependencies(s, from, to);
}

function move(process: i32, to: i32): void {
  member[moved] = process;
  origin[moved++] = machineOf[process];
  relocate(process, to);
}
