/* The host of the wasm for the challenge: lays a model out in memory, runs the search, reads the answer. */
import type { WasmExports } from '../wasm-exports.ts';
import { encodeRoadef } from './encode.ts';
import type { RoadefModel } from './model.ts';
import type { Leg, Strategy } from './schedule.ts';
import { requireSolvable } from './solvable.ts';

export interface RoadefSearch {
  /** Sets out on the part of a leg between two shares of it, 0 to 1, to be gone in so many steps. */
  heat(leg: Leg, shareFrom: number, shareTo: number, steps: number): void;
  /** Takes so many steps. In slices or at once, the answer is the same. */
  run(steps: number): void;
  /** Cost of the best answer so far, and how many processes are not where they were in the present one. */
  progress(): { readonly cost: number; readonly moves: number };
  best(): Int32Array;
  /** Where the search is, which at high heat is far from the best; for tests that hold it against cost.ts and check.ts. */
  present(): Int32Array;
  presentCost(): number;
  returnToBest(): void;
  /** Goes on from this answer, which must keep every rule. */
  adopt(machineOf: Int32Array): void;
  readonly memoryBytes: number;
}

/** `wasm` is a fresh instance. Throws RoadefUnsolvable for a model beyond the solver's range. The same seed and steps give the same answer everywhere. */
export function beginRoadef(
  wasm: WasmExports,
  model: RoadefModel,
  initial: Int32Array,
  seed: number,
  strategy: Strategy,
): RoadefSearch {
  requireSolvable(model, initial);
  const order = encodeRoadef(model, initial, wasm);
  wasm.start(seed);
  const mean = Math.max(1, wasm.presentCost() / Math.max(1, model.processes));
  const inWasm = (at: number) => new Int32Array(wasm.memory.buffer, at, model.processes);
  const read = (at: number) => {
    const machineOf = new Int32Array(model.processes);
    inWasm(at).forEach((machine, k) => {
      machineOf[order[k]!] = machine;
    });
    return machineOf;
  };
  return {
    heat({ unit, from, to, weighed = 1 }, shareFrom, shareTo, steps) {
      const { shifts, shiftsHome, swapsHome, chains, alike, splits, squeezes, kin } = strategy[unit];
      wasm.setShares(shifts, shiftsHome, swapsHome, chains, alike, splits, squeezes, kin);
      wasm.weighLargest(Math.ceil(weighed * model.processes));
      const degree = unit === 'mean' ? mean : 1;
      wasm.setHeat(from * degree, to * degree, shareFrom, shareTo, steps);
    },
    run(steps) {
      wasm.anneal(steps);
    },
    progress: () => ({ cost: wasm.bestCost(), moves: wasm.movedCount() }),
    best: () => read(wasm.bestAt()),
    present: () => read(wasm.presentAt()),
    presentCost: () => wasm.presentCost(),
    returnToBest: () => wasm.returnToBest(),
    adopt(machineOf) {
      wasm.returnToBest();
      inWasm(wasm.bestAt()).set(order.map((p) => machineOf[p]!));
      wasm.adopt();
    },
    get memoryBytes() {
      return wasm.memory.buffer.byteLength;
    },
  };
}
