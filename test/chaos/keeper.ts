import { once } from 'node:events';
import type { KeptRunning } from '../../cli/keep-running.ts';
import { endOwn, type OwnProgram, tailOf, unlessItEnds } from '../../cli/own-program.ts';

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/**
 * Runs the coordinator, and ends and starts it when told. One that ends by itself is started again, and that is noted: no
 * fault from outside may end it.
 */
export class CoordinatorKeeper {
  /** How it ended by itself, each time. */
  readonly endedByItself: string[] = [];
  #program: OwnProgram | null = null;
  #launch: () => Promise<void> = async () => {};
  #wanted = true;

  /** In the place of `keepRunning`. */
  readonly keep = async <T>(
    start: () => OwnProgram,
    readyOf: (program: OwnProgram) => Promise<T>,
  ): Promise<KeptRunning<T>> => {
    const launch = async (): Promise<T> => {
      this.#wanted = true;
      const program = start();
      this.#program = program;
      void program.ended.then((how) => {
        if (!this.#wanted || this.#program !== program) return;
        this.endedByItself.push(`the coordinator ${how}: ${tailOf(program.logFile, 3)}`);
        void launch().catch(() => {}); // that it does not come back is seen by whoever waits for the cluster
      });
      return unlessItEnds(program, readyOf(program), READY_LIMIT_MS);
    };
    this.#launch = async () => void (await launch());
    return {
      ready: await launch(),
      failed: new Promise(() => {}),
      pid: () => this.pid,
      stop: async () => {
        this.#wanted = false;
        if (this.#program) await endOwn(this.#program, STOP_LIMIT_MS);
      },
    };
  };

  get pid(): number {
    return this.#program?.process.pid ?? 0;
  }

  /** SIGKILL; it stays away until it is started. */
  async kill(): Promise<void> {
    const child = this.#program?.process;
    this.#wanted = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Starts it again and waits until it is ready. */
  async start(): Promise<void> {
    await this.#launch();
  }
}
