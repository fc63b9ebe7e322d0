/** Shifts and swaps, judged before they are made: the challenge's part of assembly/moves.ts, test by test in its order. */
import type { Heat } from './heat.ts';
import type { State } from './state.ts';

export function createMoves(state: State, heat: Heat) {
  const { problem, room, load, conflicts, spread, dependencies, moved, distanceCost } = state;
  const { leaveCost, serviceMoveWeight } = problem;
  const { machineCost } = load;

  /** Moves a process if rules allow it and the cost rises by no more than chance and heat allow. */
  function tryShift(process: number, b: number): boolean {
    const p = room.recordOf(process);
    const a = room.machineIn(p);
    if (a === b || conflicts.isOn(room.conflictsIn(p), b) || !room.fits(b, p, room.nobody)) return false;
    const s = room.serviceIn(p);
    const tolerance = heat.drawTolerance();
    const at = room.homeIn(p);
    const byHome = homeChange(at, a, b);
    const costB = load.costWith(b, p, room.nobody);
    const costA = load.costWith(a, room.nobody, p);
    let delta = costA + costB - machineCost[a]! - machineCost[b]! + distanceCost(at, b) - distanceCost(at, a);
    if (byHome !== 0) delta += byHome * leaveCost[process]!;
    if (delta - (byHome < 0 ? serviceMoveWeight : 0) > tolerance) return false;
    if (byHome !== 0) delta += moved.delta(s, byHome, s, 0);
    if (delta > tolerance) return false;
    if (spread.shortageOfMove(s, a, b) > 0 || !dependencies.keptByShift(s, a, b)) return false;
    state.shift(process, b, costB, costA);
    return true;
  }

  /** Swaps two processes if rules allow it and the cost rises by no more than chance and heat allow. */
  function trySwap(first: number, second: number): boolean {
    const p = room.recordOf(first);
    const q = room.recordOf(second);
    const a = room.machineIn(p);
    const b = room.machineIn(q);
    if (a === b || !room.fits(b, p, q) || !room.fits(a, q, p)) return false;
    const s = room.serviceIn(p);
    const t = room.serviceIn(q);
    if (s !== t && (conflicts.isOn(room.conflictsIn(p), b) || conflicts.isOn(room.conflictsIn(q), a))) return false;
    const tolerance = heat.drawTolerance();
    const costB = load.costWith(b, p, q);
    const costA = load.costWith(a, q, p);
    let delta = costA + costB - machineCost[a]! - machineCost[b]!;
    const homeP = room.homeIn(p);
    const homeQ = room.homeIn(q);
    const byP = homeChange(homeP, a, b);
    const byQ = homeChange(homeQ, b, a);
    delta += distanceCost(homeP, b) - distanceCost(homeP, a) + distanceCost(homeQ, a) - distanceCost(homeQ, b);
    if (byP !== 0) delta += byP * leaveCost[first]!;
    if (byQ !== 0) delta += byQ * leaveCost[second]!;
    if (delta - (byP < 0 || byQ < 0 ? 2 * serviceMoveWeight : 0) > tolerance) return false;
    if (byP !== 0 || byQ !== 0) delta += moved.delta(s, byP, t, byQ);
    if (delta > tolerance) return false;
    if (s !== t) {
      if (spread.shortageOfMove(s, a, b) + spread.shortageOfMove(t, b, a) > 0) return false;
      if (!dependencies.keptBySwap(s, t, a, b)) return false;
    }
    state.exchange(first, second, costB, costA);
    return true;
  }

  return { tryShift, trySwap };
}

/** 1 when a process with this home would leave it, -1 when it would come back. */
function homeChange(at: number, from: number, to: number): number {
  return from === at ? 1 : to === at ? -1 : 0;
}
