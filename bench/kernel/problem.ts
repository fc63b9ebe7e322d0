/*
 * A model as the solver's wasm is given it, and how it is to be searched: what every port works on, so that the encoding is
 * the product's own in all of them. Arrays are as assembly/problem.ts and assembly/challenge.ts say, before the start.
 */
import { encodeRoadef } from '../../placement/roadef/encode.ts';
import type { RoadefModel } from '../../placement/roadef/model.ts';
import type { WasmExports } from '../../placement/wasm-exports.ts';

export interface KernelProblem {
  readonly machines: number;
  readonly processes: number;
  readonly services: number;
  readonly width: number; // resources in a row, padded
  readonly locations: number;
  readonly neighbourhoods: number;
  readonly costNear: number; // of moves, weighted
  readonly costWithin: number;
  readonly costFar: number;
  readonly moveWeight: number;
  readonly serviceMoveWeight: number;
  readonly room: Int32Array;
  readonly record: Int32Array;
  readonly locationOf: Int32Array;
  readonly neighbourhoodOf: Int32Array;
  readonly serviceOf: Int32Array;
  readonly home: Int32Array;
  readonly leaveCost: Float64Array;
  readonly conflictRow: Int32Array;
  readonly spreadRow: Int32Array;
  readonly spreadMin: Int32Array;
  readonly transientMask: Int32Array;
  readonly loadWeight: Int32Array;
  readonly moveCost: Uint32Array;
  readonly balanceFirst: Int32Array;
  readonly balanceSecond: Int32Array;
  readonly balanceTarget: Float64Array;
  readonly balanceWeight: Float64Array;
  readonly dependencyRow: Int32Array;
  readonly dependencyStart: Int32Array;
  readonly dependency: Int32Array;
  readonly needingStart: Int32Array;
  readonly needing: Int32Array;
}

/** Shares of 256 of what is tried: the kinds of step that the ports have, as the solver's `setShares` names them. */
export interface Shares {
  readonly shifts: number;
  readonly shiftsHome: number;
  readonly swapsHome: number;
  readonly alike: number;
}

/** How many rows an array of row numbers uses. */
export function rowsIn(rowOf: Int32Array): number {
  let rows = 0;
  for (const row of rowOf) rows = Math.max(rows, row + 1);
  return rows;
}

/** Encodes a model into a fresh instance of the wasm and copies what it was given. `order[k]` is the model's process k. */
export function kernelProblem(
  wasm: WasmExports,
  model: RoadefModel,
  initial: ArrayLike<number>,
): { readonly problem: KernelProblem; readonly order: Int32Array } {
  let sizes: readonly number[] = [];
  let counts: readonly number[] = [];
  let weights: readonly bigint[] = [];
  const order = encodeRoadef(model, initial, {
    ...wasm,
    allocate(...given) {
      sizes = given;
      wasm.allocate(...given);
    },
    allocateChallenge(...given) {
      counts = given;
      wasm.allocateChallenge(...given);
    },
    setChallengeWeights(...given) {
      weights = given;
    },
  });
  const [machines, processes, services, width, locations] = sizes as [number, number, number, number, number];
  const [neighbourhoods, balances, dependencies, hasMatrix] = counts as [number, number, number, number];
  const [costNear, costWithin, costFar, moveWeight, serviceMoveWeight] = weights.map(Number) as [
    ...[number, number, number, number, number],
  ];
  const ints = (at: number, length: number) => new Int32Array(wasm.memory.buffer, at, length).slice();
  const longs = (at: number, length: number) =>
    Float64Array.from(new BigInt64Array(wasm.memory.buffer, at, length), Number);
  const problem: KernelProblem = {
    ...{ machines, processes, services, width, locations, neighbourhoods },
    ...{ costNear, costWithin, costFar, moveWeight, serviceMoveWeight },
    room: ints(wasm.roomAt(), machines * 3 * width),
    record: ints(wasm.recordAt(), (processes + 2) * (width + 4)),
    locationOf: ints(wasm.locationOfAt(), machines),
    neighbourhoodOf: ints(wasm.neighbourhoodOfAt(), machines),
    serviceOf: ints(wasm.serviceOfAt(), processes),
    home: ints(wasm.homeAt(), processes),
    leaveCost: longs(wasm.leaveCostAt(), processes),
    conflictRow: ints(wasm.conflictRowAt(), services),
    spreadRow: ints(wasm.spreadRowAt(), services),
    spreadMin: ints(wasm.spreadMinAt(), services),
    transientMask: ints(wasm.transientMaskAt(), width),
    loadWeight: ints(wasm.loadWeightAt(), width),
    moveCost: new Uint32Array(wasm.memory.buffer, wasm.moveCostAt(), hasMatrix * machines * machines).slice(),
    balanceFirst: ints(wasm.balanceFirstAt(), balances),
    balanceSecond: ints(wasm.balanceSecondAt(), balances),
    balanceTarget: longs(wasm.balanceTargetAt(), balances),
    balanceWeight: longs(wasm.balanceWeightAt(), balances),
    dependencyRow: ints(wasm.dependencyRowAt(), services),
    dependencyStart: ints(wasm.dependencyStartAt(), services + 1),
    dependency: ints(wasm.dependencyAt(), dependencies),
    needingStart: ints(wasm.needingStartAt(), services + 1),
    needing: ints(wasm.needingAt(), dependencies),
  };
  return { problem, order };
}
