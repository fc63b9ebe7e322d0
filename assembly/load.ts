/*
 * What the load of a machine costs. The challenge's is linear above safety, with balance between resources. A cluster's is by
 * relative load, in ppm: squares above the mean, and the highest of any open machine, which a tree over machines keeps.
 */
import { balanceCost, balanceFirst, balanceSecond, balances, hasLinearLoad, loadWeight } from './challenge';
import { capacity, firstLoad, imbalanceWeight, isCluster, limited, mean, OPEN, openness, peakWeight } from './cluster';
import { addToBreach, addToTotal, total } from './levels';
import { machines, room, rowBytes, width } from './problem';

export const PPM: i32 = 1000000;
const LOAD_LIMIT: f64 = 4000000.0; // ppm; fuller than this counts as this

export let machineCost = new StaticArray<i64>(0); // per machine, weighted
export let roomAt: usize = 0; // addresses, for four resources at once
export let peakWith: i32 = 0; // of the machine of the last call of `costWith`: its highest load, 0 unless it is open
export let excessWith: i32 = 0; // and what is beyond its capacity, ppm
let weightAt: usize = 0;
let meanAt: usize = 0;
let perUnit = new StaticArray<f64>(0); // machine * width + resource: PPM / capacity
let excess = new StaticArray<i32>(0); // per machine, ppm
let mayExceed: bool = false; // whether any machine is over-full at first; none becomes so
let highest = new StaticArray<i32>(0); // the tree: the highest peak at its root, 1
let leaves: i32 = 1;

/** Before anything is placed. */
export function startLoad(): void {
  machineCost = new StaticArray<i64>(machines);
  roomAt = changetype<usize>(room);
  weightAt = changetype<usize>(loadWeight);
  if (!isCluster) return;
  meanAt = changetype<usize>(mean);
  excess = new StaticArray<i32>(machines);
  perUnit = new StaticArray<f64>(machines * width);
  for (let k = 0; k < perUnit.length; k++) perUnit[k] = <f64>PPM / <f64>max(1, capacity[k]);
  while (leaves < machines) leaves <<= 1;
  highest = new StaticArray<i32>(2 * leaves);
}

/** Counts all machines, once everything is at home. */
export function countLoads(): void {
  for (let m = 0; isCluster && m < machines; m++) {
    for (let r = 0; r < limited; r++) if (usedOf(m, r) > capacity[m * width + r]) mayExceed = true;
  }
  for (let m = 0; m < machines; m++) recount(m);
}

function usedOf(machine: i32, resource: i32): i32 {
  return room[(3 * machine + 1) * width + resource];
}

/** What load and balance of the machine would cost with one process more and another less: their records; either may be nobody's. */
export function costWith(machine: i32, plus: usize, minus: usize): i64 {
  return hasLinearLoad ? linearCost(machine, plus, minus) : relativeCost(machine, plus, minus);
}

function linearCost(machine: i32, plus: usize, minus: usize): i64 {
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

/** Sets `peakWith` and `excessWith` as well. */
function relativeCost(machine: i32, plus: usize, minus: usize): i64 {
  excessWith = mayExceed ? excessOf(machine, plus, minus) : 0;
  peakWith = 0;
  if (openness[machine] != OPEN) return 0;
  const row = roomAt + (3 * <usize>machine + 1) * rowBytes;
  const unit = changetype<usize>(perUnit) + 2 * rowBytes * machine;
  const zero = i32x4.splat(0);
  let squares = i64x2.splat(0);
  let top = zero;
  for (let k: usize = 4 * firstLoad; k < rowBytes; k += 16) {
    const used = i32x4.add(v128.load(row + k), i32x4.sub(v128.load(plus + k), v128.load(minus + k)));
    const low = inPpm(used, v128.load(unit + 2 * k));
    const high = inPpm(v128.shuffle<i64>(used, used, 1, 1), v128.load(unit + 2 * k + 16));
    const loads = v128.shuffle<i64>(low, high, 0, 2);
    top = i32x4.max_s(top, loads);
    const over = i32x4.max_s(zero, i32x4.sub(loads, v128.load(meanAt + k)));
    squares = i64x2.add(squares, i64x2.extmul_low_i32x4_s(over, over));
    squares = i64x2.add(squares, i64x2.extmul_high_i32x4_s(over, over));
  }
  peakWith = max(
    max(i32x4.extract_lane(top, 0), i32x4.extract_lane(top, 1)),
    max(i32x4.extract_lane(top, 2), i32x4.extract_lane(top, 3)),
  );
  if (imbalanceWeight == 0) return 0;
  return imbalanceWeight * ((i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1)) / PPM);
}

/** Of two amounts, the lower half of `used`. */
function inPpm(used: v128, unit: v128): v128 {
  const load = f64x2.min(f64x2.splat(LOAD_LIMIT), f64x2.mul(f64x2.convert_low_i32x4_s(used), unit));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(f64x2.add(load, f64x2.splat(0.5))));
}

function excessOf(machine: i32, plus: usize, minus: usize): i32 {
  let sum = 0;
  for (let r = 0; r < limited; r++) {
    const used = usedOf(machine, r) + load<i32>(plus + 4 * r) - load<i32>(minus + 4 * r);
    const beyond = used - capacity[machine * width + r];
    if (beyond <= 0) continue;
    sum += max(1, <i32>Math.floor(min(LOAD_LIMIT, <f64>beyond * perUnit[machine * width + r]) + 0.5));
  }
  return sum;
}

/** Brings a machine's share of the costs up to date. */
export function recount(machine: i32): void {
  const none = nothing();
  setMachineCost(machine, costWith(machine, none, none));
  if (!isCluster) return;
  addToBreach(<i64>(excessWith - excess[machine]));
  excess[machine] = excessWith;
  setPeak(machine, peakWith);
}

/** A record that needs nothing, for machines as they are. */
let zeros = new StaticArray<i32>(0);
function nothing(): usize {
  if (zeros.length < width) zeros = new StaticArray<i32>(width);
  return changetype<usize>(zeros);
}

export function setMachineCost(machine: i32, cost: i64): void {
  addToTotal(cost - machineCost[machine]);
  machineCost[machine] = cost;
}

export function excessOn(machine: i32): i32 {
  return excess[machine];
}

function setPeak(machine: i32, peak: i32): void {
  let p = leaves + machine;
  highest[p] = peak;
  while (p > 1) {
    p >>= 1;
    const value = max(highest[2 * p], highest[2 * p + 1]);
    if (highest[p] == value) break;
    highest[p] = value;
  }
}

export function peakOn(machine: i32): i32 {
  return highest[leaves + machine];
}

/** All costs of the last level. */
export function cost(): i64 {
  return isCluster ? total + peakWeight * <i64>highest[1] : total;
}

/** How much more the highest load would cost with these peaks of two machines; of one, where they are the same. */
export function peakDelta(a: i32, peakA: i32, b: i32, peakB: i32): i64 {
  const now = highest[1];
  const two = max(peakA, peakB);
  if (two >= now) return peakWeight * <i64>(two - now);
  if (peakOn(a) < now && peakOn(b) < now) return 0;
  return peakWeight * <i64>(max(two, peakWithout(a, b)) - now);
}

/** At least what the highest load would cost more where several machines whose highest was `before` then have `after`. */
export function leastPeakDelta(after: i32, before: i32): i64 {
  const now = highest[1];
  return after > now || before == now ? peakWeight * <i64>(after - now) : 0;
}

/** The highest load of machines but two. */
function peakWithout(a: i32, b: i32): i32 {
  let p = leaves + a;
  let q = leaves + b;
  let peak = 0;
  while (p != q) {
    if ((p ^ 1) != q) peak = max(peak, max(highest[p ^ 1], highest[q ^ 1]));
    p >>= 1;
    q >>= 1;
  }
  for (; p > 1; p >>= 1) peak = max(peak, highest[p ^ 1]);
  return peak;
}

/** The open machine with the highest load; any machine when none is open. */
export function fullest(): i32 {
  let p = 1;
  while (p < leaves) p = highest[2 * p] >= highest[2 * p + 1] ? 2 * p : 2 * p + 1;
  return min(p - leaves, machines - 1);
}
