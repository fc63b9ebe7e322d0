import { Worker } from 'node:worker_threads';
import { sibling } from '../../protocol/sibling.ts';
import type { Answer, Progress, Question } from './solver-worker.ts';

type Final = Exclude<Answer, { progress: Progress }>;

export interface SolverThread {
  /** Rejects with the solver's error, or when the thread dies. */
  ask(question: Question, onProgress?: (progress: Progress) => void): Promise<Final>;
  close(): Promise<void>;
}

interface Asked {
  readonly done: (answer: Final) => void;
  readonly fail: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** One thread; when it dies it is started again with the next question. */
export function openThread(): SolverThread {
  let worker: Worker | null = null;
  const waiting = new Map<number, Asked>();
  const failAll = (error: Error) => {
    worker = null;
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  const hear = (answer: Answer) => {
    const asked = waiting.get(answer.id);
    if ('progress' in answer) return asked?.onProgress?.(answer.progress);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.fail(answer.error);
    else asked?.done(answer);
  };
  const running = (): Worker => {
    if (worker) return worker;
    const started = new Worker(sibling(import.meta.url, './solver-worker.ts'));
    started.on('message', hear);
    started.on('error', (error) => failAll(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the solver thread has ended'));
    });
    worker = started;
    return started;
  };
  return {
    async ask(question, onProgress) {
      const thread = running();
      thread.ref(); // somebody waits for it
      try {
        return await new Promise((done, fail) => {
          waiting.set(question.id, { done, fail, onProgress });
          thread.postMessage(question);
        });
      } finally {
        if (waiting.size === 0) thread.unref();
      }
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
