import { parentPort } from 'node:worker_threads';
import type { Problem, Solution } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { survives } from '../../placement/survives.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import type { Survey } from '../core/events.ts';

/* The solver's thread: one question at a time, so that the coordinator's own thread never waits for an answer. */

export type Question =
  | {
      readonly id: number;
      readonly kind: 'solve';
      readonly problem: Problem;
      readonly seed: number;
      readonly steps: number;
    }
  | { readonly id: number; readonly kind: 'survey'; readonly problem: Problem };
export type Answer =
  | { readonly id: number; readonly solution: Solution; readonly tookMs: number }
  | { readonly id: number; readonly survey: Survey; readonly tookMs: number }
  | { readonly id: number; readonly error: string };

/** Enough per lost node to tell whether the rest fits; the real plan is made when it is needed. */
const SURVEY_STEPS = 20_000;

const solver = await loadSolver({ show: showQuantity });

function survey(problem: Problem): Survey {
  const placement = problem.instances.map((instance) => instance.home);
  const { anyNode, notNode } = survives(solver, problem, placement, { seed: 1, steps: SURVEY_STEPS });
  const [worst] = [...notNode].sort((a, b) => b.unplacedCount - a.unplacedCount);
  return { anyNode, notNode: problem.nodes[worst?.node ?? -1]?.name ?? null, unplaced: worst?.unplacedCount ?? 0 };
}

parentPort?.on('message', (question: Question) => {
  const start = performance.now();
  let answer: Answer;
  try {
    const took = () => performance.now() - start;
    if (question.kind === 'solve') {
      const solution = solver.solve(question.problem, { seed: question.seed, steps: question.steps });
      answer = { id: question.id, solution, tookMs: took() };
    } else {
      answer = { id: question.id, survey: survey(question.problem), tookMs: took() };
    }
  } catch (error) {
    answer = { id: question.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
