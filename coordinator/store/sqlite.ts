import { createHash } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import type { Durable, DurableChange } from '../core/durable.ts';
import type { JournalLine } from '../core/effects.ts';
import type { Store } from './store.ts';

/*
 * Durable facts in one SQLite file. WAL with synchronous=FULL: a commit is on disk before it returns. SQLite does not notice
 * a changed bit by itself, so every record carries a checksum, and every journal line a hash over its predecessor's.
 */

const SCHEMA_VERSION = 1;
/** The journal's newest lines that are kept. */
const KEEP_LINES = 100_000;
const TRIM_EVERY = 1000;
/** Lines of the journal whose chain is checked when the store is loaded: the rest is for people only. */
const CHECK_LINES = 10_000;

export interface SqliteOptions {
  /** An upper limit of the file's size in bytes, as a disk quota would set one; none where it is left out. */
  readonly maxBytes?: number;
}

export function openSqliteStore(file: string, options: SqliteOptions = {}): Store {
  const db = guarded(file, () => open(file, options));
  const put = db.prepare(
    'INSERT INTO record(tbl, key, value, checksum) VALUES (?, ?, ?, ?) ON CONFLICT(tbl, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum',
  );
  const remove = db.prepare('DELETE FROM record WHERE tbl = ? AND key = ?');
  const append = db.prepare('INSERT INTO journal(wall, json, hash) VALUES (?, ?, ?)');
  const trim = db.prepare('DELETE FROM journal WHERE id <= ?');
  const after = db.prepare('SELECT id, wall, json FROM journal WHERE id > ? ORDER BY id LIMIT ?');
  const tail = db.prepare('SELECT id, wall, json FROM (SELECT * FROM journal ORDER BY id DESC LIMIT ?) ORDER BY id');
  const newest = db.prepare('SELECT hash FROM journal ORDER BY id DESC LIMIT 1').get() as { hash: string } | undefined;
  let chained = newest?.hash ?? '';

  return {
    load: () => guarded(file, () => load(db, file)),
    commit(changes, lines, wallMs) {
      if (changes.length === 0 && lines.length === 0) return [];
      const before = chained;
      try {
        return guarded(file, () => {
          db.exec('BEGIN IMMEDIATE');
          for (const change of changes) apply(put, remove, change);
          const stored = lines.map((line): JournalEntry => {
            const json = JSON.stringify(line);
            chained = chain(chained, wallMs, json);
            const { lastInsertRowid } = append.run(wallMs, json, chained);
            return { ...line, id: Number(lastInsertRowid), wallMs };
          });
          const last = stored.at(-1);
          if (last && last.id % TRIM_EVERY < stored.length) trim.run(last.id - KEEP_LINES);
          db.exec('COMMIT');
          return stored;
        });
      } catch (error) {
        chained = before;
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    journal: (from, limit) => guarded(file, () => asEntries(after.all(from, limit))),
    journalTail: (limit) => guarded(file, () => asEntries(tail.all(limit))),
    close: () => db.close(),
  };
}

function open(file: string, { maxBytes }: SqliteOptions): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 500 });
  try {
    // exclusive for as long as it is open: two coordinators on one store would both believe to lead
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec('BEGIN EXCLUSIVE');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > SCHEMA_VERSION)
      throw new OperatingError(
        'STORE_FAILED',
        `${file} has version ${version}, which a newer Evenkeel wrote; this one reads up to ${SCHEMA_VERSION}`,
      );
    db.exec(`
      CREATE TABLE IF NOT EXISTS record(
        tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(tbl, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS journal(
        id INTEGER PRIMARY KEY AUTOINCREMENT, wall INTEGER NOT NULL, json TEXT NOT NULL, hash TEXT NOT NULL
      );
      PRAGMA user_version = ${SCHEMA_VERSION};
      COMMIT`);
    if (maxBytes !== undefined) {
      const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number };
      db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageBytes)}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function apply(put: StatementSync, remove: StatementSync, change: DurableChange): void {
  if (change.value === null) {
    remove.run(change.table, change.key);
    return;
  }
  const value = JSON.stringify(change.value);
  put.run(change.table, change.key, value, checksum(change.table, change.key, value));
}

interface Row {
  readonly tbl: string;
  readonly key: string;
  readonly value: string;
  readonly checksum: string;
}

function load(db: DatabaseSync, file: string): Durable {
  checkPages(db, file);
  checkChain(db, file);
  const rows = db.prepare('SELECT tbl, key, value, checksum FROM record ORDER BY tbl, key').all() as unknown as Row[];
  for (const row of rows) {
    if (checksum(row.tbl, row.key, row.value) !== row.checksum)
      throw corrupt(file, `record ${row.tbl} ${row.key} does not match its checksum`);
  }
  const of = (table: string) => rows.filter((row) => row.tbl === table).map((row) => JSON.parse(row.value));
  return {
    meta: of('meta')[0] ?? null,
    apps: of('app'),
    nodes: of('node'),
    slots: of('slot'),
    bindings: of('binding'),
    tallies: of('tally'),
  };
}

function checkPages(db: DatabaseSync, file: string): void {
  const [result] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
  if (result?.quick_check !== 'ok') throw corrupt(file, result?.quick_check ?? 'its pages cannot be checked');
}

function checkChain(db: DatabaseSync, file: string): void {
  const rows = db
    .prepare('SELECT id, wall, json, hash FROM (SELECT * FROM journal ORDER BY id DESC LIMIT ?) ORDER BY id')
    .all(CHECK_LINES) as { id: number; wall: number; json: string; hash: string }[];
  for (const [index, row] of rows.entries()) {
    const before = index === 0 ? (row.id === 1 ? '' : null) : rows[index - 1]?.hash;
    if (before != null && chain(before, row.wall, row.json) !== row.hash)
      throw corrupt(file, `line ${row.id} of the journal does not follow from the one before`);
  }
}

function corrupt(file: string, what: string): OperatingError {
  return new OperatingError(
    'STORE_CORRUPT',
    `${file} is damaged: ${what}. Nothing was changed. Put a copy of it aside, then restore the file from a backup, or move it away to start anew: nodes keep running what they run.`,
  );
}

function asEntries(rows: unknown[]): JournalEntry[] {
  return (rows as { id: number; wall: number; json: string }[]).map((row) => ({
    ...(JSON.parse(row.json) as JournalLine),
    id: row.id,
    wallMs: row.wall,
  }));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const checksum = (table: string, key: string, value: string): string => sha256(`${table}\n${key}\n${value}`);
const chain = (before: string, wallMs: number, json: string): string => sha256(`${before}\n${wallMs}\n${json}`);

/** SQLite's primary result codes (sqlite.org/rescode.html) as our own. */
function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    switch (((error as { errcode?: number }).errcode ?? 0) & 0xff) {
      case 5: // BUSY
      case 6: // LOCKED
        throw new OperatingError(
          'STORE_LOCKED',
          `${file} is in use: another coordinator runs on it, and only one may`,
          {
            cause: error,
          },
        );
      case 11: // CORRUPT
      case 26: // NOTADB
        throw corrupt(file, error instanceof Error ? error.message : String(error));
      case 13: // FULL
        throw new OperatingError('STORE_FULL', `there is no room to write ${file}`, { cause: error });
      default:
        throw new OperatingError('STORE_FAILED', `cannot use ${file}: ${String(error)}`, { cause: error });
    }
  }
}
