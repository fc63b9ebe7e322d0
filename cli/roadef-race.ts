import { Worker } from 'node:worker_threads';
import { roadefLowerBound } from '../placement/roadef/bound.ts';
import type { RoadefModel } from '../placement/roadef/model.ts';
import { roundsFor } from '../placement/roadef/schedule.ts';
import { requireSolvable } from '../placement/roadef/solvable.ts';
import { sibling } from '../protocol/sibling.ts';
import type { Clock, FromThread, Task, ToThread } from './roadef-thread.ts';

export interface RaceOptions {
  readonly seed: number;
  readonly threads: number;
  /** Steps of each thread, and the answer repeats; or time, and it does not. */
  readonly budget: { readonly steps: number } | { readonly timeMs: number };
  readonly clock?: Clock; // by which the time goes; the wall's by default
  readonly onProgress?: (progress: RaceProgress) => void;
}

export interface RaceProgress {
  readonly cost: number; // of the best answer of all threads
  readonly moves: number;
  readonly bound: number;
  readonly elapsedMs: number;
}

export interface RaceResult {
  readonly machineOf: Int32Array;
  readonly cost: number;
  readonly bound: number;
  readonly steps: number; // of all threads
  readonly elapsedMs: number;
  readonly memoryBytes: number; // of the wasm instances
}

export interface Race {
  readonly result: Promise<RaceResult>;
  /** Ends the search soon; the result is the best answer so far. */
  stop(): void;
}

/**
 * Solves a model in several threads with different seeds and strategies. After each round, which is counted in steps, those
 * that are behind go on from the best answer of all; so with a budget in steps the answer is the same each time.
 */
export function startRace(model: RoadefModel, initial: Int32Array, options: RaceOptions): Race {
  requireSolvable(model, initial);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  return {
    result: race(model, initial, options, stop),
    stop: () => {
      Atomics.store(stop, 0, 1);
    },
  };
}

type Reached = Extract<FromThread, { kind: 'reached' }>;

async function race(
  model: RoadefModel,
  initial: Int32Array,
  { seed, threads, budget, clock = 'wall', onProgress }: RaceOptions,
  stop: Int32Array,
): Promise<RaceResult> {
  const began = performance.now();
  const bound = roadefLowerBound(model);
  const elapsedMs = () => performance.now() - began;
  const lastRound = roundsFor(model, budget).length - 1;
  let leastCost = Infinity;
  const workers = Array.from({ length: threads }, (_, thread) => {
    const task: Task = {
      ...{ model, initial, thread, bound, stop, clock },
      seed: (seed + thread * 0x9e3779b9) >>> 0,
      steps: 'steps' in budget ? budget.steps : null,
      timeMs: 'timeMs' in budget ? budget.timeMs : null,
    };
    return new Worker(sibling(import.meta.url, './roadef-thread.ts'), { workerData: task });
  });
  const nextReached = (worker: Worker) =>
    new Promise<Reached>((done, fail) => {
      worker.removeAllListeners();
      worker.on('error', fail);
      worker.on('exit', () => fail(new Error('a solver thread has ended before its time')));
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'reached') return done(message);
        if (message.cost >= leastCost) return;
        leastCost = message.cost;
        onProgress?.({ cost: message.cost, moves: message.moves, bound, elapsedMs: message.elapsedMs });
      });
    });
  try {
    for (let round = 0; ; round++) {
      const reached = await Promise.all(workers.map(nextReached));
      const best = reached.reduce((a, b) => (b.cost < a.cost ? b : a));
      const isTimeUp = 'timeMs' in budget && clock === 'wall' && elapsedMs() >= budget.timeMs;
      if (round === lastRound || best.cost <= bound || isTimeUp || Atomics.load(stop, 0) !== 0) {
        const sum = (of: (one: Reached) => number) => reached.reduce((total, one) => total + of(one), 0);
        return {
          ...{ machineOf: best.machineOf, cost: best.cost, bound, elapsedMs: elapsedMs() },
          steps: sum((one) => one.steps),
          memoryBytes: sum((one) => one.memoryBytes),
        };
      }
      for (const [thread, worker] of workers.entries()) {
        const isBehind = reached[thread]!.cost > best.cost;
        worker.postMessage({ adopt: isBehind ? best.machineOf : null } satisfies ToThread);
      }
    }
  } finally {
    for (const worker of workers) {
      worker.removeAllListeners();
      await worker.terminate();
    }
  }
}
