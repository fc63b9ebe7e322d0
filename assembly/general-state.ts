/* Where every process is, and what that costs, kept up to date by `relocate`. The total is exact: integers below 2^53. */

import { allocateBest, noteChange } from './best';
import {
  balanceFirst,
  balanceSecond,
  balances,
  balanceTarget,
  balanceWeight,
  conflictRow,
  conflictRows,
  conflictWords,
  dependencyRow,
  dependencyRows,
  distanceCost,
  home,
  isTransient,
  leaveCost,
  loadWeight,
  locationOf,
  locations,
  machines,
  neighbourhoodOf,
  neighbourhoods,
  processes,
  record,
  recordWidth,
  room,
  rowBytes,
  serviceMoveWeight,
  serviceOf,
  services,
  spreadRow,
  spreadRows,
  surveyGeneral,
  transientMask,
  width,
} from './general-problem';
import { surveyReach } from './general-reach';

export let machineOf = new StaticArray<i32>(0); // per process
export let machineCost = new StaticArray<i64>(0); // per machine: load and balance, weighted
export let total: i64 = 0; // all costs, weighted
export let awayCount: i32 = 0; // processes that are not at home
// Who is on a machine, in no order: those of machine m from m * slots.
export let slots: i32 = 0;
export let mostOn: i32 = 0; // no shift or swap puts more on a machine
export let onMachine = new StaticArray<i32>(0);
export let countOn = new StaticArray<i32>(0);
let slotOf = new StaticArray<i32>(0);
let conflicts = new StaticArray<u32>(0); // row * conflictWords: machines that the service is on
let inLocation = new StaticArray<u16>(0); // row * locations: processes of the service there
export let locationsUsed = new StaticArray<i32>(0); // per spread row
let inNeighbourhood = new StaticArray<u16>(0); // row * neighbourhoods
let movedOf = new StaticArray<i32>(0); // per service: its processes that are not at home
let servicesMoved = new StaticArray<i32>(0); // per count: services of which so many moved
let mostMoved: i32 = 0;
export let roomAt: usize = 0; // addresses, for four resources at once
export let recordAt: usize = 0;
export let recordBytes: usize = 0;
export let nobody: usize = 0; // record of NOBODY
export let pair: usize = 0; // record of PAIR
export let maskAt: usize = 0;
export let weightAt: usize = 0;

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

/** Puts every process at home and counts everything. */
export function startState(): void {
  surveyGeneral();
  machineOf = new StaticArray<i32>(processes);
  machineCost = new StaticArray<i64>(machines);
  countOn = new StaticArray<i32>(machines);
  slotOf = new StaticArray<i32>(processes);
  conflicts = new StaticArray<u32>(conflictRows * conflictWords);
  inLocation = new StaticArray<u16>(spreadRows * locations);
  locationsUsed = new StaticArray<i32>(spreadRows);
  inNeighbourhood = new StaticArray<u16>(dependencyRows * neighbourhoods);
  movedOf = new StaticArray<i32>(services);
  servicesMoved = new StaticArray<i32>(processes + 2);
  servicesMoved[0] = services;
  roomAt = changetype<usize>(room);
  recordAt = changetype<usize>(record);
  recordBytes = 4 * recordWidth;
  nobody = recordOf(processes);
  pair = recordOf(processes + 1);
  store<i32>(nobody + rowBytes + 4, -1);
  for (let p = 0; p < processes; p++) {
    const row = recordOf(p) + rowBytes;
    store<i32>(row, serviceOf[p]);
    store<i32>(row + 4, home[p]);
    store<i32>(row + 12, conflictRow[serviceOf[p]]);
  }
  maskAt = changetype<usize>(transientMask);
  weightAt = changetype<usize>(loadWeight);
  for (let p = 0; p < processes; p++) countOn[home[p]]++;
  let most = 0;
  for (let m = 0; m < machines; m++) most = max(most, countOn[m]);
  // A machine takes several times as many as any has at first; more would hardly ever be tried, and cost memory.
  mostOn = min(processes, 4 * most + 64);
  slots = min(processes, 2 * mostOn); // on the way from one placement to another a machine may hold those of both
  onMachine = new StaticArray<i32>(machines * slots);
  countOn.fill(0);
  const capacity = new StaticArray<i32>(machines * width);
  for (let m = 0; m < machines; m++) for (let r = 0; r < width; r++) capacity[m * width + r] = room[3 * m * width + r];
  for (let p = 0; p < processes; p++) settle(p, home[p]);
  surveyReach(capacity);
  for (let m = 0; m < machines; m++) {
    machineCost[m] = costOfMachine(m);
    total += machineCost[m];
    // What leaves goes on using transient resources at home: all that was there at first keeps its room for good.
    for (let r = 0; r < width; r++) room[(3 * m + 2) * width + r] = transientMask[r] & room[3 * m * width + r];
  }
  allocateBest(processes);
}

function settle(process: i32, machine: i32): void {
  const row = 3 * machine * width;
  for (let r = 0; r < width; r++) {
    room[row + r] -= record[process * recordWidth + r];
    room[row + width + r] += record[process * recordWidth + r];
  }
  enter(process, machine);
  const s = serviceOf[process];
  if (conflictRow[s] >= 0) toggleConflict(conflictRow[s], machine);
  if (spreadRow[s] >= 0) countLocation(spreadRow[s], locationOf[machine], 1);
  if (dependencyRow[s] >= 0) countNeighbourhood(dependencyRow[s], neighbourhoodOf[machine], 1);
}

function enter(process: i32, machine: i32): void {
  machineOf[process] = machine;
  store<i32>(recordOf(process) + rowBytes + 8, machine);
  const slot = machine * slots + countOn[machine]++;
  slotOf[process] = slot;
  onMachine[slot] = process;
}

function leave(process: i32, machine: i32): void {
  const slot = slotOf[process];
  const last = onMachine[machine * slots + --countOn[machine]];
  onMachine[slot] = last;
  slotOf[last] = slot;
}

/** Load and balance cost of a machine as it is. */
function costOfMachine(machine: i32): i64 {
  const row = 3 * machine * width;
  let cost: i64 = 0;
  for (let r = 0; r < width; r++) cost += <i64>loadWeight[r] * <i64>max(0, room[row + width + r]);
  for (let b = 0; b < balances; b++) {
    cost += balanceCost(b, room[row + balanceFirst[b]], room[row + balanceSecond[b]]);
  }
  return cost;
}

export function balanceCost(balance: i32, first: i32, second: i32): i64 {
  return balanceWeight[balance] * max(<i64>0, balanceTarget[balance] * <i64>first - <i64>second);
}

function toggleConflict(row: i32, machine: i32): void {
  // Toggled, not set: while two processes of a service change places, both are on one machine for a moment.
  conflicts[row * conflictWords + (machine >> 5)] ^= 1 << (machine & 31);
}

/** Whether a process of the service with this row of conflicts is on the machine. */
export function isOn(row: i32, machine: i32): bool {
  return row >= 0 && ((conflicts[row * conflictWords + (machine >> 5)] >> (machine & 31)) & 1) != 0;
}

function countLocation(row: i32, location: i32, by: i32): void {
  const k = row * locations + location;
  const before: i32 = inLocation[k];
  inLocation[k] = <u16>(before + by);
  if (before == 0) locationsUsed[row]++;
  else if (before + by == 0) locationsUsed[row]--;
}

export function countInLocation(row: i32, location: i32): i32 {
  return inLocation[row * locations + location];
}

export function countNeighbourhood(row: i32, neighbourhood: i32, by: i32): void {
  inNeighbourhood[row * neighbourhoods + neighbourhood] += <u16>by;
}

export function countInNeighbourhood(row: i32, neighbourhood: i32): i32 {
  return inNeighbourhood[row * neighbourhoods + neighbourhood];
}

/** How much more moved processes cost where `byFirst` more of one service and `bySecond` of another have left home. */
export function serviceMoveDelta(first: i32, byFirst: i32, second: i32, bySecond: i32): i64 {
  if (byFirst == 0 && bySecond == 0) return 0;
  const before = mostMoved;
  countMoved(first, byFirst);
  countMoved(second, bySecond);
  const after = mostMoved;
  countMoved(second, -bySecond);
  countMoved(first, -byFirst);
  mostMoved = before;
  return serviceMoveWeight * <i64>(after - before);
}

function countMoved(service: i32, by: i32): void {
  if (by == 0) return;
  servicesMoved[movedOf[service]]--;
  movedOf[service] += by;
  servicesMoved[movedOf[service]]++;
  if (movedOf[service] > mostMoved) mostMoved = movedOf[service];
  while (servicesMoved[mostMoved] == 0) mostMoved--;
}

/** Puts a process on another machine, whatever rules say. */
export function relocate(process: i32, to: i32): void {
  const from = machineOf[process];
  transfer(process, from, to);
  recount(from);
  recount(to);
}

/** As two calls of `relocate`, where it is known already what the two machines then cost. */
export function exchange(p: i32, q: i32, costOfP: i64, costOfQ: i64): void {
  const a = machineOf[p];
  const b = machineOf[q];
  transfer(p, a, b);
  transfer(q, b, a);
  setMachineCost(b, costOfP);
  setMachineCost(a, costOfQ);
}

/** As `relocate`, where it is known already what the two machines then cost. */
export function shift(process: i32, to: i32, costTo: i64, costFrom: i64): void {
  const from = machineOf[process];
  transfer(process, from, to);
  setMachineCost(to, costTo);
  setMachineCost(from, costFrom);
}

function recount(machine: i32): void {
  setMachineCost(machine, costOfMachine(machine));
}

function setMachineCost(machine: i32, cost: i64): void {
  total += cost - machineCost[machine];
  machineCost[machine] = cost;
}

/** All that a move changes, except what load and balance of its two machines cost. */
function transfer(process: i32, from: i32, to: i32): void {
  const at = home[process];
  noteChange(process);
  const rowFrom = roomAt + 3 * rowBytes * from;
  const rowTo = roomAt + 3 * rowBytes * to;
  const row = recordOf(process);
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const n = v128.load(row + k);
    v128.store(rowFrom + k, i32x4.add(v128.load(rowFrom + k), n));
    v128.store(rowTo + k, i32x4.sub(v128.load(rowTo + k), n));
    v128.store(rowFrom + rowBytes + k, i32x4.sub(v128.load(rowFrom + rowBytes + k), n));
    v128.store(rowTo + rowBytes + k, i32x4.add(v128.load(rowTo + rowBytes + k), n));
    if (!isTransient) continue;
    const t = v128.and(n, v128.load(maskAt + k));
    if (from != at) v128.store(rowFrom + 2 * rowBytes + k, i32x4.add(v128.load(rowFrom + 2 * rowBytes + k), t));
    if (to != at) v128.store(rowTo + 2 * rowBytes + k, i32x4.sub(v128.load(rowTo + 2 * rowBytes + k), t));
  }
  leave(process, from);
  enter(process, to);
  const s = serviceOf[process];
  if (conflictRow[s] >= 0) {
    toggleConflict(conflictRow[s], from);
    toggleConflict(conflictRow[s], to);
  }
  if (spreadRow[s] >= 0 && locationOf[from] != locationOf[to]) {
    countLocation(spreadRow[s], locationOf[from], -1);
    countLocation(spreadRow[s], locationOf[to], 1);
  }
  if (dependencyRow[s] >= 0 && neighbourhoodOf[from] != neighbourhoodOf[to]) {
    countNeighbourhood(dependencyRow[s], neighbourhoodOf[from], -1);
    countNeighbourhood(dependencyRow[s], neighbourhoodOf[to], 1);
  }
  total += distanceCost(at, to) - distanceCost(at, from);
  if (from == at) leaveHome(process, 1);
  else if (to == at) leaveHome(process, -1);
}

function leaveHome(process: i32, by: i32): void {
  total += <i64>by * leaveCost[process];
  const before = mostMoved;
  countMoved(serviceOf[process], by);
  total += serviceMoveWeight * <i64>(mostMoved - before);
  awayCount += by;
}
