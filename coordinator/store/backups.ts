import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { StoreBackup } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { sibling } from '../../protocol/sibling.ts';
import { checkedContents } from './check.ts';
import { asOperatingError, guarded } from './failure.ts';
import { stampOf, syncToDisk } from './files.ts';
import type { Inspection } from './inspect.ts';

/*
 * Rolling backups, which are the background check as well: a copy is read through the store's own connection, every page of
 * it, and checked on another thread. Only a whole one becomes a backup, so that damage never replaces what is good.
 */

export type Backup = StoreBackup;

export const backupFolder = (file: string): string => join(file, '..', 'backups');

const NAME = /^evenkeel-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(\d+)\.db$/;

/** The newest first. */
export function backupsIn(folder: string): Backup[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .reverse()
    .flatMap((name) => {
      const [, year, month, day, hours, minutes, seconds, commits] = NAME.exec(name) ?? [];
      if (commits === undefined) return [];
      const madeMs = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
      return [{ file: join(folder, name), madeMs, commits: Number(commits) }];
    });
}

/** Pages copied at a time: other work of the connection waits for that long at most. */
const PAGES_AT_A_TIME = 32;

/** Throws STORE_CORRUPT when the store itself is damaged, another OperatingError when only the copy could not be made. */
export async function makeBackup(db: DatabaseSync, file: string, keep: number, wallMs: number): Promise<Backup> {
  const folder = backupFolder(file);
  const making = join(folder, 'making.db');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(making + ending, { force: true });
    db.exec('PRAGMA shrink_memory'); // pages are read from the file again, not from memory
    await backup(db, making, { rate: PAGES_AT_A_TIME });
    const found = await inspectElsewhere(making);
    if (!found.isWhole || found.commits === null) {
      guarded(file, () => checkedContents(db, file));
      throw new OperatingError('STORE_FAILED', `the copy for a backup is damaged, the store is not: ${found.damage}`);
    }
    syncToDisk(making);
    const made = join(folder, `evenkeel-${stampOf(wallMs)}-${String(found.commits).padStart(12, '0')}.db`);
    renameSync(making, made);
    syncToDisk(folder);
    for (const { file: old } of backupsIn(folder).slice(keep)) rmSync(old);
    return { file: made, madeMs: wallMs, commits: found.commits };
  } catch (error) {
    rmSync(making, { force: true });
    throw asOperatingError(file, error);
  }
}

function inspectElsewhere(file: string): Promise<Inspection> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(sibling(import.meta.url, './verify-worker.ts'), { workerData: { file } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that checks a backup has ended')));
  });
}
