import type { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../../protocol/errors.ts';
import { chain, RecordSum } from './checksums.ts';
import { corrupt } from './failure.ts';
import { type Seal, sealRow } from './seal.ts';

export const SCHEMA_VERSION = 2;

const RECORD = `CREATE TABLE record(
  tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(tbl, key)
) WITHOUT ROWID`;
const JOURNAL = `CREATE TABLE journal(
  id INTEGER PRIMARY KEY, wall INTEGER NOT NULL, json TEXT NOT NULL, hash TEXT NOT NULL
)`;
const SEAL = `CREATE TABLE seal(id INTEGER PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL)`;

const EMPTY: Seal = {
  commits: 0,
  wallMs: 0,
  records: 0,
  sum: new RecordSum().toString(),
  dropped: { id: 0, hash: '' },
  newest: { id: 0, hash: '' },
};

/** What kind of store this is: none yet, one of an older version, or the present one, whose tables are just as they were made. */
export function kindOf(db: DatabaseSync, file: string): 'empty' | 'first' | 'present' {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const tables = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type <> 'index' AND name <> 'sqlite_sequence' ORDER BY name")
    .all() as {
    name: string;
    sql: string;
  }[];
  const names = tables.map(({ name }) => name).join(' ');
  if (version === 0 && names === '') return 'empty';
  if (version === 1 && names === 'journal record') return 'first';
  if (version > SCHEMA_VERSION && names !== 'journal record seal')
    throw new OperatingError(
      'STORE_FAILED',
      `${file} has version ${version}, which a newer Evenkeel wrote; this one reads up to ${SCHEMA_VERSION}`,
    );
  const isAsMade = tables.map(({ sql }) => sql).join('\n') === [JOURNAL, RECORD, SEAL].join('\n');
  if (version !== SCHEMA_VERSION || !isAsMade)
    throw corrupt(file, `its tables (version ${version}: ${names || 'none'}) are not those that were made`);
  return 'present';
}

/** In a transaction of the caller's. */
export function create(db: DatabaseSync, seal: Seal = EMPTY): void {
  const { value, checksum } = sealRow(seal);
  for (const sql of [RECORD, JOURNAL, SEAL]) db.exec(sql);
  db.prepare('INSERT INTO seal(id, value, checksum) VALUES (1, ?, ?)').run(value, checksum);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** Version 1 had no seal, and the oldest kept line of its journal followed from nothing that was kept. */
export function migrateFirst(db: DatabaseSync, file: string): void {
  const lines = db.prepare('SELECT id, wall, json, hash FROM journal ORDER BY id').all() as {
    id: number;
    wall: number;
    json: string;
    hash: string;
  }[];
  const isWhole = lines[0]?.id === 1;
  const dropped = isWhole || !lines[0] ? EMPTY.dropped : { id: lines[0].id, hash: lines[0].hash };
  let newest = dropped;
  for (const { id, wall, json, hash } of isWhole ? lines : lines.slice(1)) {
    if (chain(newest.hash, wall, json) !== hash) throw corrupt(file, `line ${id} of the journal does not follow`);
    newest = { id, hash };
  }
  const sum = new RecordSum();
  for (const { checksum } of db.prepare('SELECT checksum FROM record').all() as { checksum: string }[])
    sum.add(checksum);
  db.exec('ALTER TABLE record RENAME TO record_1; ALTER TABLE journal RENAME TO journal_1');
  create(db, { ...EMPTY, records: sum.count, sum: sum.toString(), dropped, newest });
  db.exec('INSERT INTO record SELECT tbl, key, value, checksum FROM record_1');
  db.prepare('INSERT INTO journal SELECT id, wall, json, hash FROM journal_1 WHERE id > ?').run(dropped.id);
  db.exec('DROP TABLE record_1; DROP TABLE journal_1'); // sqlite_sequence, which SQLite keeps, is of no use any more
}
