/*
 * The solver without SIMD where shifts and swaps need it: the functions that handle four resources at once, written for one,
 * take the place of those in the sources on their way to the compiler. Everything else is the release build.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import asc from 'assemblyscript/asc';
import { RELEASE } from '../../scripts/solver-options.ts';

const FITS = `export function fits(machine: i32, comes: usize, goes: usize): bool {
  const bytes = rowBytes;
  const row = roomAt + 3 * bytes * machine;
  for (let k: usize = 0; k < bytes; k += 4) {
    if (load<i32>(row + k) - load<i32>(comes + k) + load<i32>(goes + k) < 0) {
      if (machine == homeIn(comes) && comesToItsOwn(machine, goes)) return true;
      return mayBeOverfull && comes != nobody && isNoFuller(row, comes, goes);
    }
  }
  return !isTransient || fitsSpare(row + 2 * bytes, comes, goes, machine == homeIn(comes), machine == homeIn(goes));
}
`;

const FITS_SPARE = `function fitsSpare(row: usize, plus: usize, minus: usize, comesHome: bool, leavesHome: bool): bool {
  if (comesHome) return true;
  for (let k: usize = 0; k < rowBytes; k += 4) {
    const mask = load<i32>(maskAt + k);
    let spare = load<i32>(row + k) - (load<i32>(plus + k) & mask);
    if (!leavesHome) spare += load<i32>(minus + k) & mask;
    if (spare < 0) return false;
  }
  return true;
}
`;

const LINEAR_COST = `function linearCost(machine: i32, plus: usize, minus: usize): i64 {
  const bytes = rowBytes;
  const row = roomAt + 3 * bytes * machine;
  let cost: i64 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    const over = load<i32>(row + bytes + k) + load<i32>(plus + k) - load<i32>(minus + k);
    cost += <i64>max(0, over) * <i64>load<i32>(weightAt + k);
  }
  for (let c = 0; c < balances; c++) {
    const first = 4 * balanceFirst[c];
    const second = 4 * balanceSecond[c];
    cost += balanceCost(
      c,
      load<i32>(row + first) - load<i32>(plus + first) + load<i32>(minus + first),
      load<i32>(row + second) - load<i32>(plus + second) + load<i32>(minus + second),
    );
  }
  return cost;
}
`;

const ADD_TO_ROOM = `export function addToRoom(process: i32, machine: i32, by: i32): void {
  const row = roomAt + 3 * rowBytes * machine;
  const needs = recordOf(process);
  const isAway = isTransient && machine != home[process];
  for (let k: usize = 0; k < rowBytes; k += 4) {
    const n = load<i32>(needs + k) * by;
    store<i32>(row + k, load<i32>(row + k) - n);
    store<i32>(row + rowBytes + k, load<i32>(row + rowBytes + k) + n);
    if (!isAway) continue;
    const spare = row + 2 * rowBytes + k;
    store<i32>(spare, load<i32>(spare) - (n & load<i32>(maskAt + k)));
  }
}
`;

const IN_PLACE_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'room.ts': { fits: FITS, fitsSpare: FITS_SPARE },
  'load.ts': { linearCost: LINEAR_COST },
  'state.ts': { addToRoom: ADD_TO_ROOM },
};

/** Throws when a function is not in the sources any more, or when the result does not compile. */
export async function buildScalar(): Promise<WebAssembly.Module> {
  let binary: Uint8Array<ArrayBuffer> | null = null;
  const { error, stderr } = await asc.main([...RELEASE, '--outFile', 'scalar.wasm'], {
    readFile: async (name, folder) => {
      const text = await readFile(join(folder, name), 'utf8').catch(() => null);
      return text !== null && name.startsWith('assembly/') ? withoutSimd(name, text) : text;
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = new Uint8Array(contents);
    },
  });
  if (error !== null) throw new Error(`the solver without SIMD did not build: ${error.message}\n${stderr.toString()}`);
  return await WebAssembly.compile(binary!);
}

function withoutSimd(name: string, source: string): string {
  let text = source;
  for (const [wanted, scalar] of Object.entries(IN_PLACE_OF[basename(name)] ?? {})) {
    const found = new RegExp(`^(export )?function ${wanted}\\([^]*?\\n}\\n`, 'm').exec(text)?.[0];
    if (found === undefined)
      throw new Error(`${name} has no function ${wanted}, whose place bench/kernel/scalar.ts has`);
    text = text.replace(found, () => scalar);
  }
  return text;
}
