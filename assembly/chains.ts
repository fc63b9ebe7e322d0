/*
 * Chains: a process goes where it has no room, another makes room for it and goes on in its turn, and so on, until one fits
 * or takes the place of the first. Where machines are so full that hardly any shift or swap is allowed, these still are.
 * A chain is judged link by link from the machines as they are, which is right as long as it enters none twice. A split is
 * a swap of one process for two.
 */

import { isTransient, serviceMoveWeight } from './challenge';
import { isCluster } from './cluster';
import { isOn } from './conflicts';
import { drawTolerance } from './heat';
import { breach, isInOrder, isWorth, shortage } from './levels';
import { countOn, isWithinMoves, machineOf, processOn } from './lists';
import { cost, costWith, leastPeakDelta, machineCost, peakOn, peakWith } from './load';
import { mayBeOn, mayMove, moveDelta } from './moves';
import { home, rowBytes, serviceOf } from './problem';
import { randomBelow } from './random';
import { randomWithinReach } from './reach';
import { conflictsIn, fits, nobody, pair, recordOf } from './room';
import { relocate } from './state';

const LINKS: i32 = 5; // moves in a chain, at most
const LOOKED_AT: i32 = 12; // processes tried to make room, at most
const member = new StaticArray<i32>(LINKS + 1);
const target = new StaticArray<i32>(LINKS + 1);

let top: i32 = 0; // highest peak of the machines of a change, once it is made
let topBefore: i32 = 0; // and before

export function tryChain(start: i32, to: i32): bool {
  const origin = machineOf[start];
  const first = recordOf(start);
  let p = start;
  let b = to;
  let delta: i64 = 0;
  let links = 0;
  top = 0;
  topBefore = 0;
  while (true) {
    const record = recordOf(p);
    if (b == origin || b < 0 || isOn(conflictsIn(record), b)) return false;
    if (isCluster && !mayMove(p, serviceOf[p], b, -1)) return false;
    for (let k = 0; k < links; k++) if (target[k] == b) return false;
    setLink(links++, p, b);
    delta += moveDelta(p, b);
    if (fits(b, record, nobody)) {
      delta += loadDelta(b, record, nobody) + loadDelta(origin, nobody, first);
      break;
    }
    if (links == LINKS) return false;
    const q = whoMakesRoom(b, record);
    if (q < 0) return false;
    const next = recordOf(q);
    delta += loadDelta(b, record, next);
    p = q;
    if (randomBelow(2) == 0 && !isOn(conflictsIn(next), origin) && fits(origin, next, first)) {
      setLink(links++, p, origin);
      delta += moveDelta(p, origin) + loadDelta(origin, next, first);
      break;
    }
    b = home[p] == b || randomBelow(2) == 0 ? randomWithinReach(p) : home[p];
  }
  return judge(links, delta, drawTolerance());
}

function loadDelta(machine: i32, comes: usize, goes: usize): i64 {
  const delta = costWith(machine, comes, goes) - machineCost[machine];
  if (isCluster) {
    top = max(top, peakWith);
    topBefore = max(topBefore, peakOn(machine));
  }
  return delta;
}

/** One on the machine in whose place the process would fit; the first of a few, from a random one on; -1 for none. */
function whoMakesRoom(machine: i32, record: usize): i32 {
  const count = countOn[machine];
  if (count == 0) return -1;
  let k = randomBelow(count);
  for (let looked = min(count, LOOKED_AT); looked > 0; looked--) {
    const q = processOn(machine, k);
    if (fits(machine, record, recordOf(q))) return q;
    if (++k == count) k = 0;
  }
  return -1;
}

/** A process for two of another machine, which go where it was. */
export function trySplit(p: i32, b: i32): bool {
  const a = machineOf[p];
  if (a == b || b < 0) return false;
  const count = countOn[b];
  const one = recordOf(p);
  if (count < 2 || isOn(conflictsIn(one), b)) return false;
  const k = randomBelow(count);
  const l = randomBelow(count - 1);
  const q = processOn(b, k);
  const r = processOn(b, l < k ? l : l + 1);
  const second = recordOf(q);
  const third = recordOf(r);
  if (isOn(conflictsIn(second), a) || isOn(conflictsIn(third), a)) return false;
  // Spare room is kept for those at home: only two that are alike in that can be taken for one.
  if (isTransient && ((home[q] == b) != (home[r] == b) || home[q] == a || home[r] == a)) return false;
  for (let k: usize = 0; k < rowBytes; k += 16) {
    v128.store(pair + k, i32x4.add(v128.load(second + k), v128.load(third + k)));
  }
  store<i32>(pair + rowBytes + 4, isTransient ? home[q] : -1);
  store<i32>(pair + rowBytes + 8, -1);
  if (!fits(b, one, pair) || !fits(a, pair, one)) return false;
  top = 0;
  topBefore = 0;
  const delta = loadDelta(b, one, pair) + loadDelta(a, pair, one) + moveDelta(p, b) + moveDelta(q, a) + moveDelta(r, a);
  setLink(0, q, a);
  setLink(1, r, a);
  setLink(2, p, b);
  return judge(3, delta, drawTolerance());
}

function setLink(k: i32, process: i32, machine: i32): void {
  member[k] = process;
  target[k] = machine;
}

/** Carries a change out if it may be worth it, by a delta without what the most moved service and the highest load make. */
function judge(links: i32, delta: i64, tolerance: f64): bool {
  let least = delta - <i64>links * serviceMoveWeight;
  if (isCluster) least += leastPeakDelta(top, topBefore);
  return !(isInOrder() && <f64>least > tolerance) && carryOut(links, tolerance);
}

/** Makes the moves from the last to the first, so that each finds its place free; undoes them where a rule or the cost forbids. */
function carryOut(links: i32, tolerance: f64): bool {
  const costBefore = cost();
  const breachBefore = breach;
  const shortageBefore = shortage;
  let k = links - 1;
  for (; k >= 0; k--) {
    const p = member[k];
    if (!mayBeOn(p, target[k])) break;
    const from = machineOf[p];
    relocate(p, target[k]);
    target[k] = from;
  }
  if (
    k < 0 &&
    isWithinMoves(0) &&
    isWorth(breach - breachBefore, shortage - shortageBefore, cost() - costBefore, tolerance)
  )
    return true;
  for (k++; k < links; k++) relocate(member[k], target[k]);
  return false;
}
