import { parentPort, workerData } from 'node:worker_threads';
import { MUTANTS } from './mutants.ts';
import { breakModule } from './mutate.ts';

/* Runs schedules in a thread of its own, with the product as it is or with one mutant. */

export interface WorkerSetup {
  readonly mutant: string | null;
}
export interface Batch {
  readonly from: number;
  readonly count: number;
  readonly endsAtFirst: boolean; // violation
}

const { mutant: name } = workerData as WorkerSetup;
const mutant = MUTANTS.find((one) => one.name === name);
if (name !== null && !mutant) throw new Error(`there is no mutant "${name}"`);
if (mutant) breakModule(mutant);
const focus = mutant?.focus ?? null;
// loaded only now, so that the mutant is in it
const { runSchedule } = await import('./run.ts');
const { scheduleOf } = await import('./schedule.ts');
const { addOutcome, emptyTally } = await import('./tally.ts');

parentPort?.on('message', ({ from, count, endsAtFirst }: Batch) => {
  const tally = emptyTally();
  for (let seed = from; seed < from + count; seed++) {
    addOutcome(tally, seed, runSchedule(scheduleOf(seed, focus)));
    if (endsAtFirst && tally.violations.length > 0) break;
  }
  parentPort?.postMessage(tally);
});
