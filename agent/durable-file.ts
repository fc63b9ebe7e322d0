import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The calls of the file system that it takes, one by one. */
export interface DurableCalls {
  readonly openSync: (path: string, flags: 'r' | 'w', mode?: number) => number;
  /** All of it, or an error: a disk that fills up in the middle is no success. */
  readonly writeFileSync: (descriptor: number, content: string) => void;
  readonly fsyncSync: (descriptor: number) => void;
  readonly closeSync: (descriptor: number) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly rmSync: (path: string, options: { readonly force: true }) => void;
}
const REAL: DurableCalls = { openSync, writeFileSync, fsyncSync, closeSync, renameSync, rmSync };

/** Replaces a file so that after any crash it holds the old or the new content, whole. Throws what the file system throws. */
export function writeDurably(path: string, content: string, calls: DurableCalls = REAL): void {
  const temporary = `${path}.new`;
  try {
    const file = calls.openSync(temporary, 'w', 0o600);
    try {
      calls.writeFileSync(file, content);
      calls.fsyncSync(file);
    } finally {
      calls.closeSync(file);
    }
    calls.renameSync(temporary, path);
  } catch (error) {
    calls.rmSync(temporary, { force: true });
    throw error;
  }
  const folder = calls.openSync(dirname(path), 'r');
  try {
    calls.fsyncSync(folder);
  } finally {
    calls.closeSync(folder);
  }
}

export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EIO';
}
