import { createHash } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import type { Durable, DurableChange } from '../core/durable.ts';
import type { JournalLine } from '../core/effects.ts';
import type { Store } from './store.ts';

const SCHEMA_VERSION = 1;
const KEEP_LINES = 100_000;

export function openSqliteStore(file: string): Store {
  const db = guarded(file, () => open(file));
  const put = db.prepare(
    'INSERT INTO record(tbl, key, value, checksum) VALUES (?, ?, ?, ?) ON CONFLICT(tbl, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum',
  );
  const remove = db.prepare('DELETE FROM record WHERE tbl = ? AND key = ?');
  const append = db.prepare('INSERT INTO journal(wall, json, hash) VALUES (?, ?, ?)');
  const trim = db.prepare('DELETE FROM journal WHERE id <= ?');
  const last = db.prepare('SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1');
  const after = db.prepare('SELECT id, wall, json FROM journal WHERE id > ? ORDER BY id LIMIT ?');
  const tail = db.prepare('SELECT id, wall, json FROM (SELECT * FROM journal ORDER BY id DESC LIMIT ?) ORDER BY id');
  let previous = (last.get() as { hash: string } | undefined)?.hash ?? '';

  return {
    load: () => guarded(file, () => load(db, file)),
    commit(changes, lines, wallMs) {
      if (changes.length === 0 && lines.length === 0) return [];
      return guarded(file, () => {
        db.exec('BEGIN IMMEDIATE');
        const before = previous;
        try {
          for (const change of changes) apply(put, remove, change);
          const entries = lines.map((line): JournalEntry => {
            const json = JSON.stringify(line);
            previous = hash(`${previous}\n${wallMs}\n${json}`);
            const { lastInsertRowid } = append.run(wallMs, json, previous);
            return { ...line, id: Number(lastInsertRowid), wallMs };
          });
          const newest = entries.at(-1);
          if (newest && newest.id % 1000 === 0) trim.run(newest.id - KEEP_LINES);
          db.exec('COMMIT');
          return entries;
        } catch (error) {
          previous = before;
          if (db.isTransaction) db.exec('ROLLBACK');
          throw error;
        }
      });
    },
    journal: (from, limit) => guarded(file, () => entries(after.all(from, limit))),
    journalTail: (limit) => guarded(file, () => entries(tail.all(limit))),
    close: () => db.close(),
  };
}
function entries(rows: unknown[]): JournalEntry[] {
  return (rows as { id: number; wall: number; json: string }[]).map((row) => ({
    ...(JSON.parse(row.json) as JournalLine),
    id: row.id,
    wallMs: row.wall,
  }));
}
function apply(put: StatementSync, remove: StatementSync, change: DurableChange): void {
  if (change.value === null) {
    remove.run(change.table, change.key);
    return;
  }
  const value = JSON.stringify(change.value);
  put.run(change.table, change.key, value, hash(`${change.table}\n${change.key}\n${value}`));
}
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 500 });
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec('BEGIN EXCLUSIVE');
  db.exec(
    'CREATE TABLE IF NOT EXISTS record(tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(tbl, key)) WITHOUT ROWID',
  );
  db.exec(
    'CREATE TABLE IF NOT EXISTS journal(id INTEGER PRIMARY KEY AUTOINCREMENT, wall INTEGER NOT NULL, json TEXT NOT NULL, hash TEXT NOT NULL)',
  );
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec('COMMIT');
  return db;
}
function load(db: DatabaseSync, file: string): Durable {
  const rows = db.prepare('SELECT tbl, key, value, checksum FROM record ORDER BY tbl, key').all() as {
    tbl: string;
    key: string;
    value: string;
    checksum: string;
  }[];
  const of = (table: string) =>
    rows
      .filter((row) => row.tbl === table)
      .map((row) => {
        if (hash(`${row.tbl}\n${row.key}\n${row.value}`) !== row.checksum)
          throw new OperatingError(
            'STORE_CORRUPT',
            `${file} is damaged: record ${row.tbl} ${row.key} does not match its checksum`,
          );
        return JSON.parse(row.value);
      });
  return {
    meta: of('meta')[0] ?? null,
    apps: of('app'),
    nodes: of('node'),
    slots: of('slot'),
    bindings: of('binding'),
  };
}
function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    const code = (error as { errcode?: number }).errcode ?? 0;
    const base = code & 0xff;
    if (base === 5 || base === 6)
      throw new OperatingError('STORE_LOCKED', `${file} is in use by another coordinator`, { cause: error });
    if (base === 11 || base === 26)
      throw new OperatingError('STORE_CORRUPT', `${file} is damaged (${String(error)})`, { cause: error });
    if (base === 13) throw new OperatingError('STORE_FULL', `no room to write ${file}`, { cause: error });
    throw new OperatingError('STORE_FAILED', `cannot use ${file}: ${String(error)}`, { cause: error });
  }
}
