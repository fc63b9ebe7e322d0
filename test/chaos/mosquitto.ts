import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool } from './tools.ts';

const READY_LIMIT_MS = 20_000;

/** Debian's broker, which keeps nothing: killed and started again, it knows of no session. */
export class Mosquitto {
  readonly port: number;
  readonly #config: string;
  #process: ChildProcess | null = null;

  constructor(directory: string, host: string, port: number) {
    this.port = port;
    this.#config = join(directory, 'mosquitto.conf');
    // user root: who is root in namespaces alone cannot become another
    writeFileSync(this.#config, `listener ${port} ${host}\nallow_anonymous true\npersistence false\nuser root\n`);
  }

  async start(): Promise<void> {
    // setpriv: it ends with us, however we end
    const started = spawn(
      findTool('setpriv'),
      ['--pdeathsig', 'KILL', '--', findTool('mosquitto'), '-c', this.#config],
      { stdio: 'ignore', detached: true },
    );
    this.#process = started;
    started.on('error', () => {});
    const end = performance.now() + READY_LIMIT_MS;
    while (!(await answers(this.port))) {
      if (started.exitCode !== null || performance.now() > end)
        throw new Error(`mosquitto does not listen on port ${this.port}`);
      await delay(20);
    }
  }

  /** SIGKILL; it stays away until it is started. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }
  thaw(): void {
    this.#process?.kill('SIGCONT');
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
