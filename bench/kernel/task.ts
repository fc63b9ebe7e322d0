/*
 * What is handed to a port in a process of its own, and what comes back. A task is one file: lists of numbers one after the
 * other, each behind its length, all as 64-bit floats, which hold every amount and cost exactly.
 */
import type { KernelProblem, Shares } from './problem.ts';

export interface Stage {
  readonly heat: number;
  readonly factor: number; // by which heat goes down every 16 steps
  readonly steps: number;
}

export interface Task {
  readonly problem: KernelProblem;
  readonly seed: number;
  readonly shares: Shares;
  readonly logarithm: Float32Array; // minus the logarithms of the chances of assembly/heat.ts
  readonly warmUp: readonly Stage[]; // while code is compiled and caches fill
  readonly timed: readonly Stage[];
}

/** Machines are listed per process as the problem numbers them. */
export interface Outcome {
  readonly ms: number; // processor time of the timed stages
  readonly presentCost: number;
  readonly bestCost: number;
  readonly present: ArrayLike<number>;
  readonly best: ArrayLike<number>;
}

const SIZES = [
  ...['machines', 'processes', 'services', 'width', 'locations', 'neighbourhoods'],
  ...['costNear', 'costWithin', 'costFar', 'moveWeight', 'serviceMoveWeight'],
] as const;

/** The arrays in the order of the file, which cpp/task.hpp reads them in. */
const ARRAYS = {
  ...{ room: Int32Array, record: Int32Array, locationOf: Int32Array, neighbourhoodOf: Int32Array },
  ...{ serviceOf: Int32Array, home: Int32Array, leaveCost: Float64Array },
  ...{ conflictRow: Int32Array, spreadRow: Int32Array, spreadMin: Int32Array },
  ...{ transientMask: Int32Array, loadWeight: Int32Array, moveCost: Uint32Array },
  ...{ balanceFirst: Int32Array, balanceSecond: Int32Array, balanceTarget: Float64Array, balanceWeight: Float64Array },
  ...{ dependencyRow: Int32Array, dependencyStart: Int32Array, dependency: Int32Array },
  ...{ needingStart: Int32Array, needing: Int32Array },
} as const;

export function encodeTask({ problem, seed, shares, logarithm, warmUp, timed }: Task): Uint8Array {
  const lists: ArrayLike<number>[] = [SIZES.map((name) => problem[name])];
  for (const name of Object.keys(ARRAYS) as (keyof typeof ARRAYS)[]) lists.push(problem[name]);
  lists.push([seed], [shares.shifts, shares.shiftsHome, shares.swapsHome, shares.alike], logarithm);
  for (const stages of [warmUp, timed]) lists.push(stages.flatMap(({ heat, factor, steps }) => [heat, factor, steps]));
  const numbers = new Float64Array(lists.reduce((sum, list) => sum + 1 + list.length, 0));
  let at = 0;
  for (const list of lists) {
    numbers[at++] = list.length;
    numbers.set(list, at);
    at += list.length;
  }
  return new Uint8Array(numbers.buffer);
}

export function decodeTask(bytes: Uint8Array): Task {
  const numbers = new Float64Array(bytes.slice().buffer);
  let at = 0;
  const list = () => {
    const start = at + 1;
    at = start + numbers[at]!;
    return numbers.subarray(start, at);
  };
  const sizes = Array.from(list(), asInteger);
  const problem = Object.fromEntries([
    ...SIZES.map((name, k) => [name, sizes[k]!]),
    ...Object.entries(ARRAYS).map(([name, Kind]) => [name, Kind.from(list())]),
  ]) as unknown as KernelProblem;
  const seed = list()[0]!;
  const [shifts, shiftsHome, swapsHome, alike] = Array.from(list(), asInteger) as [number, number, number, number];
  const logarithm = Float32Array.from(list());
  const stages = () => {
    const found = list();
    return Array.from({ length: found.length / 3 }, (_, k): Stage => {
      const [heat, factor, steps] = found.subarray(3 * k) as unknown as [number, number, number];
      return { heat, factor, steps: asInteger(steps) };
    });
  };
  const warmUp = stages();
  return { problem, seed, shares: { shifts, shiftsHome, swapsHome, alike }, logarithm, warmUp, timed: stages() };
}

/** What comes out of an array of floats the engine takes for one, and everything reckoned from it, unless told otherwise. */
function asInteger(value: number): number {
  return value === (value | 0) ? value | 0 : value;
}
