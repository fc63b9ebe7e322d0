/* The host of the wasm: checks the problem, lays it out in memory, runs the search, reads the answer. */
import { readFile } from 'node:fs/promises';
import { asNumber, type Cost, costOf } from './cost.ts';
import { beginCycles } from './cycles.ts';
import { encode } from './encode.ts';
import { PlacementError } from './error.ts';
import { instantiate } from './instantiate.ts';
import type { ShowAmount } from './occupancy.ts';
import type { Problem, Solution, SolveOptions } from './problem.ts';
import { explainUnplaced } from './unplaced.ts';
import { validateProblem } from './validate.ts';
import type { WasmExports } from './wasm-exports.ts';

const MOST_STEPS = 2 ** 30;
/** A search that the host runs in slices, to watch the clock or to stop. */
export interface Search {
  /** Takes at least so many steps; `cost` is that of the best placement so far, in the unit of the weights, its last level alone. */
  run(steps: number): { readonly stepsTaken: number; readonly cost: number };
  /** Instances that are on a node which is not their home, in the present placement. */
  moves(): number;
  best(): Solution;
  /** The same placement without the rest of the answer. */
  placement(): readonly number[];
  /** What the best placement costs, level by level. */
  costs(): Cost;
  readonly memoryBytes: number; // of the wasm
  /** The levels as the wasm counts them, for tests that hold them against cost.ts. */
  levels(): { readonly breachPpm: number; readonly domainShortage: number; readonly soft: number };
}

export interface Solver {
  /** The same problem, seed and steps give the same answer on every machine. Throws PlacementError for bad input. */
  solve(problem: Problem, options: SolveOptions): Solution;
  begin(problem: Problem, seed: number): Search;
}

export interface SolverOptions {
  /** The build with bounds checks and assertions: slower, for tests. */
  readonly checked?: boolean;
  /** How reasons give amounts; plain numbers otherwise. */
  readonly show?: ShowAmount;
}

/** Loads the built wasm: beside the bundle, or in dist/ when run from source. */
export async function loadModule(options: Pick<SolverOptions, 'checked'> = {}): Promise<WebAssembly.Module> {
  const name = options.checked === true ? 'solver-checked.wasm' : 'solver.wasm';
  const url = new URL(import.meta.url.endsWith('.ts') ? `../dist/${name}` : `./${name}`, import.meta.url);
  const bytes = await readFile(url).catch((cause: unknown) => {
    throw new Error(`The solver is not built: ${url.pathname} cannot be read. Run: npm run build`, { cause });
  });
  return await WebAssembly.compile(bytes);
}

export async function loadSolver(options: SolverOptions = {}): Promise<Solver> {
  const module = await loadModule(options);
  const begin = (problem: Problem, seed: number) => startSearch(module, problem, seed, options.show);
  return {
    begin,
    solve(problem, { seed, steps }) {
      const search = begin(problem, seed);
      search.run(steps);
      return search.best();
    },
  };
}

function startSearch(module: WebAssembly.Module, problem: Problem, seed: number, show?: ShowAmount): Search {
  validateProblem(problem);
  requireInteger('seed', seed, 2 ** 32 - 1);
  const wasm = instantiate<WasmExports>(module);
  encode(problem, wasm);
  wasm.start(seed);
  const cycles = beginCycles(wasm, problem);
  let steps = 0;
  return {
    run(budget) {
      requireInteger('steps', budget, MOST_STEPS);
      const stepsTaken = budget === 0 ? 0 : cycles.run(budget);
      steps += stepsTaken;
      return { stepsTaken, cost: wasm.bestCost() / 1e9 };
    },
    moves: () => wasm.movedCount(),
    placement: () => [...placementIn(wasm, problem)],
    best: () => toSolution(problem, [...placementIn(wasm, problem)], { seed, steps, show }),
    get memoryBytes() {
      return wasm.memory.buffer.byteLength;
    },
    costs: () => costOf(problem, [...placementIn(wasm, problem)]),
    levels: () => ({
      breachPpm: wasm.bestBreach(),
      domainShortage: wasm.bestShortage(),
      soft: wasm.bestCost(),
    }),
  };
}

function placementIn(wasm: WasmExports, problem: Problem): Int32Array {
  return new Int32Array(wasm.memory.buffer, wasm.bestAt(), problem.instances.length);
}

function toSolution(
  problem: Problem,
  node: readonly number[],
  { seed, steps, show }: { seed: number; steps: number; show: ShowAmount | undefined },
): Solution {
  const cost = costOf(problem, node);
  const unplaced = explainUnplaced(problem, node, show);
  return { node, cost: asNumber(cost), maxLoad: cost.maxLoadPpm / 1e6, moves: cost.moves, unplaced, seed, steps };
}

function requireInteger(field: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new PlacementError(field, value, `an integer from 0 to ${most}`);
  }
}
