import { compareCosts } from '../../placement/cost.ts';
import type { Problem, Solution } from '../../placement/problem.ts';
import type { Survey } from '../core/events.ts';
import { openThread } from './solver-thread.ts';
import type { Budget, Progress } from './solver-worker.ts';

export interface SolveRequest {
  readonly seed: number;
  readonly budget: Budget; // of each thread
  readonly onProgress?: (progress: Progress) => void; // the better of what threads have
  readonly signal?: AbortSignal; // ends the search soon, with the best answer so far
}

export interface SolverClient {
  /** In all threads, each from a seed of its own; the best answer wins, of equal ones the first thread's. With a budget in steps it repeats. */
  solve(problem: Problem, request: SolveRequest): Promise<{ solution: Solution; tookMs: number }>;
  /** In a thread of its own, since it may take long. Null when the next one was asked before it was done. */
  survey(problem: Problem): Promise<Survey | null>;
  /** Problems to solve asked and not answered yet. */
  queued(): number;
  close(): Promise<void>;
}

const DEFAULT_THREADS = 2;
const SEED_STEP = 0x9e3779b9;

/** The solver in threads of its own. */
export function openSolver(options: { readonly threads?: number } = {}): SolverClient {
  const threads = Array.from({ length: options.threads ?? DEFAULT_THREADS }, openThread);
  const surveyor = openThread();
  let stopSurvey = newSignal();
  let ids = 0;
  let queued = 0;
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    queued++;
    return await work.finally(() => {
      queued--;
    });
  };
  const solve: SolverClient['solve'] = async (problem, { seed, budget, onProgress, signal }) => {
    const beganMs = performance.now();
    const stop = newSignal();
    const end = () => Atomics.store(stop, 0, 1);
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end);
    let least = Infinity;
    const hear = (progress: Progress) => {
      least = Math.min(least, progress.cost);
      onProgress?.({ ...progress, cost: least });
    };
    const id = ++ids;
    const answers = await Promise.all(
      threads.map((thread, k) =>
        thread.ask({ id, kind: 'solve', problem, seed: (seed + k * SEED_STEP) >>> 0, budget, stop }, hear),
      ),
    ).finally(() => signal?.removeEventListener('abort', end));
    const found = answers.filter((answer) => 'solution' in answer);
    const best = found.reduce((a, b) => (compareCosts(b.costs, a.costs) < 0 ? b : a));
    // what was asked for and what was done in all, not what the winning thread had
    const steps = found.reduce((sum, { solution }) => sum + solution.steps, 0);
    return { solution: { ...best.solution, seed, steps }, tookMs: performance.now() - beganMs };
  };
  return {
    solve: (problem, request) => counted(solve(problem, request)),
    survey: async (problem) => {
      Atomics.store(stopSurvey, 0, 1); // of how the cluster was before
      stopSurvey = newSignal();
      const answer = await surveyor.ask({ id: ++ids, kind: 'survey', problem, stop: stopSurvey });
      if (!('survey' in answer)) throw new Error('no survey in the answer');
      return answer.survey;
    },
    queued: () => queued,
    close: async () => {
      await Promise.all([...threads, surveyor].map((thread) => thread.close()));
    },
  };
}

/** Shared with a thread: 1 ends what it does. */
function newSignal(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
