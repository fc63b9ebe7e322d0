import { chownSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import { type Backup, backupFolder, backupsIn } from './backups.ts';
import { stampOf, syncToDisk } from './files.ts';
import { headFile, readHead } from './head.ts';
import { checkUnlocked, type Inspection, inspect, linesStillReadable } from './inspect.ts';
import { openSqliteStore } from './sqlite.ts';

/*
 * Going back to a backup. Whatever is killed in the midst of it leaves a store that is still found to be damaged, never one
 * that is empty and taken for a new one: the witness of how far it had come is replaced last.
 */

export interface RestoreOptions {
  readonly backup?: string; // instead of the newest whole one
  readonly force?: boolean; // although the store is whole
  readonly wallMs: number;
}
export interface Restored {
  readonly backup: Backup;
  readonly ageMs: number;
  /** Newer backups that are damaged as well. */
  readonly passedOver: readonly string[];
  readonly damage: string | null;
  readonly kept: readonly string[]; // where the files lie that were there before
  readonly lostCommits: number | null; // null: not known how far the store had come
  /** The journal of what was lost, as far as it can still be read. */
  readonly lostLines: readonly JournalEntry[];
  readonly term: number; // the highest known: the coordinator starts above it
}

/** Throws STORE_LOCKED while a coordinator runs on it, CONFLICT when the store is whole, STORE_FAILED without a backup. */
export function restore(file: string, { backup: wanted, force, wallMs }: RestoreOptions): Restored {
  checkUnlocked(file);
  const before = existsSync(file) || readHead(file) ? inspect(file) : null;
  if (before?.isWhole && !force)
    throw new OperatingError(
      'CONFLICT',
      `${file} is whole (commit ${before.commits}): there is nothing to restore; --force goes back all the same`,
    );
  const { backup, found, passedOver } = chosen(file, wanted);
  const head = readHead(file);
  const end = found.lines ?? { to: 0, hash: '' };
  const lostLines = linesStillReadable(file, { id: end.to, hash: end.hash });
  const reached = Math.max(head?.commits ?? 0, before?.commits ?? 0);
  const lostCommits = reached > 0 ? Math.max(0, reached - backup.commits) : null;
  const term = Math.max(found.term ?? 0, head?.term ?? 0, before?.term ?? 0);

  const fresh = `${file}.restoring`;
  for (const ending of ['', '-wal', '-shm', '-head']) rmSync(fresh + ending, { force: true });
  copyFileSync(backup.file, fresh);
  noteIn(fresh, term, backup, lostCommits, wallMs);
  syncToDisk(fresh);

  const aside = `${file}.damaged-${stampOf(wallMs)}`;
  const kept: string[] = [];
  if (head) {
    copyFileSync(headFile(file), `${aside}-head`);
    kept.push(`${aside}-head`);
  }
  for (const ending of ['-wal', '-shm', '']) {
    if (!existsSync(file + ending)) continue;
    renameSync(file + ending, aside + ending);
    kept.push(aside + ending);
  }
  // whoever restores, the coordinator has to be able to go on writing
  const { uid, gid } = statSync(dirname(file));
  for (const written of [fresh, headFile(fresh)]) chownIfMay(written, uid, gid);
  for (const ending of ['-wal', '-shm']) rmSync(fresh + ending, { force: true });
  renameSync(fresh, file);
  renameSync(headFile(fresh), headFile(file));
  syncToDisk(dirname(file));
  return {
    backup,
    ageMs: wallMs - backup.madeMs,
    passedOver,
    damage: before?.damage ?? null,
    kept: kept.reverse(),
    lostCommits,
    lostLines,
    term,
  };
}

function chosen(file: string, wanted: string | undefined): { backup: Backup; found: Inspection; passedOver: string[] } {
  const folder = backupFolder(file);
  const all = backupsIn(wanted === undefined ? folder : dirname(resolve(wanted)));
  const candidates = wanted === undefined ? all : all.filter((each) => each.file === resolve(wanted));
  if (candidates.length === 0)
    throw new OperatingError(
      wanted === undefined ? 'STORE_FAILED' : 'FILE_UNREADABLE',
      wanted === undefined ? `there is no backup in ${folder}` : `${wanted} is no backup (evenkeel-TIME-COMMIT.db)`,
    );
  const passedOver: string[] = [];
  for (const backup of candidates) {
    const found = inspect(backup.file);
    if (found.isWhole) return { backup, found, passedOver };
    passedOver.push(backup.file);
  }
  throw new OperatingError('STORE_FAILED', `none of the backups is whole: ${passedOver.join(', ')}`);
}

/** The journal says what happened, and the term is such that no agent obeys anything older. */
function noteIn(file: string, term: number, backup: Backup, lostCommits: number | null, wallMs: number): void {
  const store = openSqliteStore(file);
  try {
    const { meta } = store.load();
    const lost =
      lostCommits === null
        ? 'an unknown number of commits'
        : `${lostCommits} ${lostCommits === 1 ? 'commit' : 'commits'}`;
    store.commit(
      [{ table: 'meta', key: 'meta', value: { term, revision: meta?.revision ?? 0 } }],
      [
        {
          kind: 'operator',
          severity: 'warning',
          node: null,
          instance: null,
          app: null,
          text: `The store was restored from the backup of ${new Date(backup.madeMs).toISOString()} (commit ${backup.commits}). Lost after it: ${lost}.`,
        },
      ],
      wallMs,
    );
  } finally {
    store.close();
  }
}

/** Only root may give files away; anybody else restores what is their own. */
function chownIfMay(file: string, uid: number, gid: number): void {
  if (process.getuid?.() === 0) chownSync(file, uid, gid);
}
