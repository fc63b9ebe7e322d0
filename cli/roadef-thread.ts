import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate } from '../placement/instantiate.ts';
import type { RoadefModel } from '../placement/roadef/model.ts';
import { type Budget, newPace, runRound } from '../placement/roadef/round.ts';
import { roundsFor, strategyOf } from '../placement/roadef/schedule.ts';
import { beginRoadef } from '../placement/roadef/search.ts';
import { loadModule } from '../placement/solver.ts';
import type { WasmExports } from '../placement/wasm-exports.ts';

/* One of the threads that solve a model at the same time. It stops between rounds to hear of a better answer. */

/** Of the wall, or of this thread's own time on a processor, which on a busy machine is less. */
export type Clock = 'wall' | 'cpu';

export interface Task {
  readonly model: RoadefModel;
  readonly initial: Int32Array;
  readonly seed: number;
  readonly thread: number;
  readonly bound: number; // nothing is below: once there, the thread stops
  readonly steps: number | null;
  readonly timeMs: number | null;
  readonly clock: Clock;
  readonly stop: Int32Array; // shared; not 0 once the search is to end
}
export type FromThread =
  | { readonly kind: 'progress'; readonly cost: number; readonly moves: number; readonly elapsedMs: number }
  | {
      readonly kind: 'reached'; // the end of a round, or of the search
      readonly cost: number;
      readonly machineOf: Int32Array;
      readonly steps: number;
      readonly memoryBytes: number;
    };
/** An answer to go on from, where another thread has a better one. */
export type ToThread = { readonly adopt: Int32Array | null };

const PROGRESS_MS = 100;

const task = workerData as Task;
const port = parentPort!;
const now = task.clock === 'wall' ? () => performance.now() : cpuMs;
const beganMs = now();
const untilMs = beganMs + (task.timeMs ?? 0);
const strategy = strategyOf(task.thread, task.model);
const wasm = instantiate<WasmExports>(await loadModule());
const search = beginRoadef(wasm, task.model, task.initial, task.seed, strategy);
const budget: Budget = task.steps === null ? { untilMs } : { steps: task.steps };
const pace = newPace();
let saidMs = 0;
let saidCost = Infinity;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function tick(): boolean {
  const { cost, moves } = search.progress();
  const atMs = now();
  if (cost < saidCost && atMs - saidMs >= PROGRESS_MS) {
    saidMs = atMs;
    saidCost = cost;
    port.postMessage({ kind: 'progress', cost, moves, elapsedMs: atMs - beganMs } satisfies FromThread);
  }
  if (Atomics.load(task.stop, 0) !== 0 || cost <= task.bound) return true;
  return task.timeMs !== null && atMs >= untilMs;
}

const given = task.steps === null ? { timeMs: task.timeMs ?? 0 } : { steps: task.steps };
const rounds = roundsFor(task.model, given);
for (let round = 0; round < rounds.length; round++) {
  runRound(search, rounds, round, budget, pace, { now, tick });
  const reached: FromThread = {
    kind: 'reached',
    cost: search.progress().cost,
    machineOf: search.best(),
    steps: pace.stepsTaken,
    memoryBytes: search.memoryBytes,
  };
  port.postMessage(reached);
  const [{ adopt }] = (await once(port, 'message')) as [ToThread];
  if (adopt !== null) search.adopt(adopt);
}
