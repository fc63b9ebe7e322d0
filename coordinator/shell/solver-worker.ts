import { setImmediate as turn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { softBound } from '../../placement/bound.ts';
import type { Cost } from '../../placement/cost.ts';
import type { Problem, Solution } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import type { Survey } from '../core/events.ts';
import { survey } from './survey.ts';

/* A thread of the solver: one question at a time, so that the coordinator's own thread never waits for an answer. */

/** Either so many steps, and the answer repeats, or so long. */
export type Budget = { readonly steps: number } | { readonly timeMs: number };

export type Question =
  | {
      readonly id: number;
      readonly kind: 'solve';
      readonly problem: Problem;
      readonly seed: number;
      readonly budget: Budget;
      readonly stop: Int32Array; // shared: 1 ends the search
    }
  | { readonly id: number; readonly kind: 'survey'; readonly problem: Problem; readonly stop: Int32Array };

export interface Progress {
  readonly cost: number; // of the best placement so far, its last level, in the unit of the weights
  readonly bound: number; // no placement of everything costs less on that level
  readonly moves: number;
  readonly elapsedMs: number;
}
export type Answer =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly solution: Solution; readonly costs: Cost }
  | { readonly id: number; readonly survey: Survey | null }
  | { readonly id: number; readonly error: Error };

const SLICE_STEPS = 20_000; // between two looks at the clock: a few milliseconds
const PROGRESS_MS = 200;

const solver = await loadSolver({ show: showQuantity });

async function solve({ id, problem, seed, budget, stop }: Extract<Question, { kind: 'solve' }>): Promise<Answer> {
  const beganMs = performance.now();
  const search = solver.begin(problem, seed);
  const bound = softBound(problem);
  let steps = 0;
  let saidMs = beganMs;
  const isOver = () =>
    Atomics.load(stop, 0) !== 0 ||
    ('steps' in budget ? steps >= budget.steps : performance.now() - beganMs >= budget.timeMs);
  while (!isOver()) {
    const { stepsTaken, cost } = search.run(
      'steps' in budget ? Math.min(SLICE_STEPS, budget.steps - steps) : SLICE_STEPS,
    );
    if (stepsTaken === 0) break;
    steps += stepsTaken;
    const nowMs = performance.now();
    if (nowMs - saidMs < PROGRESS_MS) continue;
    saidMs = nowMs;
    const progress = { cost, bound, moves: search.moves(), elapsedMs: nowMs - beganMs };
    parentPort?.postMessage({ id, progress } satisfies Answer);
    await turn();
  }
  return { id, solution: search.best(), costs: search.costs() };
}

async function answerTo(question: Question): Promise<Answer> {
  try {
    if (question.kind === 'solve') return await solve(question);
    const { id, problem, stop } = question;
    return { id, survey: survey(solver, problem, () => Atomics.load(stop, 0) !== 0) };
  } catch (error) {
    return { id: question.id, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (question: Question) => {
  last = last.then(async () => parentPort?.postMessage(await answerTo(question)));
});
