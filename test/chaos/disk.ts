import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './tools.ts';

const DISK_BYTES = 48 * 1_048_576;

/** A small disk of its own under the coordinator's store, that can be filled up. */
export class SmallDisk {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    execFileSync(findTool('mount'), ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'chaos', folder]);
  }

  fill(): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    try {
      writeFileSync(this.#ballast, Buffer.alloc((bavail + 1) * bsize));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // what was written stays
    }
  }
  free(): void {
    rmSync(this.#ballast, { force: true });
  }
  unmount(): void {
    execFileSync(findTool('umount'), ['--lazy', this.#folder]);
  }

  get #ballast(): string {
    return join(this.#folder, 'ballast');
  }
}

/** What strace is told to make of system calls on the store's files. */
export const DISK_ERRORS = [
  'fsync,fdatasync:error=EIO',
  'pwrite64:error=EIO',
  'pwrite64:error=ENOSPC',
  'fsync,fdatasync:error=EIO:when=2+3',
  'pwrite64:error=EIO:when=5+7',
  'fsync,fdatasync:delay_enter=300000', // µs
] as const;

/** A running process whose calls on the store's files fail. */
export class FailingCalls {
  #strace: ChildProcess | null = null;

  /** Resolves when strace has taken hold of the process. */
  async begin(pid: number, store: string, inject: string): Promise<void> {
    const files = ['', '-wal', '-shm', '-head'].flatMap((suffix) => ['-P', `${store}${suffix}`]);
    // its main thread alone, which is where the store is written: strace holds up every call of a thread that it watches
    const calls = inject.slice(0, inject.indexOf(':'));
    const strace = spawn(
      findTool('strace'),
      ['-o', '/dev/null', ...files, '-e', `trace=${calls}`, '-e', `inject=${inject}`, '-p', String(pid)],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#strace = strace;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      strace.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes('attached')) resolve();
      });
      strace.once('error', reject);
      strace.once('exit', () => reject(new Error(`strace does not take hold of process ${pid}: ${said.trim()}`)));
    });
  }

  /** Lets go of it. */
  async end(): Promise<void> {
    const strace = this.#strace;
    if (!strace || strace.exitCode !== null || strace.signalCode !== null) return;
    const gone = once(strace, 'exit');
    strace.kill('SIGTERM');
    await gone;
  }
}
