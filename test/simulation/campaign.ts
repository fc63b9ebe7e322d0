import { Worker } from 'node:worker_threads';
import { addTally, emptyTally, type Tally } from './tally.ts';
import type { Batch, WorkerSetup } from './worker.ts';

export interface CampaignOptions {
  readonly from: number;
  readonly schedules: number;
  readonly threads: number;
  readonly mutant?: string;
  readonly endsAtFirst?: boolean; // violation
  readonly onProgress?: (sum: Tally) => void;
}

const BATCH = 50;

/** Runs schedules in threads. What they come to does not depend on how many threads there are. */
export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const sum = emptyTally();
  const end = options.from + options.schedules;
  let next = options.from;
  const isOver = () => next >= end || (options.endsAtFirst === true && sum.violations.length > 0);
  const work = async () => {
    const setup: WorkerSetup = { mutant: options.mutant ?? null };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup });
    try {
      while (!isOver()) {
        const from = next;
        const count = Math.min(BATCH, end - from);
        next += count;
        const batch: Batch = { from, count, endsAtFirst: options.endsAtFirst === true };
        addTally(sum, await answerOf(worker, batch));
        options.onProgress?.(sum);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: options.threads }, work));
  sum.violations.sort((a, b) => a.seed - b.seed);
  return sum;
}

function answerOf(worker: Worker, batch: Batch): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      act();
    };
    worker.on('message', (tally: Tally) => settle(() => resolve(tally)));
    worker.on('error', (error) => settle(() => reject(error)));
    worker.on('exit', (code) => settle(() => reject(new Error(`the thread ended with code ${code}`))));
    worker.postMessage(batch);
  });
}
