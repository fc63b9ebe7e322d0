import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { agentFlagsFor } from '../agent/runtime-flags.ts';
import { OperatingError } from '../protocol/errors.ts';

/* Our own coordinator and agent as child processes. */

export type ProgramName = 'coordinator' | 'agent';

export interface OwnProgram {
  readonly name: ProgramName;
  readonly process: ChildProcess;
  readonly logFile: string;
  /** Resolves when it has ended or could not be started: how, as the end of a sentence. Never rejects. */
  readonly ended: Promise<string>;
}

/** The program itself: beside this file in dist, or its source. */
export const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './evenkeel.js', import.meta.url),
);

/** It ends with us, however we end. What it logs is appended to a file. */
export function startOwn(
  name: ProgramName,
  config: string,
  logFile: string,
  environment: Readonly<Record<string, string>> = {},
  entry: string = ENTRY,
): OwnProgram {
  const log = openSync(logFile, 'a', 0o600);
  const flags = name === 'agent' ? agentFlagsFor(entry) : [];
  const child = spawn(process.execPath, [...flags, entry, name, '--config', config, '--lifeline'], {
    stdio: ['pipe', name === 'coordinator' ? 'pipe' : log, log],
    detached: true, // a Ctrl-C is for us to obey, in order
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  child.stdin?.on('error', () => {}); // it is only there to be closed
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
  return { name, process: child, logFile, ended };
}

const ReadyLine = z.object({ ready: z.literal(true), http: z.string(), mqtt: z.string() });
export type Ready = z.infer<typeof ReadyLine>;

/** What a coordinator says when it is ready: where its API and its broker are. */
export function readyOf({ process: child }: OwnProgram): Promise<Ready> {
  return new Promise((resolve, reject) => {
    // All that it prints is read, so that it never waits for us.
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"ready"')) return;
      try {
        resolve(ReadyLine.parse(JSON.parse(line)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** The port in an address that `readyOf` gave. */
export const portOf = (url: string): number => Number(new URL(url).port);

/** What is waited for. Throws SPAWN_FAILED when the program ends first or takes too long. */
export async function unlessItEnds<T>(program: OwnProgram, wanted: Promise<T>, limitMs: number): Promise<T> {
  const failed = async (how: Promise<string>): Promise<never> => {
    const text = await how;
    throw new OperatingError(
      'SPAWN_FAILED',
      `the ${program.name} ${text}. The end of ${program.logFile}:\n${tailOf(program.logFile)}`,
    );
  };
  const late = delay(limitMs, `is not ready after ${limitMs / 1000} s`, { ref: false });
  return await Promise.race([wanted, failed(program.ended), failed(late)]);
}

/** Asked first, so that it says goodbye and closes its files; killed when that takes longer than the limit. */
export async function endOwn({ process: child, ended }: OwnProgram, limitMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const slow = await Promise.race([ended.then(() => false), delay(limitMs, true, { ref: false })]);
  if (slow) child.kill('SIGKILL');
  await ended;
}

export function tailOf(file: string, lines = 12): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return `(no ${file})`;
  }
}
