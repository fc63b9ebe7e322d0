import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sibling } from '../protocol/sibling.ts';
import { agentFlagsFor } from './runtime-flags.ts';

/** Starts the guard in a session of its own, so that it outlives the agent; one at a time. */
export class GuardKeeper {
  readonly #stateDir: string;
  readonly #socketPath: string;
  readonly #onFault: (detail: string) => void;
  #child: ChildProcess | null = null;

  constructor(stateDir: string, socketPath: string, onFault: (detail: string) => void) {
    this.#stateDir = stateDir;
    this.#socketPath = socketPath;
    this.#onFault = onFault;
  }

  /** Does nothing while the one started last still runs: it may be slow to listen. */
  start(leaseUntilMs: number): void {
    if (this.#child) return;
    const script = fileURLToPath(sibling(import.meta.url, './guard.ts'));
    const until = String(Math.floor(leaseUntilMs));
    const args = [...agentFlagsFor(script), script, this.#stateDir, this.#socketPath, until];
    const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore', cwd: '/' });
    this.#child = child;
    const ended = (detail: string | null) => {
      if (this.#child === child) this.#child = null;
      if (detail !== null) this.#onFault(detail);
    };
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code) => ended(code === 0 ? null : `the guard ended with code ${code}`));
    child.unref();
  }
}
