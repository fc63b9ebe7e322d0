import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** The store of a coordinator with this state folder. */
export const storeFile = (stateDir: string): string => join(stateDir, 'evenkeel.db');

/** The database and what SQLite and we keep beside it. */
export const BESIDE = ['', '-wal', '-shm', '-head'] as const;

/** For a folder: what was renamed in it survives a loss of power. */
export function syncToDisk(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A time as it stands in the name of a file: 20261125T070102Z. */
export const stampOf = (wallMs: number): string => new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '');
