import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import { checkedContents, checkHead, checkNothingLost } from './check.ts';
import { termOf } from './contents.ts';
import { asOperatingError, guarded } from './failure.ts';
import { BESIDE } from './files.ts';
import { readHead } from './head.ts';
import { linesAfter } from './lines.ts';
import { kindOf } from './schema.ts';

/** What a store or a backup was found to be. */
export interface Inspection {
  readonly file: string;
  readonly isWhole: boolean;
  readonly damage: string | null; // the first contradiction found
  readonly commits: number | null;
  readonly wallMs: number | null; // of the newest commit
  readonly term: number | null;
  readonly records: number | null;
  readonly lines: { readonly from: number; readonly to: number; readonly hash: string } | null;
}

const UNKNOWN = { commits: null, wallMs: null, term: null, records: null, lines: null };

/** Checks a copy, so that not a byte of the file is touched. Nobody may write to it meanwhile: see checkUnlocked. */
export function inspect(file: string): Inspection {
  if (!existsSync(file)) {
    try {
      checkNothingLost(file);
    } catch (error) {
      return { file, isWhole: false, damage: (error as Error).message, ...UNKNOWN };
    }
    throw new OperatingError('FILE_UNREADABLE', `there is no store ${file}`);
  }
  try {
    return onCopy(file, (db) => {
      const kind = kindOf(db, file);
      if (kind === 'empty') checkNothingLost(file);
      if (kind !== 'present')
        throw new OperatingError(
          'STORE_FAILED',
          `${file} is of version 1: the next start of the coordinator renews it`,
        );
      const contents = checkedContents(db, file);
      checkHead(file, contents);
      const { commits, wallMs, records, dropped, newest } = contents.seal;
      const lines = { from: dropped.id + 1, to: newest.id, hash: newest.hash };
      return { file, isWhole: true, damage: null, commits, wallMs, term: termOf(contents.rows), records, lines };
    });
  } catch (error) {
    if ((error as OperatingError).code !== 'STORE_CORRUPT') throw error;
    const head = readHead(file);
    return {
      file,
      isWhole: false,
      damage: (error as Error).message,
      ...UNKNOWN,
      ...(head ? { commits: head.commits, wallMs: head.wallMs, term: head.term } : {}),
    };
  }
}

/** Lines of a damaged store that still follow from a known one, as far as they do. */
export function linesStillReadable(
  file: string,
  after: { readonly id: number; readonly hash: string },
): JournalEntry[] {
  if (!existsSync(file)) return [];
  try {
    return onCopy(file, (db) => linesAfter(db, after));
  } catch {
    return []; // nothing of it can be read
  }
}

/** Throws STORE_LOCKED while a coordinator has the store open; says nothing about what is in it, and leaves nothing behind. */
export function checkUnlocked(file: string): void {
  if (!existsSync(file)) return;
  const missing = ['-wal', '-shm'].map((ending) => file + ending).filter((beside) => !existsSync(beside));
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 500 });
    db.prepare('PRAGMA user_version').get();
    // SQLite made them to read, and a connection that may not write leaves them. Only now may they go: no coordinator can
    // open the store as long as this connection holds its lock, and a log in which nothing stands says nothing.
    for (const beside of missing) if (beside.endsWith('-shm') || isEmpty(beside)) rmSync(beside, { force: true });
  } catch (error) {
    const known = asOperatingError(file, error);
    if (known.code === 'STORE_LOCKED') throw known;
  } finally {
    db?.close();
  }
}

function isEmpty(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.size === 0;
}

function onCopy<T>(file: string, work: (db: DatabaseSync) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-store-'));
  try {
    for (const ending of BESIDE)
      if (ending !== '-shm' && existsSync(file + ending))
        copyFileSync(file + ending, join(folder, basename(file) + ending));
    return guarded(file, () => {
      const db = new DatabaseSync(join(folder, basename(file)));
      try {
        return work(db);
      } finally {
        db.close();
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
