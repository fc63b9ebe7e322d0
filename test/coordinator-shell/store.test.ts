import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { DurableChange } from '../../coordinator/core/durable.ts';
import type { JournalLine } from '../../coordinator/core/effects.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import type { InstanceId } from '../../protocol/ids.ts';
import { afterwards, eventually, temporaryFolder } from './temporary.ts';

const slot = (name: string, generation: number): DurableChange => ({
  table: 'slot',
  key: name as InstanceId,
  value: { instance: name as InstanceId, generation },
});
const line = (text: string): JournalLine => ({
  kind: 'decision',
  severity: 'info',
  node: null,
  instance: null,
  app: null,
  text,
});

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
  });
  expect(again.journalTail(10).map((entry) => [entry.id, entry.wallMs, entry.text])).toEqual([
    [1, 1000, 'first'],
    [2, 2000, 'second'],
  ]);
  expect(again.journal(1, 10).map((entry) => entry.text)).toEqual(['second']);
});

test('a writer killed with SIGKILL loses nothing that it had acknowledged', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await eventually('300 acknowledged commits', () => output.split('\n').length > 300);
  child.kill('SIGKILL');
  await once(child, 'close');
  const acknowledged = Number(output.trim().split('\n').at(-1));
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

test('a record that was changed on disk is found, and nothing is deleted', () => {
  const { file, store } = newStore();
  store.commit([slot('web/0', 7)], [], 0);
  store.close();
  const db = new DatabaseSync(file);
  db.exec(`UPDATE record SET value = replace(value, '7', '8')`);
  db.close();
  const before = readFileSync(file);
  const again = openSqliteStore(file);
  afterwards(() => again.close());
  expect(() => again.load()).toThrow(/record slot web\/0/);
  expect(() => again.load()).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  expect(readFileSync(file)).toEqual(before);
});

test('a journal line that was changed on disk is found', () => {
  const { file, store } = newStore();
  store.commit([], [line('one'), line('two'), line('three')], 0);
  store.close();
  const db = new DatabaseSync(file);
  db.exec(`UPDATE journal SET json = replace(json, 'two', 'TWO')`);
  db.close();
  const again = openSqliteStore(file);
  afterwards(() => again.close());
  expect(() => again.load()).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
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
  afterwards(() => store.close());
  store.commit([slot('web/0', 1)], [line('before')], 0);
  const full = () => {
    for (let i = 0; i < 1000; i++) store.commit([slot(`web/${i}`, 2)], [line('x'.repeat(5000))], 0);
  };
  expect(full).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
  const count = store.load().slots.length;
  expect(count).toBeGreaterThan(0);
  expect(store.journalTail(100_000)).toHaveLength(count + 1);
});
