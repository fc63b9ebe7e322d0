import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { InstanceId } from '../../protocol/ids.ts';
import { killedWriter } from './killed-writer.ts';
import { line, slot } from './store-contents.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

function newStore() {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const store = openSqliteStore(file);
  return { file, store };
}

test('what was committed is there when it is opened again', () => {
  const { file, store } = newStore();
  store.commit([slot('web/0', 1), slot('web/1', 4)], [line('first')], 1000);
  store.commit([slot('web/0', 2), { table: 'slot', key: 'web/1' as InstanceId, value: null }], [line('second')], 2000);
  store.close();
  const again = openSqliteStore(file);
  afterwards(() => again.close());
  expect(again.load()).toEqual({
    meta: null,
    apps: [],
    nodes: [],
    slots: [{ instance: 'web/0', generation: 2 }],
    bindings: [],
    tallies: [],
    healths: [],
    identity: null,
    disarmed: null,
    reboot: null,
    fences: null,
    flaps: [],
  });
  expect(again.journalTail(10).map((entry) => [entry.id, entry.wallMs, entry.text])).toEqual([
    [1, 1000, 'first'],
    [2, 2000, 'second'],
  ]);
  expect(again.journal(1, 10).map((entry) => entry.text)).toEqual(['second']);
});

test('a writer killed with SIGKILL loses nothing that it had acknowledged', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const acknowledged = await killedWriter(file, 300);
  const store = openSqliteStore(file);
  afterwards(() => store.close());
  const [found] = store.load().slots;
  expect(found?.generation).toBeGreaterThanOrEqual(acknowledged);
  expect(store.journalTail(1)[0]?.text).toBe(`commit ${found?.generation}`); // all of a commit, or nothing of it
});

test('a second coordinator is refused while the first runs', () => {
  const { file, store } = newStore();
  afterwards(() => store.close());
  expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
});

/** As a bit that changes on disk would; the connection of the store is closed. */
function tamper(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test.each([
  ['a record', `UPDATE record SET value = replace(value, '7', '8')`, /record slot web\/0/],
  ['a record that is gone', `DELETE FROM record WHERE key = 'web/1'`, /1 records, which are not the 2/],
  ['a line', `UPDATE journal SET json = replace(json, 'two', 'TWO')`, /line 2 of the journal/],
  ['a line that is gone', `DELETE FROM journal WHERE id = 2`, /line 3 of the journal/],
  ['the newest line that is gone', `DELETE FROM journal WHERE id = 3`, /ends at line 2, not at line 3/],
  ['the seal', `UPDATE seal SET value = replace(value, '"records":2', '"records":3')`, /seal/],
  ['a table', `CREATE TABLE other(a)`, /tables/],
])('what was changed on disk is found, and nothing is deleted: %s', (_, sql, message) => {
  const { file, store } = newStore();
  store.commit([slot('web/0', 7), slot('web/1', 1)], [line('one'), line('two'), line('three')], 0);
  store.close();
  tamper(file, sql);
  const before = readFileSync(file);
  expect(() => openSqliteStore(file)).toThrow(message);
  expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  expect(readFileSync(file)).toEqual(before);
});

test('an older copy in its place is found: what was accepted since is missing', () => {
  const { file, store } = newStore();
  store.commit([slot('web/0', 1)], [line('one')], 0);
  store.close();
  const copy = readFileSync(file);
  const again = openSqliteStore(file);
  again.commit([slot('web/0', 2)], [line('two')], 0);
  again.close();
  writeFileSync(file, copy);
  expect(() => openSqliteStore(file)).toThrow(/ends at commit 1, but commit 2 had been accepted/);
});

test('the end of the write-ahead log cannot get lost unnoticed', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  await killedWriter(file, 20);
  const log = readFileSync(`${file}-wal`); // it may end with a commit that was under way
  for (const length of [0, 32, log.length >> 1, log.length - 60_000]) {
    writeFileSync(`${file}-wal`, log.subarray(0, length));
    rmSync(`${file}-shm`, { force: true });
    expect(() => openSqliteStore(file), `cut to ${length} bytes`).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPT' }),
    );
    expect(statSync(`${file}-wal`).size).toBe(length);
  }
  writeFileSync(`${file}-wal`, log);
  openSqliteStore(file).close();
});

test('dropping old lines keeps the rest provable', () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  let store = openSqliteStore(file, { keepLines: 10 });
  for (let i = 1; i <= 35; i++) store.commit([], [line(`line ${i}`)], i);
  const ids = () => store.journal(0, 100).map(({ id }) => id);
  expect(ids().length).toBeGreaterThanOrEqual(10);
  expect(ids().length).toBeLessThan(20);
  expect(ids().at(-1)).toBe(35);
  store.close();
  store = openSqliteStore(file, { keepLines: 10 });
  const kept = ids();
  store.close();
  tamper(file, `UPDATE journal SET wall = wall + 1 WHERE id = ${kept[0]}`);
  expect(() => openSqliteStore(file)).toThrow(new RegExp(`line ${kept[0]} of the journal`));
});

test('a store of version 1 is taken over, with all that is in it', () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  const value = JSON.stringify({ instance: 'web/0', generation: 3 });
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE record(tbl TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY(tbl, key)) WITHOUT ROWID;
    CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, wall INTEGER NOT NULL, json TEXT NOT NULL, hash TEXT NOT NULL);
    PRAGMA user_version = 1`);
  db.prepare('INSERT INTO record VALUES (?, ?, ?, ?)').run('slot', 'web/0', value, sha(`slot\nweb/0\n${value}`));
  let hash = '';
  for (const text of ['one', 'two']) {
    const json = JSON.stringify(line(text));
    hash = sha(`${hash}\n5\n${json}`);
    db.prepare('INSERT INTO journal(wall, json, hash) VALUES (?, ?, ?)').run(5, json, hash);
  }
  db.close();
  for (let opened = 0; opened < 2; opened++) {
    const store = openSqliteStore(file);
    expect(store.load().slots).toEqual([{ instance: 'web/0', generation: 3 }]);
    expect(store.journal(0, 10).map(({ id, text }) => [id, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    store.close();
  }
});

test('a file that is no database is an error that names it', () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  writeFileSync(file, 'this is not a database, it only has its name'.repeat(200));
  expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
});

test('a store of a newer version is left alone', () => {
  const { file, store } = newStore();
  store.close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteStore(file)).toThrow(/version 99/);
});

test('no room: a commit fails whole, and what was there before stays', () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const store = openSqliteStore(file, { maxBytes: 200_000 });
  store.commit([slot('web/0', 1)], [line('before')], 0);
  const full = () => {
    for (let i = 0; i < 1000; i++) store.commit([slot(`web/${i}`, 2)], [line('x'.repeat(5000))], 0);
  };
  expect(full).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
  const lines = store.journalTail(100_000).length;
  store.close();
  const again = openSqliteStore(file);
  afterwards(() => again.close());
  expect(again.load().slots.length).toBeGreaterThan(0);
  expect(lines).toBe(again.load().slots.length + 1);
});
