/*
 * Chains: a process goes where it has no room, another makes room for it and goes on in its turn, and so on, until one fits
 * or takes the place of the first. Where machines are so full that hardly any shift or swap is allowed, these still are.
 * A chain is judged link by link from the machines as they are, which is right as long as it enters none twice. A split is
 * a swap of one process for two.
 */

import { costWith, fits, homeChange, keepsSpread, shiftKeepsDependencies } from './general-moves';
import { distanceCost, home, isTransient, leaveCost, rowBytes, serviceMoveWeight, serviceOf } from './general-problem';
import { randomWithinReach } from './general-reach';
import {
  conflictsIn,
  countOn,
  isOn,
  machineCost,
  machineOf,
  mostOn,
  nobody,
  onMachine,
  pair,
  recordOf,
  relocate,
  slots,
  total,
} from './general-state';
import { drawTolerance } from './heat';
import { randomBelow } from './random';

const LINKS: i32 = 5; // moves in a chain, at most
const LOOKED_AT: i32 = 12; // processes tried to make room, at most
const member = new StaticArray<i32>(LINKS + 1);
const target = new StaticArray<i32>(LINKS + 1);

export function tryChain(start: i32, to: i32): bool {
  const origin = machineOf[start];
  const first = recordOf(start);
  let p = start;
  let b = to;
  let delta: i64 = 0;
  let links = 0;
  while (true) {
    const record = recordOf(p);
    if (b == origin || isOn(conflictsIn(record), b)) return false;
    for (let k = 0; k < links; k++) if (target[k] == b) return false;
    member[links] = p;
    target[links++] = b;
    delta += moveDelta(p, b);
    if (fits(b, record, nobody)) {
      if (countOn[b] >= mostOn) return false;
      delta += costWith(b, record, nobody) - machineCost[b];
      delta += costWith(origin, nobody, first) - machineCost[origin];
      break;
    }
    if (links == LINKS) return false;
    const q = whoMakesRoom(b, record);
    if (q < 0) return false;
    const next = recordOf(q);
    delta += costWith(b, record, next) - machineCost[b];
    p = q;
    if (randomBelow(2) == 0 && !isOn(conflictsIn(next), origin) && fits(origin, next, first)) {
      member[links] = p;
      target[links++] = origin;
      delta += moveDelta(p, origin) + costWith(origin, next, first) - machineCost[origin];
      break;
    }
    b = home[p] == b || randomBelow(2) == 0 ? randomWithinReach(p) : home[p];
  }
  const tolerance = drawTolerance();
  if (<f64>(delta - <i64>links * serviceMoveWeight) > tolerance) return false;
  return carryOut(links, tolerance);
}

function moveDelta(process: i32, to: i32): i64 {
  const from = machineOf[process];
  const at = home[process];
  return distanceCost(at, to) - distanceCost(at, from) + <i64>homeChange(at, from, to) * leaveCost[process];
}

/** One on the machine in whose place the process would fit; the first of a few, from a random one on; -1 for none. */
function whoMakesRoom(machine: i32, record: usize): i32 {
  const count = countOn[machine];
  if (count == 0) return -1;
  const row = machine * slots;
  let k = randomBelow(count);
  for (let looked = min(count, LOOKED_AT); looked > 0; looked--) {
    const q = onMachine[row + k];
    if (fits(machine, record, recordOf(q))) return q;
    if (++k == count) k = 0;
  }
  return -1;
}

/** A process for two of another machine, which go where it was. */
export function trySplit(p: i32, b: i32): bool {
  const a = machineOf[p];
  const count = countOn[b];
  const one = recordOf(p);
  if (a == b || count < 2 || countOn[a] >= mostOn || isOn(conflictsIn(one), b)) return false;
  const k = randomBelow(count);
  const l = randomBelow(count - 1);
  const q = onMachine[b * slots + k];
  const r = onMachine[b * slots + (l < k ? l : l + 1)];
  const second = recordOf(q);
  const third = recordOf(r);
  if (isOn(conflictsIn(second), a) || isOn(conflictsIn(third), a)) return false;
  // Spare room is kept for those at home: only two that are alike in that can be taken for one.
  if (isTransient && ((home[q] == b) != (home[r] == b) || home[q] == a || home[r] == a)) return false;
  for (let k: usize = 0; k < rowBytes; k += 16) {
    v128.store(pair + k, i32x4.add(v128.load(second + k), v128.load(third + k)));
  }
  store<i32>(pair + rowBytes + 4, home[q]);
  if (!fits(b, one, pair) || !fits(a, pair, one)) return false;
  const delta =
    costWith(b, one, pair) +
    costWith(a, pair, one) -
    machineCost[a] -
    machineCost[b] +
    moveDelta(p, b) +
    moveDelta(q, a) +
    moveDelta(r, a);
  const tolerance = drawTolerance();
  if (<f64>(delta - 3 * serviceMoveWeight) > tolerance) return false;
  setLink(0, q, a);
  setLink(1, r, a);
  setLink(2, p, b);
  return carryOut(3, tolerance);
}

function setLink(k: i32, process: i32, machine: i32): void {
  member[k] = process;
  target[k] = machine;
}

/** Makes the moves from the last to the first, so that each finds its place free; undoes them where a rule or the cost forbids. */
function carryOut(links: i32, tolerance: f64): bool {
  const before = total;
  let k = links - 1;
  for (; k >= 0; k--) {
    const p = member[k];
    const from = machineOf[p];
    const s = serviceOf[p];
    if (
      isOn(conflictsIn(recordOf(p)), target[k]) ||
      !keepsSpread(s, from, target[k]) ||
      !shiftKeepsDependencies(s, from, target[k])
    )
      break;
    relocate(p, target[k]);
    target[k] = from;
  }
  if (k < 0 && <f64>(total - before) <= tolerance) return true;
  for (k++; k < links; k++) relocate(member[k], target[k]);
  return false;
}
