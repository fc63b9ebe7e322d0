import { execFile } from 'node:child_process';

/** What a program that ended by itself has said on its standard output. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}
/** Runs a program to its end. Null: it is not installed. Throws when it is killed, be it for taking longer than `limitMs`. */
export type RunProgram = (program: string, args: readonly string[], limitMs: number) => Promise<Ran | null>;

/** What a shell, or a program that stands in for another, says when that is not installed. */
const NOT_FOUND = 127;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** Tools of administrators are not in every service's PATH. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

export const runProgram: RunProgram = (program, args, limitMs) =>
  new Promise((resolve, reject) => {
    const options = {
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      env: { ...process.env, PATH, LC_ALL: 'C' },
    } as const;
    execFile(program, args, options, (error, output) => {
      if (error === null) resolve({ code: 0, output });
      else if (error.code === 'ENOENT' || error.code === NOT_FOUND) resolve(null);
      else if (typeof error.code === 'number') resolve({ code: error.code, output });
      else reject(error);
    });
  });
