/*
 * Annealing over shifts and swaps in plain JavaScript: the challenge's part of assembly/search.ts, draw by draw in its order.
 * Everything is a constant of a closure. Where a process creates but one search, the compiler takes arrays for the constants
 * that they are: 1.5 times as fast as the same in classes.
 */
import type { KernelProblem, Shares } from '../problem.ts';
import type { Stage } from '../task.ts';
import { createHeat } from './heat.ts';
import { createMoves } from './moves.ts';
import { createRandom } from './random.ts';
import { createState } from './state.ts';

const LOOKED_AT = 16; // on a machine for one to swap with, at most

export function createSearch(problem: KernelProblem, seed: number, shares: Shares, logarithm: Float32Array) {
  const random = createRandom(seed);
  const heat = createHeat(random, logarithm);
  const state = createState(problem, random);
  const { tryShift, trySwap } = createMoves(state, heat);
  const { lists, room, reach, best } = state;
  const { machines, processes, home } = problem;
  const { shifts, shiftsHome, swapsHome, alike } = shares;
  const { machineOf, countOn, away } = lists;

  function anneal({ heat: start, factor, steps }: Stage): void {
    if (machines < 2 || processes === 0) return;
    heat.set(start, factor);
    for (let k = 0; k < steps; k++) {
      if (changeOne(random.draw())) best.keepIfBetter(state.total());
      heat.cool();
    }
  }

  function changeOne(chance: number): boolean {
    const homeward = (chance >>> 8) & 255;
    if ((chance & 255) < shifts) {
      const p = beginner(homeward < shiftsHome);
      return tryShift(p, homeward < shiftsHome ? home[p]! : reach.randomWithinReach(p));
    }
    const p = beginner(homeward < swapsHome);
    if (homeward < swapsHome) return swapWithOneOn(p, home[p]!);
    if (chance >>> 24 < alike) return swapWithinReach(p, likeSized(p));
    if (room.isTransient) return swapWithOneOn(p, reach.randomWithinReach(p));
    return swapWithinReach(p, random.below(processes));
  }

  function beginner(goesHome: boolean): number {
    const count = lists.awayCount();
    return goesHome && count > 0 ? away[random.below(count)]! : random.below(processes);
  }

  /** Swaps with the first on the machine that rooms allow, from a random one on. */
  function swapWithOneOn(p: number, machine: number): boolean {
    const from = machineOf[p]!;
    if (machine === from || !reach.isWithinReach(p, machine)) return false;
    const count = countOn[machine]!;
    if (count === 0) return false;
    const record = room.recordOf(p);
    let k = random.below(count);
    for (let looked = Math.min(count, LOOKED_AT); looked > 0; looked--) {
      const q = lists.processOn(machine, k);
      const other = room.recordOf(q);
      if (room.fits(machine, record, other) && reach.isWithinReach(q, from) && room.fits(from, other, record)) {
        return trySwap(p, q);
      }
      if (++k === count) k = 0;
    }
    return false;
  }

  function swapWithinReach(p: number, q: number): boolean {
    return reach.isWithinReach(p, machineOf[q]!) && reach.isWithinReach(q, machineOf[p]!) && trySwap(p, q);
  }

  /** A process near in size, more often nearer: processes are numbered by size. */
  function likeSized(process: number): number {
    const chance = random.draw();
    const distance = 1 + (random.below(processes) >> (chance & 7));
    const other = process + ((chance & 8) === 0 ? distance : -distance);
    return other < 0 ? other + processes : other >= processes ? other - processes : other;
  }

  return { anneal, present: machineOf, presentCost: state.total, best: best.machineOf, bestCost: best.cost };
}
