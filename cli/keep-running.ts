import { setTimeout as delay } from 'node:timers/promises';
import { endOwn, type OwnProgram, tailOf, unlessItEnds } from './own-program.ts';

/* A coordinator or agent that ends by itself is started again, as a service manager would. */

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;
/** So many ends, each before it has run this long, and it is given up. */
const MOST_FAILURES = 6;
const WELL_AFTER_MS = 30_000;

export interface KeptRunning<T> {
  /** What it said when it was first ready. */
  readonly ready: T;
  /** Resolves, with a sentence for people, when it has been given up. */
  readonly failed: Promise<string>;
  pid(): number;
  stop(): Promise<void>;
}

/**
 * Starts a program and starts it again whenever it ends, after growing pauses. Throws when the very first start fails.
 * @param onRestart is told, in one sentence, of each end
 */
export async function keepRunning<T>(
  start: () => OwnProgram,
  readyOf: (program: OwnProgram) => Promise<T>,
  onRestart: (sentence: string) => void,
): Promise<KeptRunning<T>> {
  const stopping = new AbortController();
  let program = start();
  const giveUp = Promise.withResolvers<string>();
  const ready = await unlessItEnds(program, readyOf(program), READY_LIMIT_MS).catch(async (error: unknown) => {
    await endOwn(program, STOP_LIMIT_MS);
    throw error;
  });
  const watching = watch();

  async function watch(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const since = performance.now();
      const how = await program.ended;
      if (stopping.signal.aborted) return;
      failures = performance.now() - since > WELL_AFTER_MS ? 1 : failures + 1;
      if (failures >= MOST_FAILURES) {
        giveUp.resolve(
          `the ${program.name} ${how}, ${failures} times in a row. The end of ${program.logFile}:\n${tailOf(program.logFile)}`,
        );
        return;
      }
      onRestart(`the ${program.name} ${how}: it is started again (${program.logFile} says more)`);
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {}); // stopped: seen below
      if (stopping.signal.aborted) return;
      program = start();
      readyOf(program).catch(() => {}); // nobody waits for it, yet what it prints is read
    }
  }

  return {
    ready,
    failed: giveUp.promise,
    pid: () => program.process.pid ?? 0,
    stop: async () => {
      stopping.abort();
      await endOwn(program, STOP_LIMIT_MS);
      await watching;
    },
  };
}
