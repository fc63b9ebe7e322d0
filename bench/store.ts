/*
 * Commits a second of the store, and of plain SQLite with the same rows and settings but without checksums, chain, seal and
 * witness: in turn, so that both meet the same disk. Then what sharing a commit gives, and what opening costs. `--help` has the
 * options.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DurableChange } from '../coordinator/core/durable.ts';
import type { JournalLine } from '../coordinator/core/effects.ts';
import { openSqliteStore } from '../coordinator/store/sqlite.ts';
import type { InstanceId } from '../protocol/ids.ts';
import { failAs, optionsGiven, wholeOption } from '../scripts/command-line.ts';
import { median } from './median.ts';

const HELP = `node bench/store.ts [option...]: commits a second with and without checksums, and what opening costs

  --rounds N      of both, in turn; the median of their ratios counts; default: 9
  --commits N     in each round; default: 500
  --lines N       of the journal that is opened; default: 100000`;

const fail: (message: string) => never = failAs('store');
const values = optionsGiven(fail, HELP, {
  rounds: { type: 'string', default: '9' },
  commits: { type: 'string', default: '500' },
  lines: { type: 'string', default: '100000' },
});
const rounds = wholeOption(fail, 'rounds', values.rounds, 1, 9_999_999);
const commits = wholeOption(fail, 'commits', values.commits, 1, 9_999_999);
const lines = wholeOption(fail, 'lines', values.lines, 1, 9_999_999);

/** A typical commit: a slot and the numbers given out, and a line that says why. */
const SLOTS = 200;
const changesOf = (i: number): DurableChange[] => {
  const instance = `app-${i % SLOTS}/0` as InstanceId;
  return [
    { table: 'slot', key: instance, value: { instance, generation: i } },
    { table: 'meta', key: 'meta', value: { term: 1, revision: i } },
  ];
};
const lineOf = (i: number): JournalLine => ({
  kind: 'decision',
  severity: 'info',
  node: null,
  instance: null,
  app: null,
  text: `app-${i % SLOTS}/0 goes to N${i % 9} as generation ${i}, since its node is lost and N${i % 9} has the most room.`,
});

interface Contender {
  readonly commit: (i: number) => void;
  readonly close: () => void;
}
function ours(file: string): Contender {
  const store = openSqliteStore(file);
  return { commit: (i) => void store.commit(changesOf(i), [lineOf(i)], i), close: () => store.close() };
}
function plain(file: string): Contender {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE record(tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(tbl, key)) WITHOUT ROWID;
    CREATE TABLE journal(id INTEGER PRIMARY KEY, wall INTEGER NOT NULL, json TEXT NOT NULL)`);
  const put = db.prepare(
    'INSERT INTO record VALUES (?, ?, ?) ON CONFLICT(tbl, key) DO UPDATE SET value = excluded.value',
  );
  const append = db.prepare('INSERT INTO journal(wall, json) VALUES (?, ?)');
  return {
    commit(i) {
      db.exec('BEGIN IMMEDIATE');
      for (const { table, key, value } of changesOf(i)) put.run(table, key, JSON.stringify(value));
      append.run(i, JSON.stringify(lineOf(i)));
      db.exec('COMMIT');
    },
    close: () => db.close(),
  };
}

function perSecond({ commit }: Contender, from: number): number {
  const began = performance.now();
  for (let i = from; i < from + commits; i++) commit(i);
  return (commits * 1000) / (performance.now() - began);
}

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-store-'));
try {
  const contenders = [ours(join(folder, 'ours.db')), plain(join(folder, 'plain.db'))] as const;
  for (const contender of contenders) perSecond(contender, 0); // pages and code are warm
  const rates = Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    const pair = order.map((contender) => perSecond(contender, (round + 1) * commits));
    return round % 2 === 0 ? pair : pair.reverse();
  }) as [number, number][];
  for (const contender of contenders) contender.close();
  console.log(`with checksums, chain, seal  ${median(rates.map(([mine]) => mine)).toFixed(0)} commits/s`);
  console.log(`plain SQLite                 ${median(rates.map(([, bare]) => bare)).toFixed(0)} commits/s`);
  console.log(`ratio                        ${median(rates.map(([mine, bare]) => mine / bare)).toFixed(2)}`);

  for (const together of [1, 8, 32]) {
    const store = openSqliteStore(join(folder, `together-${together}.db`));
    const cpu = process.cpuUsage();
    const began = performance.now();
    for (let i = 0; i < commits * together; i += together) {
      const group = Array.from({ length: together }, (_, k) => i + k);
      store.commit(group.flatMap(changesOf), group.map(lineOf), i);
    }
    const perS = (commits * together * 1000) / (performance.now() - began);
    const { user, system } = process.cpuUsage(cpu);
    store.close();
    const cost = `${((user + system) / commits / together).toFixed(0)} µs CPU each`;
    console.log(`${String(together).padStart(2)} changes to a commit      ${perS.toFixed(0)} changes/s, ${cost}`);
  }

  const file = join(folder, 'long.db');
  const long = openSqliteStore(file, { keepLines: lines });
  for (let i = 0; i < lines; i += 1000)
    long.commit(
      changesOf(i),
      Array.from({ length: Math.min(1000, lines - i) }, (_, k) => lineOf(i + k)),
      i,
    );
  long.close();
  const timed = (work: () => void) => {
    const times = Array.from({ length: 3 }, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    });
    return `${median(times).toFixed(0)} ms`;
  };
  const withPragma = (pragma: string) => () => {
    const db = new DatabaseSync(file, { readOnly: true });
    db.prepare(`PRAGMA ${pragma}`).all();
    db.close();
  };
  console.log(`opening with ${lines} lines     ${timed(() => openSqliteStore(file).close())}`);
  console.log(`of that quick_check          ${timed(withPragma('quick_check(1)'))}`);
  console.log(`integrity_check would take   ${timed(withPragma('integrity_check(1)'))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
