/*
 * The search: a first placement, then annealing in cycles, each from the best placement so far and longer than the one before.
 * A step is one change tried; steps that look at many nodes count as several. Cycles do not depend on the budget, so running
 * in slices gives the same as running at once.
 */

import {
  addPending,
  allocateChange,
  begin,
  isAcceptable,
  keep,
  keepFirst,
  move,
  returnToBest,
  takeOut,
  undoTo,
} from './change';
import { cool, drawTolerance, setHeat } from './heat';
import { allocateInsert, insertPending, randomOpenNode, resetWork, work } from './insert';
import {
  allocatePlacement,
  at,
  away,
  awayCount,
  first,
  fits,
  fullestNode,
  next,
  place,
  waitCount,
  waits,
} from './placement';
import {
  affinity,
  affinityStart,
  applicationOf,
  GONE,
  home,
  homeBreach,
  instances,
  isBound,
  member,
  memberStart,
  nodes,
  openness,
  order,
  pinned,
  stayCost,
  temperature,
} from './problem';
import { randomBelow, seedRandom } from './random';

const CHAIN: i32 = 8; // pushes in one change, at most
const COOLING: f64 = 0.01; // of its heat a cycle ends with so much
const NOISE: f64 = 0.04;

let uneasy = new StaticArray<i32>(0); // instances that had better leave home
let uneasyCount: i32 = 0;
let cycleLength: i64 = 0;
let cycleAt: i64 = 0;
let cycles: i32 = 0;

/** Allocates what the search needs and makes the first placement. After the host has filled the problem. */
export function start(seed: u32): void {
  seedRandom(seed);
  allocatePlacement();
  allocateChange();
  allocateInsert();
  uneasy = new StaticArray<i32>(instances);
  for (let i = 0; i < instances; i++) {
    if (home[i] < 0 || openness[home[i]] == GONE) continue;
    place(i, home[i]);
  }
  for (let i = 0; i < instances; i++) {
    if (at[i] >= 0 && !pinned[i] && (homeBreach[i] > 0 || stayCost[i] > 0)) uneasy[uneasyCount++] = i;
  }
  keepFirst();
  const everyNode = <i64>waitCount * nodes < 8000000;
  for (let k = 0; k < instances; k++) if (at[order[k]] < 0) firstPlace(order[k], everyNode);
  for (let k = 0; k < uneasyCount; k++) if (at[uneasy[k]] >= 0) tryElsewhere(uneasy[k], everyNode);
  cycleLength = max(400, <i64>instances * 8);
}

function firstPlace(instance: i32, everyNode: bool): void {
  if (tryInsert(instance, 0, false, everyNode) || (!everyNode && tryInsert(instance, 0, false, true))) return;
  const before = waitCount;
  for (let k = 0; k < 16; k++) {
    begin();
    addPending(instance);
    insertPending(CHAIN, false, nodes <= 200, 0);
    if (waitCount < before && isAcceptable(0)) return keep();
    undoTo(0);
  }
  tryInsert(instance, CHAIN, true, true);
}

function tryInsert(instance: i32, chain: i32, lowerOnly: bool, everyNode: bool): bool {
  begin();
  addPending(instance);
  insertPending(chain, lowerOnly, everyNode, 0);
  return conclude(0) && at[instance] >= 0;
}

function tryElsewhere(instance: i32, everyNode: bool): void {
  for (let k = 0; k < 4; k++) {
    begin();
    if (takeOut(instance)) {
      insertPending(k == 0 ? 0 : CHAIN, false, everyNode, k == 0 ? 0 : NOISE);
      if (conclude(0) && at[instance] != home[instance]) return;
    } else undoTo(0);
  }
}

function conclude(tolerance: f64): bool {
  if (isAcceptable(tolerance)) {
    keep();
    return true;
  }
  undoTo(0);
  return false;
}

/** Takes at least this many steps (none when there is nothing to decide); how many it took. */
export function run(steps: i32): i32 {
  if (instances == 0 || nodes == 0) return 0;
  let taken = 0;
  while (taken < steps) {
    if (cycleAt == 0) {
      const from = temperature * (cycles % 3 == 0 ? 0.3 : cycles % 3 == 1 ? 1.0 : 0.1);
      setHeat(from, from * COOLING, 0, 1, <f64>cycleLength);
      cycles++;
    }
    resetWork();
    step();
    const charge = 1 + (work >> 2);
    taken += charge;
    cycleAt += charge;
    cool(charge);
    if (cycleAt < cycleLength) continue;
    returnToBest();
    cycleAt = 0;
    cycleLength += cycleLength >> 2;
  }
  return taken;
}

function step(): void {
  const tolerance = drawTolerance();
  const draw = randomBelow(100);
  begin();
  if (draw < 20 && waitCount > 0) rescue(tolerance);
  else if (draw < 28) ruin(tolerance);
  else if (draw < 45 && awayCount > 0) relocate(away[randomBelow(awayCount)], true, tolerance);
  else if (draw < 70) relocate(randomOn(fullestNode()), false, tolerance);
  else relocate(randomBelow(instances), false, tolerance);
}

function randomOn(node: i32): i32 {
  let count = 0;
  for (let i = first[node]; i >= 0; i = next[i]) count++;
  if (count == 0) return -1;
  let k = randomBelow(count);
  let i = first[node];
  while (k-- > 0) i = next[i];
  return i;
}

/** Moves one instance, or swaps it with one of its new node. */
function relocate(instance: i32, homeward: bool, tolerance: f64): void {
  if (instance < 0 || at[instance] < 0 || pinned[instance]) return;
  if (isBound(applicationOf[instance])) return ruinOne(instance, tolerance);
  const from = at[instance];
  const toHome = homeward && home[instance] >= 0 && openness[home[instance]] != GONE;
  const to = toHome ? home[instance] : randomOpenNode();
  if (to < 0 || to == from) return;
  if (randomBelow(2) == 0) {
    if (!fits(instance, to)) return;
    move(instance, to);
  } else {
    const other = randomOn(to);
    if (other < 0 || pinned[other] || isBound(applicationOf[other])) return;
    move(other, -1);
    if (!fits(instance, to)) return undoTo(0);
    move(instance, to);
    if (!fits(other, from)) return undoTo(0);
    move(other, from);
  }
  conclude(tolerance);
}

function ruinOne(instance: i32, tolerance: f64): void {
  if (!takeOut(instance)) return undoTo(0);
  insertPending(randomBelow(3), false, false, 0.3);
  conclude(tolerance);
}

/** Tries to place one that waits, pushing others about. */
function rescue(tolerance: f64): void {
  const instance = waits[randomBelow(waitCount)];
  const a = applicationOf[instance];
  addPending(instance);
  for (let e = affinityStart[a]; e < affinityStart[a + 1]; e++) {
    const b = affinity[e];
    if (randomBelow(2) == 0 || memberStart[b] == memberStart[b + 1]) continue;
    const target = member[memberStart[b] + randomBelow(memberStart[b + 1] - memberStart[b])];
    if (at[target] >= 0 && !takeOut(target)) return undoTo(0);
  }
  insertPending(CHAIN, false, false, randomBelow(2) == 0 ? 0 : 0.2);
  conclude(tolerance);
}

/** Takes a few instances out, with preference for those that are away or uneasy, and puts them back. */
function ruin(tolerance: f64): void {
  const count = 1 + randomBelow(5);
  for (let k = 0; k < count; k++) {
    const draw = randomBelow(8);
    let instance = randomBelow(instances);
    if (draw < 2 && uneasyCount > 0) instance = uneasy[randomBelow(uneasyCount)];
    else if (draw < 4 && awayCount > 0) instance = away[randomBelow(awayCount)];
    else if (draw < 5) instance = randomOn(fullestNode());
    if (instance < 0 || at[instance] < 0 || pinned[instance]) continue;
    if (!takeOut(instance)) return undoTo(0);
  }
  if (waitCount > 0) {
    const extra = waits[randomBelow(waitCount)];
    addPending(extra);
  }
  insertPending(randomBelow(3) == 0 ? CHAIN : 0, false, false, randomBelow(3) == 0 ? 0.3 : NOISE);
  conclude(tolerance);
}
