import type { WasmExports } from './wasm-exports.ts';

/** Writes arrays into the memory of a wasm instance, at the addresses that it gives. */
export interface Writers {
  ints(at: number, values: ArrayLike<number>): void;
  longs(at: number, values: readonly number[]): void;
  /** Lists in one array each, with where each starts. */
  lists(startAt: number, listAt: number, values: readonly (readonly number[])[]): void;
}

export function writersOf(wasm: WasmExports): Writers {
  const ints = (at: number, values: ArrayLike<number>) =>
    new Int32Array(wasm.memory.buffer, at, values.length).set(values);
  return {
    ints,
    longs: (at, values) =>
      new BigInt64Array(wasm.memory.buffer, at, values.length).set(values.map((value) => BigInt(value))),
    lists(startAt, listAt, values) {
      let end = 0;
      ints(startAt, [0, ...values.map((list) => (end += list.length))]);
      ints(listAt, values.flat());
    },
  };
}

/** Resources in a row of amounts: a multiple of four, so that one instruction handles four. */
export function paddedWidth(resources: number): number {
  return Math.max(4, (resources + 3) & ~3);
}
