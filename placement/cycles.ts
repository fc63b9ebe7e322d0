/*
 * How the search of a cluster spends its steps: in cycles, each annealing from the best placement so far and longer than the one
 * before. Cycles do not depend on the budget, so a run in slices gives the same as a run at once.
 */
import type { Problem } from './problem.ts';
import { beginRefill } from './refill.ts';
import type { WasmExports } from './wasm-exports.ts';

/** Shares of 256 of what is tried, as assembly/search.ts has them. */
const SHARES = {
  rescues: 4,
  ruins: 5,
  fromFullest: 40,
  fromAway: 32,
  shifts: 64,
  shiftsHome: 64,
  swapsHome: 64,
  chains: 24,
  splits: 16,
  squeezes: 0,
} as const;
const HEATS = [0.3, 1, 0.1] as const; // of the hottest, by turns
const COOLING = 0.01; // of its heat a cycle ends with so much
const LEAST_STEPS = 400;
const STEPS_PER_INSTANCE = 8;
const GROWTH = 1.25;
const MOST_REFILLS = 24; // of them, one after each cycle
const LOOKS_PER_STEP = 8; // so many cost about as much time as a step

export interface Cycles {
  /** Takes at least so many steps; how many it took. */
  run(steps: number): number;
}

export function beginCycles(wasm: WasmExports, problem: Problem): Cycles {
  const { instances, nodes, weights } = problem;
  wasm.setShares(
    SHARES.shifts,
    SHARES.shiftsHome,
    SHARES.swapsHome,
    SHARES.chains,
    0,
    SHARES.splits,
    SHARES.squeezes,
    0,
  );
  wasm.setClusterShares(SHARES.rescues, SHARES.ruins, SHARES.fromFullest, SHARES.fromAway);
  const { load, imbalance, move } = weights;
  const hottest = Math.max(move, load / 100, imbalance / 100, 0.001) * 1e9;
  let length = Math.max(LEAST_STEPS, STEPS_PER_INSTANCE * instances.length);
  let at = 0;
  let cycle = 0;
  return {
    run(steps) {
      if (instances.length === 0 || nodes.length === 0) return 0;
      let taken = 0;
      while (taken < steps) {
        if (at === 0) {
          const heat = hottest * HEATS[cycle % HEATS.length]!;
          wasm.setHeat(heat, heat * COOLING, 0, 1, length);
          cycle++;
        }
        const now = wasm.anneal(Math.min(steps - taken, length - at));
        taken += now;
        at += now;
        if (at < length) continue;
        wasm.returnToBest();
        if (cycle <= MOST_REFILLS) taken += refill(wasm, problem, cycle - 1);
        at = 0;
        length = Math.floor(length * GROWTH);
      }
      return taken;
    },
  };
}

/** Tries to let in some of what waits by filling nodes anew; how many steps that was worth. */
function refill(wasm: WasmExports, problem: Problem, attempt: number): number {
  const best = new Int32Array(wasm.memory.buffer, wasm.bestAt(), problem.instances.length);
  if (!best.includes(-1)) return 0;
  const found = beginRefill(problem, [...best])?.attempt(attempt);
  if (found === undefined) return 0;
  if (found.node !== null) {
    best.set(found.node);
    wasm.adopt();
  }
  return Math.ceil(found.looks / LOOKS_PER_STEP);
}
