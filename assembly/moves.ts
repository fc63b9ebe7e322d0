/*
 * Shifts and swaps, judged before they are made: rules that fail most often and cost least to test come first. A swap is
 * process p from machine a to b and q from b to a; a shift is one with NOBODY for q.
 */
import { distanceCost, serviceMoveWeight } from './challenge';
import { homeBreach, isCluster, pinned } from './cluster';
import { isSpecial } from './company';
import { hasDisliked, isOn } from './conflicts';
import { shiftKeepsDependencies, swapKeepsDependencies } from './dependencies';
import { drawTolerance } from './heat';
import { isInOrder, isWorth } from './levels';
import { byChoice, isWithinMoves, machineOf } from './lists';
import { costWith, excessOn, excessWith, machineCost, peakDelta, peakWith } from './load';
import { serviceMoveDelta } from './moved';
import { placeCostOf } from './preference';
import { home, leaveCost, serviceOf } from './problem';
import { isWithinReach } from './reach';
import { conflictsIn, fits, homeIn, machineIn, nobody, recordOf, serviceIn } from './room';
import { shortageOfMove } from './spread';
import { exchange, shift } from './state';

/** Moves a process if rules allow it and the cost rises by no more than chance and heat allow. */
export function tryShift(process: i32, b: i32): bool {
  const p = recordOf(process);
  const a = machineIn(p);
  if (a == b || isOn(conflictsIn(p), b) || !fits(b, p, nobody)) return false;
  const s = serviceIn(p);
  if (isCluster && !mayMove(process, s, b, -1)) return false;
  const at = homeIn(p);
  const byHome = homeChange(at, a, b);
  if (isCluster && !isWithinMoves(byChoice(process, byHome))) return false;
  const tolerance = drawTolerance();
  const costB = costWith(b, p, nobody);
  const peakB = peakWith;
  const excessB = excessWith;
  const costA = costWith(a, nobody, p);
  let delta = costA + costB - machineCost[a] - machineCost[b];
  let byBreach: i64 = 0;
  if (isCluster) {
    delta += peakDelta(a, peakWith, b, peakB) + placeCostOf(s, b) - placeCostOf(s, a);
    byBreach = <i64>(excessWith + excessB - excessOn(a) - excessOn(b) - byHome * homeBreach[process]);
  } else delta += distanceCost(at, b) - distanceCost(at, a);
  if (byHome != 0) delta += <i64>byHome * leaveCost[process];
  const isLastLevel = isInOrder();
  if (isLastLevel && <f64>(delta - (byHome < 0 ? serviceMoveWeight : 0)) > tolerance) return false;
  if (byHome != 0) delta += serviceMoveDelta(s, byHome, s, 0);
  if (isLastLevel && <f64>delta > tolerance) return false;
  if (!isWorth(byBreach, shortageOfMove(s, a, b), delta, tolerance)) return false;
  if (!shiftKeepsDependencies(s, a, b)) return false;
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
  if (isCluster && !(mayMove(first, s, b, t) && mayMove(second, t, a, s))) return false;
  const homeP = homeIn(p);
  const homeQ = homeIn(q);
  const byP = homeChange(homeP, a, b);
  const byQ = homeChange(homeQ, b, a);
  if (isCluster && !isWithinMoves(byChoice(first, byP) + byChoice(second, byQ))) return false;
  const tolerance = drawTolerance();
  const costB = costWith(b, p, q);
  const peakB = peakWith;
  const excessB = excessWith;
  const costA = costWith(a, q, p);
  let delta = costA + costB - machineCost[a] - machineCost[b];
  let byBreach: i64 = 0;
  if (isCluster) {
    delta += peakDelta(a, peakWith, b, peakB);
    delta += placeCostOf(s, b) - placeCostOf(s, a) + placeCostOf(t, a) - placeCostOf(t, b);
    byBreach = <i64>(excessWith + excessB - excessOn(a) - excessOn(b));
    byBreach -= <i64>(byP * homeBreach[first] + byQ * homeBreach[second]);
  } else {
    delta += distanceCost(homeP, b) - distanceCost(homeP, a) + distanceCost(homeQ, a) - distanceCost(homeQ, b);
  }
  if (byP != 0) delta += <i64>byP * leaveCost[first];
  if (byQ != 0) delta += <i64>byQ * leaveCost[second];
  const isLastLevel = isInOrder();
  if (isLastLevel && <f64>(delta - (byP < 0 || byQ < 0 ? 2 * serviceMoveWeight : 0)) > tolerance) return false;
  if (byP != 0 || byQ != 0) delta += serviceMoveDelta(s, byP, t, byQ);
  if (isLastLevel && <f64>delta > tolerance) return false;
  if (s != t) {
    const byShortage = shortageOfMove(s, a, b) + shortageOfMove(t, b, a);
    if (!isWorth(byBreach, byShortage, delta, tolerance) || !swapKeepsDependencies(s, t, a, b)) return false;
  } else if (!isWorth(byBreach, 0, delta, tolerance)) return false;
  exchange(first, second, costB, costA);
  return true;
}

/** Whether a process of a cluster may go to the machine as far as rules other than of room and its like say, once `leaving` has left it. */
export function mayMove(process: i32, service: i32, to: i32, leaving: i32): bool {
  return (
    pinned[process] == 0 && !isSpecial(service) && isWithinReach(process, to) && !hasDisliked(service, to, leaving)
  );
}

/** 1 when a process with this home would leave it, -1 when it would come back. */
export function homeChange(at: i32, from: i32, to: i32): i32 {
  return from == at ? 1 : to == at ? -1 : 0;
}

/** Whether a process may go to the machine as far as the rules of its service go, with everything else where it is. */
export function mayBeOn(process: i32, to: i32): bool {
  const s = serviceOf[process];
  if (isOn(conflictsIn(recordOf(process)), to)) return false;
  if (isCluster) return mayMove(process, s, to, -1);
  const from = machineOf[process];
  return shortageOfMove(s, from, to) <= 0 && shiftKeepsDependencies(s, from, to);
}

/** What a move costs more than staying, load and the most moved service aside. */
export function moveDelta(process: i32, to: i32): i64 {
  const from = machineOf[process];
  const at = home[process];
  const s = serviceOf[process];
  const byPlace = isCluster ? placeCostOf(s, to) - placeCostOf(s, from) : distanceCost(at, to) - distanceCost(at, from);
  return byPlace + <i64>homeChange(at, from, to) * leaveCost[process];
}
