import { Worker } from 'node:worker_threads';
import type { Problem, Solution } from '../../placement/problem.ts';
import { sibling } from '../../protocol/sibling.ts';
import type { Survey } from '../core/events.ts';
import type { Answer, Question } from './solver-worker.ts';

export interface SolverClient {
  solve(problem: Problem, seed: number, steps: number): Promise<{ solution: Solution; tookMs: number }>;
  survey(problem: Problem): Promise<Survey>;
  /** Questions asked and not answered yet. */
  queued(): number;
  close(): Promise<void>;
}

/** The solver in a thread of its own; one that dies is started again with the next question. */
export function openSolver(): SolverClient {
  let worker: Worker | null = null;
  let ids = 0;
  const waiting = new Map<number, { done: (answer: Answer) => void; fail: (error: Error) => void }>();
  const failAll = (error: Error) => {
    worker = null;
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  const running = (): Worker => {
    if (worker) return worker;
    const started = new Worker(sibling(import.meta.url, './solver-worker.ts'));
    started.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('error' in answer) asked?.fail(new Error(answer.error));
      else asked?.done(answer);
    });
    started.on('error', (error) => failAll(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the solver thread has ended'));
    });
    started.unref();
    worker = started;
    return started;
  };
  const ask = (question: Question): Promise<Answer> =>
    new Promise((done, fail) => {
      waiting.set(question.id, { done, fail });
      running().postMessage(question);
    });
  return {
    async solve(problem, seed, steps) {
      const answer = await ask({ id: ++ids, kind: 'solve', problem, seed, steps });
      if (!('solution' in answer)) throw new Error('no solution in the answer');
      return answer;
    },
    async survey(problem) {
      const answer = await ask({ id: ++ids, kind: 'survey', problem });
      if (!('survey' in answer)) throw new Error('no survey in the answer');
      return answer.survey;
    },
    queued: () => waiting.size,
    close: async () => {
      await worker?.terminate();
    },
  };
}
