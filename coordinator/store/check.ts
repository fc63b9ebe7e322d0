import type { DatabaseSync } from 'node:sqlite';
import { RecordSum, recordChecksum } from './checksums.ts';
import { corrupt } from './failure.ts';
import { readHead } from './head.ts';
import { follows, type Line } from './lines.ts';
import { kindOf } from './schema.ts';
import { type Seal, type SealRow, sealOf } from './seal.ts';

export interface Row {
  readonly tbl: string;
  readonly key: string;
  readonly value: string;
  readonly checksum: string;
}
export interface Contents {
  readonly seal: Seal;
  readonly rows: readonly Row[];
}
/** Everything against everything: pages, tables, records, journal, seal. Throws STORE_CORRUPT with the first contradiction. */
export function checkedContents(db: DatabaseSync, file: string): Contents {
  const [pages] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
  if (pages?.quick_check !== 'ok') throw corrupt(file, pages?.quick_check ?? 'its pages cannot be checked');
  kindOf(db, file);
  const seal = sealIn(db, file);
  checkJournal(db, file, seal);
  return { seal, rows: checkedRecords(db, file, seal) };
}

export function sealIn(db: DatabaseSync, file: string): Seal {
  const seal = sealOf(db.prepare('SELECT value, checksum FROM seal WHERE id = 1').get() as SealRow | undefined);
  if (!seal) throw corrupt(file, 'its seal does not match its checksum');
  return seal;
}

/** Whether the store comes as far as it once had. */
export function checkHead(file: string, { seal }: Contents): void {
  const head = readHead(file);
  if (head && head.commits > seal.commits)
    throw corrupt(
      file,
      `it ends at commit ${seal.commits}, but commit ${head.commits} had been accepted: its end is lost, or it is an older copy`,
    );
}

/** For a file that is empty or not there. */
export function checkNothingLost(file: string): void {
  const head = readHead(file);
  if (head && head.commits > 0) throw corrupt(file, `it is gone, and commit ${head.commits} had been accepted`);
}

function checkedRecords(db: DatabaseSync, file: string, seal: Seal): Row[] {
  const rows = db.prepare('SELECT tbl, key, value, checksum FROM record ORDER BY tbl, key').all() as unknown as Row[];
  const sum = new RecordSum();
  for (const row of rows) {
    if (recordChecksum(row.tbl, row.key, row.value) !== row.checksum)
      throw corrupt(file, `record ${row.tbl} ${row.key} does not match its checksum`);
    sum.add(row.checksum);
  }
  if (sum.count !== seal.records || sum.toString() !== seal.sum)
    throw corrupt(file, `it holds ${sum.count} records, which are not the ${seal.records} that were written`);
  return rows;
}

/** The whole chain, from what was dropped to the newest line. */
function checkJournal(db: DatabaseSync, file: string, { dropped, newest }: Seal): void {
  let { id, hash } = dropped;
  for (const line of db.prepare('SELECT id, wall, json, hash FROM journal ORDER BY id').iterate() as Iterable<Line>) {
    if (line.id !== id + 1 || !follows(hash, line))
      throw corrupt(file, `line ${line.id} of the journal does not follow from line ${id}`);
    ({ id, hash } = line);
  }
  if (id !== newest.id || hash !== newest.hash)
    throw corrupt(file, `its journal ends at line ${id}, not at line ${newest.id} as was written`);
}
