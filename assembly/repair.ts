/*
 * Changes of many processes at once, for a cluster: the first placement, a place for those who wait, and taking a few out to put
 * them back otherwise.
 */
import { addPending, begin, conclude, isAcceptable, startChanges, takeOut, undoTo } from './change';
import { affinity, affinityStart, homeBreach, order, pinned } from './cluster';
import { drawTolerance } from './heat';
import { insertPending, startInsertion, work } from './insert';
import { away, awayCount, countOn, machineOf, processOn, waitCount, waits } from './lists';
import { fullest } from './load';
import { member, memberStart } from './members';
import { home, leaveCost, machines, processes, serviceOf } from './problem';
import { randomBelow } from './random';

const CHAIN: i32 = 8; // pushes in one change, at most
const NOISE: f64 = 0.04;
const MOST_LOOKS: i64 = 8_000_000; // at machines for the first placement; with more, only some are looked at
const MOST_LOOKS_IN_ALL: i32 = 500_000_000; // then one that fits on none of a few machines is left as it is: it would take minutes

let uneasy = new StaticArray<i32>(0); // processes that had better leave home
let uneasyCount: i32 = 0;

/** Places all that waits, as well as it goes, and moves those that had better not stay. */
export function placeFirst(): void {
  startChanges();
  startInsertion();
  uneasy = new StaticArray<i32>(processes);
  for (let p = 0; p < processes; p++) {
    if (machineOf[p] >= 0 && !pinned[p] && (homeBreach[p] > 0 || leaveCost[p] < 0)) uneasy[uneasyCount++] = p;
  }
  const everyMachine = <i64>(waitCount + uneasyCount) * machines < MOST_LOOKS;
  for (let k = 0; k < processes; k++) if (machineOf[order[k]] < 0) firstPlace(order[k], everyMachine);
  for (let k = 0; k < uneasyCount; k++)
    if (machineOf[uneasy[k]] >= 0 && work < MOST_LOOKS_IN_ALL) tryElsewhere(uneasy[k], everyMachine);
}

function firstPlace(process: i32, everyMachine: bool): void {
  if (tryInsert(process, 0, false, everyMachine)) return;
  if (work > MOST_LOOKS_IN_ALL) return;
  if (!everyMachine && tryInsert(process, 0, false, true)) return;
  const before = waitCount;
  for (let k = 0; k < 16; k++) {
    begin();
    addPending(process);
    insertPending(CHAIN, false, machines <= 200, 0);
    if (waitCount < before && isAcceptable(0)) return;
    undoTo(0);
  }
  tryInsert(process, CHAIN, true, true);
}

function tryInsert(process: i32, chain: i32, lowerOnly: bool, everyMachine: bool): bool {
  begin();
  addPending(process);
  insertPending(chain, lowerOnly, everyMachine, 0);
  return conclude(0) && machineOf[process] >= 0;
}

function tryElsewhere(process: i32, everyMachine: bool): void {
  for (let k = 0; k < 4; k++) {
    begin();
    if (takeOut(process)) {
      insertPending(k == 0 ? 0 : CHAIN, false, everyMachine, k == 0 ? 0 : NOISE);
      if (conclude(0) && machineOf[process] != home[process]) return;
    } else undoTo(0);
  }
}

/** A process on the machine, by chance; -1 where there is none. */
export function randomOn(machine: i32): i32 {
  return countOn[machine] == 0 ? -1 : processOn(machine, randomBelow(countOn[machine]));
}

/** Moves a process that others need or like beside them. */
export function moveSpecial(process: i32): bool {
  begin();
  if (!takeOut(process)) {
    undoTo(0);
    return false;
  }
  insertPending(randomBelow(3), false, false, 0.3);
  return conclude(drawTolerance());
}

/** Tries to place one that waits, pushing others about. */
export function rescue(): bool {
  const process = waits[randomBelow(waitCount)];
  const s = serviceOf[process];
  begin();
  addPending(process);
  // two small ones may take the place of a large one that neither takes alone
  if (waitCount > 1 && randomBelow(2) == 0) addPending(waits[randomBelow(waitCount)]);
  for (let e = affinityStart[s]; e < affinityStart[s + 1]; e++) {
    const t = affinity[e];
    if (randomBelow(2) == 0 || memberStart[t] == memberStart[t + 1]) continue;
    const target = member[memberStart[t] + randomBelow(memberStart[t + 1] - memberStart[t])];
    if (machineOf[target] < 0 || takeOut(target)) continue;
    undoTo(0);
    return false;
  }
  insertPending(CHAIN, false, false, randomBelow(2) == 0 ? 0 : 0.2);
  return conclude(drawTolerance());
}

/** Takes a few processes out, with preference for those that are away or uneasy, and puts them back. */
export function ruin(): bool {
  begin();
  const count = 1 + randomBelow(5);
  for (let k = 0; k < count; k++) {
    const draw = randomBelow(8);
    let process = randomBelow(processes);
    if (draw < 2 && uneasyCount > 0) process = uneasy[randomBelow(uneasyCount)];
    else if (draw < 4 && awayCount > 0) process = away[randomBelow(awayCount)];
    else if (draw < 5) process = randomOn(fullest());
    if (process < 0 || machineOf[process] < 0 || pinned[process]) continue;
    if (takeOut(process)) continue;
    undoTo(0);
    return false;
  }
  if (waitCount > 0) addPending(waits[randomBelow(waitCount)]);
  insertPending(randomBelow(3) == 0 ? CHAIN : 0, false, false, randomBelow(3) == 0 ? 0.3 : NOISE);
  return conclude(drawTolerance());
}
