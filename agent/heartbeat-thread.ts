import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../protocol/clock.ts';
import { sibling } from '../protocol/sibling.ts';
import { type FromHeartbeat, type HeartbeatSetup, SHARED, type ToHeartbeat } from './heartbeat-messages.ts';

const RESTART_MS = 500;

/**
 * The heartbeat's thread as the main thread has it: started again when it fails, told of progress through shared memory whenever
 * something of it arrives, which is with every heartbeat.
 */
export class HeartbeatThread {
  #setup: HeartbeatSetup;
  readonly #onMessage: (message: FromHeartbeat) => void;
  readonly #onFault: (detail: string) => void;
  readonly #shared: BigInt64Array;
  #worker: Worker;
  #guardWanted = false;
  #ended = false;

  constructor(
    setup: Omit<HeartbeatSetup, 'shared'>,
    onMessage: (message: FromHeartbeat) => void,
    onFault: (detail: string) => void,
  ) {
    const shared = new SharedArrayBuffer(SHARED.length * BigInt64Array.BYTES_PER_ELEMENT);
    this.#setup = { ...setup, shared };
    this.#onMessage = onMessage;
    this.#onFault = onFault;
    this.#shared = new BigInt64Array(shared);
    this.#advance();
    this.#worker = this.#start();
  }

  obeying(term: number, revision: number, store: string): void {
    if (store !== this.#setup.store) {
      this.#setup = { ...this.#setup, store };
      this.#tell({ kind: 'obey', store });
    }
    Atomics.store(this.#shared, SHARED.term, BigInt(term));
    Atomics.store(this.#shared, SHARED.revision, BigInt(revision));
  }

  /** How often the thread has come round to beating, whether or not there was a broker to hear it. */
  turns(): number {
    return Number(Atomics.load(this.#shared, SHARED.turns));
  }

  beat(): void {
    this.#tell({ kind: 'beat' });
  }

  wantGuard(wanted: boolean): void {
    if (this.#guardWanted === wanted) return;
    this.#guardWanted = wanted;
    this.#tell({ kind: 'guard', wanted });
  }

  async end(): Promise<void> {
    this.#ended = true;
    const worker = this.#worker;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      worker.on('message', (message: FromHeartbeat) => {
        if (message.kind !== 'stopped') return;
        clearTimeout(timer);
        resolve();
      });
      this.#tell({ kind: 'stop' });
    });
    await worker.terminate();
  }

  #tell(message: ToHeartbeat): void {
    this.#worker.postMessage(message);
  }

  #advance(): void {
    Atomics.store(this.#shared, SHARED.progressMs, BigInt(Math.ceil(monotonicMs())));
  }

  #start(): Worker {
    const worker = new Worker(sibling(import.meta.url, './heartbeat-worker.ts'), {
      workerData: this.#setup,
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 },
    });
    if (this.#guardWanted) worker.postMessage({ kind: 'guard', wanted: true } satisfies ToHeartbeat);
    worker.on('message', (message: FromHeartbeat) => {
      this.#advance();
      this.#onMessage(message);
    });
    worker.on('error', (error) => this.#onFault(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      if (this.#ended) return;
      setTimeout(() => {
        if (!this.#ended) this.#worker = this.#start();
      }, RESTART_MS);
    });
    return worker;
  }
}
