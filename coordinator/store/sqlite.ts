import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import { makeBackup } from './backups.ts';
import { type Contents, checkedContents, checkHead, checkNothingLost, sealIn } from './check.ts';
import { chain, RecordSum, recordChecksum } from './checksums.ts';
import { asDurable, termOf } from './contents.ts';
import { asOperatingError, corrupt, guarded } from './failure.ts';
import { openHead } from './head.ts';
import { entryOf, follows, type Line } from './lines.ts';
import { create, kindOf, migrateFirst } from './schema.ts';
import { type Seal, sealRow } from './seal.ts';
import type { Store } from './store.ts';

/*
 * Durable facts in one SQLite file. WAL with synchronous=FULL: a commit is on disk before it returns. All that is in it is
 * checked when it is opened, and nothing is written to a file in which something is wrong.
 */

/** The journal's newest lines that are kept. */
const KEEP_LINES = 100_000;
const TRIM_EVERY = 1000;
/** How long another connection is waited for, which may be just closing. */
const BUSY_MS = 500;

export interface SqliteOptions {
  /** An upper limit of the file's size in bytes, as a disk quota would set one; none where it is left out. */
  readonly maxBytes?: number;
  /** The journal's newest lines that are kept; default 100,000. */
  readonly keepLines?: number;
}

/** Throws STORE_CORRUPT when anything in the file is not what was written; the file is left as it is then. */
export function openSqliteStore(file: string, options: SqliteOptions = {}): Store {
  const { keepLines = KEEP_LINES } = options;
  const { db, contents } = guarded(file, () => open(file, options));
  const put = db.prepare(
    'INSERT INTO record(tbl, key, value, checksum) VALUES (?, ?, ?, ?) ON CONFLICT(tbl, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum',
  );
  const remove = db.prepare('DELETE FROM record WHERE tbl = ? AND key = ?');
  const append = db.prepare('INSERT INTO journal(id, wall, json, hash) VALUES (?, ?, ?, ?)');
  const hashOf = db.prepare('SELECT hash FROM journal WHERE id = ?');
  const trim = db.prepare('DELETE FROM journal WHERE id <= ?');
  const renew = db.prepare('UPDATE seal SET value = ?, checksum = ? WHERE id = 1');
  const between = db.prepare('SELECT id, wall, json, hash FROM journal WHERE id >= ? ORDER BY id LIMIT ?');
  const head = openHead(file);

  let { seal } = contents;
  let term = termOf(contents.rows);
  let sum = new RecordSum();
  const checksums = new Map<string, string>();
  for (const row of contents.rows) {
    checksums.set(`${row.tbl}\n${row.key}`, row.checksum);
    sum.add(row.checksum);
  }
  const { commits: commitsAtStart } = seal;
  let rowsAtStart: Contents['rows'] | null = contents.rows; // handed out once: they are large
  let distrusted: OperatingError | null = null;

  const entriesFrom = (first: number, limit: number): JournalEntry[] =>
    reading(() => {
      const from = Math.max(first, seal.dropped.id + 1);
      const before = from === seal.dropped.id + 1 ? seal.dropped.hash : undefined;
      const rows = between.all(before === undefined ? from - 1 : from, limit + (before === undefined ? 1 : 0));
      return checkedEntries(file, rows as unknown as Line[], before);
    });

  /** Damage that is read is damage found. */
  function reading<T>(work: () => T): T {
    try {
      return guarded(file, work);
    } catch (error) {
      if ((error as OperatingError).code === 'STORE_CORRUPT') distrusted ??= error as OperatingError;
      throw error;
    }
  }

  return {
    load() {
      const rows = seal.commits === commitsAtStart ? rowsAtStart : null;
      rowsAtStart = null;
      return asDurable(rows ?? reading(() => checkedContents(db, file)).rows);
    },
    commit(changes, lines, wallMs) {
      if (distrusted) throw distrusted;
      if (changes.length === 0 && lines.length === 0) return [];
      const nextSum = sum.copy();
      const nextChecksums = new Map<string, string | null>();
      try {
        return guarded(file, () => {
          db.exec('BEGIN IMMEDIATE');
          let nextTerm = term;
          for (const { table, key, value } of changes) {
            const name = `${table}\n${key}`;
            const old = nextChecksums.has(name) ? nextChecksums.get(name) : checksums.get(name);
            if (old != null) nextSum.subtract(old);
            if (value === null) {
              if (remove.run(table, key).changes !== (old == null ? 0 : 1))
                throw corrupt(file, `record ${table} ${key} is gone`);
              nextChecksums.set(name, null);
              continue;
            }
            const json = JSON.stringify(value);
            const checksum = recordChecksum(table, key, json);
            put.run(table, key, json, checksum);
            nextSum.add(checksum);
            nextChecksums.set(name, checksum);
            if (table === 'meta') nextTerm = (value as { term: number }).term;
          }
          let { newest, dropped } = seal;
          const stored = lines.map((line): JournalEntry => {
            const json = JSON.stringify(line);
            newest = { id: newest.id + 1, hash: chain(newest.hash, wallMs, json) };
            append.run(newest.id, wallMs, json, newest.hash);
            return { ...line, id: newest.id, wallMs };
          });
          // in batches, and never the newest: what is dropped leaves its last hash behind, from which the rest follows
          const surplus = newest.id - dropped.id - keepLines;
          if (surplus >= Math.min(TRIM_EVERY, keepLines)) {
            const id = dropped.id + surplus;
            dropped = { id, hash: (hashOf.get(id) as { hash: string }).hash };
            trim.run(id);
          }
          const next: Seal = {
            commits: seal.commits + 1,
            wallMs,
            records: nextSum.count,
            sum: nextSum.toString(),
            dropped,
            newest,
          };
          const row = sealRow(next);
          if (renew.run(row.value, row.checksum).changes !== 1) throw corrupt(file, 'its seal is gone');
          db.exec('COMMIT');
          seal = next;
          sum = nextSum;
          term = nextTerm;
          for (const [name, checksum] of nextChecksums) {
            if (checksum === null) checksums.delete(name);
            else checksums.set(name, checksum);
          }
          writeHead();
          return stored;
        });
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        if ((error as OperatingError).code === 'STORE_CORRUPT') distrusted = error as OperatingError;
        throw error;
      }
    },
    journal: (from, limit) => entriesFrom(from + 1, limit),
    journalTail: (limit) => entriesFrom(seal.newest.id - limit + 1, limit),
    async backup(keep, wallMs) {
      if (distrusted) throw distrusted;
      try {
        return await makeBackup(db, file, keep, wallMs);
      } catch (error) {
        if ((error as OperatingError).code === 'STORE_CORRUPT') distrusted ??= error as OperatingError;
        throw error;
      }
    },
    distrust(error) {
      distrusted ??= error;
    },
    close() {
      head.close();
      db.close();
    },
  };

  /** It is only a second witness, and what it witnesses is done: that it cannot be written is no failure of the commit. */
  function writeHead(): void {
    try {
      head.write({ commits: seal.commits, term, wallMs: seal.wallMs });
    } catch {
      // an older one stands there, which is never wrong
    }
  }
}

function open(file: string, { maxBytes }: SqliteOptions): { db: DatabaseSync; contents: Contents } {
  const isThere = existsSync(file) && statSync(file).size > 0;
  if (!isThere) checkNothingLost(file);
  const checked = isThere ? checkUntouched(file) : null;
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    // exclusive for as long as it is open: two coordinators on one store would both believe to lead
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec('BEGIN EXCLUSIVE');
    const kind = kindOf(db, file);
    if (kind === 'empty') create(db);
    else if (kind === 'first') migrateFirst(db, file);
    const contents = checked ?? checkedContents(db, file);
    if (JSON.stringify(sealIn(db, file)) !== JSON.stringify(contents.seal))
      throw new OperatingError('STORE_LOCKED', `${file} was changed while it was being checked`);
    checkHead(file, contents);
    db.exec('COMMIT');
    // the file itself is never empty from here on, so that one that is has lost something
    if (kind !== 'present') db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    if (maxBytes !== undefined) {
      const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number };
      db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageBytes)}`);
    }
    return { db, contents };
  } catch (error) {
    db.close();
    throw asOperatingError(file, error);
  }
}

/** Through a connection that cannot write, not even when it is closed; null where there is nothing to check in this way yet. */
function checkUntouched(file: string): Contents | null {
  const db = new DatabaseSync(file, { timeout: BUSY_MS, readOnly: true });
  try {
    if (kindOf(db, file) !== 'present') return null;
    const contents = checkedContents(db, file);
    checkHead(file, contents);
    return contents;
  } finally {
    db.close();
  }
}

/** Without `before` the first row only says what the second follows from. */
function checkedEntries(file: string, rows: readonly Line[], before: string | undefined): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let last = before;
  for (const line of rows) {
    if (last !== undefined) {
      if (!follows(last, line))
        throw corrupt(file, `line ${line.id} of the journal does not follow from the one before`);
      entries.push(entryOf(line));
    }
    last = line.hash;
  }
  return entries;
}
