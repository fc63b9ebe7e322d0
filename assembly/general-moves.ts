/*
 * Shifts and swaps, judged before they are made: rules that fail most often and cost least to test come first. A swap is
 * process p from machine a to b and q from b to a; a shift is one with NOBODY for q.
 */
import {
  balanceFirst,
  balanceSecond,
  balances,
  dependency,
  dependencyRow,
  dependencyStart,
  dependent,
  dependentStart,
  distanceCost,
  isTransient,
  leaveCost,
  locationOf,
  neighbourhoodOf,
  rowBytes,
  serviceMoveWeight,
  spreadMin,
  spreadRow,
} from './general-problem';
import {
  balanceCost,
  conflictsIn,
  countInLocation,
  countInNeighbourhood,
  countNeighbourhood,
  countOn,
  exchange,
  homeIn,
  isOn,
  locationsUsed,
  machineCost,
  machineIn,
  maskAt,
  mostOn,
  nobody,
  recordOf,
  roomAt,
  serviceIn,
  serviceMoveDelta,
  shift,
  weightAt,
} from './general-state';
import { drawTolerance } from './heat';

/** Moves a process if rules allow it and the cost rises by no more than chance and heat allow. */
export function tryShift(process: i32, b: i32): bool {
  const p = recordOf(process);
  const a = machineIn(p);
  if (a == b || isOn(conflictsIn(p), b) || !fits(b, p, nobody) || countOn[b] >= mostOn) return false;
  const tolerance = drawTolerance();
  const at = homeIn(p);
  const byHome = homeChange(at, a, b);
  const costB = costWith(b, p, nobody);
  const costA = costWith(a, nobody, p);
  let delta = costA + costB - machineCost[a] - machineCost[b];
  delta += distanceCost(at, b) - distanceCost(at, a);
  if (byHome != 0) delta += <i64>byHome * leaveCost[process];
  if (<f64>(delta - (byHome < 0 ? serviceMoveWeight : 0)) > tolerance) return false;
  const s = serviceIn(p);
  if (byHome != 0) delta += serviceMoveDelta(s, byHome, s, 0);
  if (<f64>delta > tolerance || !keepsSpread(s, a, b) || !shiftKeepsDependencies(s, a, b)) return false;
  shift(process, b, costB, costA);
  return true;
}

/** Swaps two processes if rules allow it and the cost rises by no more than chance and heat allow. */
export function trySwap(first: i32, second: i32): bool {
  const p = recordOf(first);
  const q = recordOf(second);
  const a = machineIn(p);
  const b = machineIn(q);
  if (a == b || !fits(b, p, q) || !fits(a, q, p)) return false;
  const s = serviceIn(p);
  const t = serviceIn(q);
  if (s != t && (isOn(conflictsIn(p), b) || isOn(conflictsIn(q), a))) return false;
  const tolerance = drawTolerance();
  const costB = costWith(b, p, q);
  const costA = costWith(a, q, p);
  let delta = costA + costB - machineCost[a] - machineCost[b];
  const homeP = homeIn(p);
  const homeQ = homeIn(q);
  const byP = homeChange(homeP, a, b);
  const byQ = homeChange(homeQ, b, a);
  delta += distanceCost(homeP, b) - distanceCost(homeP, a) + distanceCost(homeQ, a) - distanceCost(homeQ, b);
  if (byP != 0) delta += <i64>byP * leaveCost[first];
  if (byQ != 0) delta += <i64>byQ * leaveCost[second];
  if (<f64>(delta - (byP < 0 || byQ < 0 ? 2 * serviceMoveWeight : 0)) > tolerance) return false;
  if (byP != 0 || byQ != 0) delta += serviceMoveDelta(s, byP, t, byQ);
  if (<f64>delta > tolerance || countOn[b] >= mostOn) return false;
  if (s != t && !(keepsSpread(s, a, b) && keepsSpread(t, b, a) && swapKeepsDependencies(s, t, a, b))) return false;
  exchange(first, second, costB, costA);
  return true;
}

/** 1 when a process with this home would leave it, -1 when it would come back. */
export function homeChange(at: i32, from: i32, to: i32): i32 {
  return from == at ? 1 : to == at ? -1 : 0;
}

/** Whether the machine has room for one process once another of it is gone: their records; either may be nobody's. */
export function fits(machine: i32, comes: usize, goes: usize): bool {
  const bytes = rowBytes;
  const row = roomAt + 3 * bytes * machine;
  for (let k: usize = 0; k < bytes; k += 16) {
    const free = i32x4.add(i32x4.sub(v128.load(row + k), v128.load(comes + k)), v128.load(goes + k));
    if (i32x4.bitmask(free) != 0) return false; // a sign bit: less than nothing is free
  }
  return !isTransient || fitsSpare(row + 2 * bytes, comes, goes, machine == homeIn(comes), machine == homeIn(goes));
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

/** What load and balance of the machine would cost with one process more and another less: their records; either may be nobody's. */
export function costWith(machine: i32, plus: usize, minus: usize): i64 {
  const bytes = rowBytes;
  const row = roomAt + 3 * bytes * machine;
  const zero = i32x4.splat(0);
  let sum = i64x2.splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    const more = i32x4.sub(v128.load(plus + k), v128.load(minus + k));
    const over = i32x4.max_s(zero, i32x4.add(v128.load(row + bytes + k), more));
    const weight = v128.load(weightAt + k);
    sum = i64x2.add(sum, i64x2.extmul_low_i32x4_s(over, weight));
    sum = i64x2.add(sum, i64x2.extmul_high_i32x4_s(over, weight));
  }
  let cost = i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1);
  for (let c = 0; c < balances; c++) {
    const first = 4 * balanceFirst[c];
    const second = 4 * balanceSecond[c];
    cost += balanceCost(
      c,
      load<i32>(row + first) - load<i32>(plus + first) + load<i32>(minus + first),
      load<i32>(row + second) - load<i32>(plus + second) + load<i32>(minus + second),
    );
  }
  return cost;
}

export function keepsSpread(service: i32, from: i32, to: i32): bool {
  const row = spreadRow[service];
  if (row < 0) return true;
  const left = locationOf[from];
  const entered = locationOf[to];
  if (left == entered) return true;
  let used = locationsUsed[row];
  if (countInLocation(row, left) == 1) used--;
  if (countInLocation(row, entered) == 0) used++;
  return used >= spreadMin[service];
}

export function shiftKeepsDependencies(service: i32, from: i32, to: i32): bool {
  const row = dependencyRow[service];
  if (row < 0) return true;
  const left = neighbourhoodOf[from];
  const entered = neighbourhoodOf[to];
  if (left == entered) return true;
  return (
    (countInNeighbourhood(row, left) != 1 || !isNeeded(service, left)) &&
    (countInNeighbourhood(row, entered) != 0 || hasNeeded(service, entered))
  );
}

function isNeeded(service: i32, neighbourhood: i32): bool {
  for (let k = dependentStart[service]; k < dependentStart[service + 1]; k++) {
    if (countInNeighbourhood(dependencyRow[dependent[k]], neighbourhood) > 0) return true;
  }
  return false;
}

function hasNeeded(service: i32, neighbourhood: i32): bool {
  for (let k = dependencyStart[service]; k < dependencyStart[service + 1]; k++) {
    if (countInNeighbourhood(dependencyRow[dependency[k]], neighbourhood) == 0) return false;
  }
  return true;
}

function swapKeepsDependencies(s: i32, t: i32, a: i32, b: i32): bool {
  const rowS = dependencyRow[s];
  const rowT = dependencyRow[t];
  const atA = neighbourhoodOf[a];
  const atB = neighbourhoodOf[b];
  if (atA == atB || (rowS < 0 && rowT < 0)) return true;
  // One may need the other, so both are counted as moved before either is judged.
  if (rowS >= 0) countBetween(rowS, atA, atB);
  if (rowT >= 0) countBetween(rowT, atB, atA);
  const keeps =
    (rowS < 0 || ((countInNeighbourhood(rowS, atA) > 0 || !isNeeded(s, atA)) && hasNeeded(s, atB))) &&
    (rowT < 0 || ((countInNeighbourhood(rowT, atB) > 0 || !isNeeded(t, atB)) && hasNeeded(t, atA)));
  if (rowS >= 0) countBetween(rowS, atB, atA);
  if (rowT >= 0) countBetween(rowT, atA, atB);
  return keeps;
}

function countBetween(row: i32, from: i32, to: i32): void {
  countNeighbourhood(row, from, -1);
  countNeighbourhood(row, to, 1);
}
