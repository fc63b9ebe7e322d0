/* Where every process is: put somewhere, taken away, moved; and with it everything that is counted. */
import { allocateBest, noteChange } from './best';
import { distanceCost, isTransient, surveyChallenge, transientMask } from './challenge';
import { baseCost, classOf, hasHome, homeBreach, isCluster, waitCost } from './cluster';
import { companyCost, isSpecial, pairBreach, startCompany } from './company';
import { forgetMarks, markOn, noteDoubled, startConflicts, unmarkOn } from './conflicts';
import { countDependency, startDependencies } from './dependencies';
import { addToBreach, addToTotal, startLevels, waiting } from './levels';
import { beginWaiting, endWaiting, enter, leave, machineOf, startLists } from './lists';
import { countLoads, recount, roomAt, setMachineCost, startLoad } from './load';
import { startMembers } from './members';
import { leaveHome, startMoved } from './moved';
import { placeCostOf } from './preference';
import { conflictRow, home, leaveCost, machines, processes, room, rowBytes, serviceOf, width } from './problem';
import { surveyReach } from './reach';
import { maskAt, recordOf, startRoom } from './room';
import { countSpread, startSpread } from './spread';

/** Puts every process that has a home there and counts everything. */
export function startState(): void {
  surveyChallenge();
  startLevels(baseCost);
  startLoad();
  startRoom();
  startLists();
  startMembers();
  startConflicts();
  startSpread();
  startDependencies();
  startMoved();
  allocateBest(processes);
  if (isCluster) surveyHomes();
  const free = new StaticArray<i32>(machines * width); // of empty machines
  for (let m = 0; m < machines; m++) for (let r = 0; r < width; r++) free[m * width + r] = room[3 * m * width + r];
  for (let p = 0; p < processes; p++) {
    const row = recordOf(p) + rowBytes;
    store<i32>(row, serviceOf[p]);
    store<i32>(row + 4, home[p]);
    store<i32>(row + 8, -1);
    store<i32>(row + 12, conflictRow[serviceOf[p]]);
    if (isCluster && !hasHome(p)) {
      addToTotal(leaveCost[p]);
      startWaiting(p);
    } else count(p, home[p], 1);
  }
  surveyReach(free);
  countLoads();
  // What leaves goes on using transient resources at home: all that was there at first keeps its room for good.
  for (let m = 0; isTransient && m < machines; m++) {
    for (let r = 0; r < width; r++) room[(3 * m + 2) * width + r] = transientMask[r] & room[3 * m * width + r];
  }
}

/** Which services have processes that share a machine at home and should not must be known before any is counted. */
function surveyHomes(): void {
  for (let p = 0; p < processes; p++) {
    if (!hasHome(p)) continue;
    noteDoubled(p, home[p]);
    markOn(serviceOf[p], home[p]);
  }
  forgetMarks();
  startCompany();
}

/** Counts that a process is on a machine, or with -1 that it is not any more; all but load, reach and what being away costs. */
function count(process: i32, machine: i32, by: i32): void {
  const s = serviceOf[process];
  if (by < 0 && isCluster) addToCluster(process, machine, -1);
  addToRoom(process, machine, by);
  if (by > 0) {
    enter(process, machine);
    markOn(s, machine);
  } else {
    leave(process, machine);
    unmarkOn(s, machine);
  }
  store<i32>(recordOf(process) + rowBytes + 8, by > 0 ? machine : -1);
  countSpread(s, machine, by);
  countDependency(s, machine, by);
  if (by > 0 && isCluster) addToCluster(process, machine, 1);
}

/** Takes what a process needs from the room of its machine, or with -1 gives it back. */
export function addToRoom(process: i32, machine: i32, by: i32): void {
  const row = roomAt + 3 * rowBytes * machine;
  const needs = recordOf(process);
  const sign = i32x4.splat(by);
  const isAway = isTransient && machine != home[process];
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const n = i32x4.mul(v128.load(needs + k), sign);
    v128.store(row + k, i32x4.sub(v128.load(row + k), n));
    v128.store(row + rowBytes + k, i32x4.add(v128.load(row + rowBytes + k), n));
    if (!isAway) continue;
    const spare = row + 2 * rowBytes + k;
    v128.store(spare, i32x4.sub(v128.load(spare), v128.and(n, v128.load(maskAt + k))));
  }
}

/** What a process makes on a machine that it is on, by rules and wishes of a cluster. */
function addToCluster(process: i32, machine: i32, by: i32): void {
  const s = serviceOf[process];
  addToTotal(<i64>by * placeCostOf(s, machine));
  if (home[process] == machine) addToBreach(<i64>(by * homeBreach[process]));
  if (!isSpecial(s)) return;
  addToBreach(<i64>by * pairBreach(process, machine));
  addToTotal(<i64>by * companyCost(process, machine));
}

function startWaiting(process: i32): void {
  beginWaiting(process);
  addToTotal(waitCost[process]);
  waiting[classOf[process]]++;
}

function stopWaiting(process: i32): void {
  endWaiting(process);
  addToTotal(-waitCost[process]);
  waiting[classOf[process]]--;
}

/** Takes a process off its machine; what that one's load then costs is for `recount` or `setMachineCost` to say. */
function take(process: i32): void {
  const from = machineOf[process];
  const at = home[process];
  noteChange(process);
  count(process, from, -1);
  if (from == at) leaveHome(process, 1);
  if (isCluster) startWaiting(process);
  else addToTotal(-distanceCost(at, from));
}

/** Puts a process that is nowhere on a machine, whatever rules say; as `take` but for the load. */
function put(process: i32, to: i32): void {
  const at = home[process];
  noteChange(process);
  count(process, to, 1);
  if (to == at) leaveHome(process, -1);
  if (isCluster) stopWaiting(process);
  else addToTotal(distanceCost(at, to));
}

/** Takes a process of a cluster off its machine: it waits. */
export function remove(process: i32): void {
  const from = machineOf[process];
  take(process);
  recount(from);
}

/** Puts a process that waits on a machine, whatever rules say. */
export function place(process: i32, to: i32): void {
  put(process, to);
  recount(to);
}

/** Puts a process on another machine, whatever rules say. */
export function relocate(process: i32, to: i32): void {
  const from = machineOf[process];
  take(process);
  put(process, to);
  recount(from);
  recount(to);
}

/** As `relocate`, where it is known already what the loads of the two machines then cost. */
export function shift(process: i32, to: i32, costTo: i64, costFrom: i64): void {
  const from = machineOf[process];
  take(process);
  put(process, to);
  setCosts(from, costFrom, to, costTo);
}

/** Two processes change places, where it is known already what the loads of their new machines then cost. */
export function exchange(p: i32, q: i32, costOfP: i64, costOfQ: i64): void {
  const a = machineOf[p];
  const b = machineOf[q];
  take(p);
  take(q);
  put(p, b);
  put(q, a);
  setCosts(a, costOfQ, b, costOfP);
}

function setCosts(a: i32, costA: i64, b: i32, costB: i64): void {
  if (isCluster) {
    recount(a);
    recount(b);
    return;
  }
  setMachineCost(a, costA);
  setMachineCost(b, costB);
}
