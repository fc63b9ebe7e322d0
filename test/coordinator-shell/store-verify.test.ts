import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkUnlocked } from '../../coordinator/store/inspect.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import { evenkeel } from '../cli/run-cli.ts';
import { killedWriter } from './killed-writer.ts';
import { line, slot } from './store-contents.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

/* Verifying is reading: the folder is afterwards as it was before. */

function contents(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}
async function closedStore(): Promise<string> {
  const folder = temporaryFolder();
  const store = openSqliteStore(join(folder, 'evenkeel.db'));
  store.commit([slot('web/0', 7)], [line('one')], 1);
  await store.backup(3, 1000);
  store.close();
  return folder;
}
async function killedStore(): Promise<string> {
  const folder = temporaryFolder();
  await killedWriter(join(folder, 'evenkeel.db'), 20);
  return folder;
}
async function damagedStore(): Promise<string> {
  const folder = await closedStore();
  const file = join(folder, 'evenkeel.db');
  const bytes = readFileSync(file);
  bytes.write('NONSENSE', bytes.indexOf('CREATE TABLE seal'));
  writeFileSync(file, bytes);
  return folder;
}
async function noStore(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'evenkeel.db'), 'not a database, only its name'.repeat(100));
  return folder;
}

test.each([
  ['of a coordinator that was stopped', closedStore, 0],
  ['of one that was killed, with a log', killedStore, 0],
  ['whose tables are damaged', damagedStore, 1],
  ['that is none', noStore, 1],
])('a store %s stays as it is', async (_, make, code) => {
  const folder = await make();
  const before = contents(folder);
  expect(await evenkeel(['store', 'verify', '--state-dir', folder])).toMatchObject({ code });
  expect(contents(folder)).toEqual(before);
});

test('a folder that cannot be written is no obstacle', async () => {
  const folder = readOnlyCopy(await killedStore());
  const before = contents(folder);
  expect(before.get('evenkeel.db-wal')?.length).toBeGreaterThan(0);
  const { code, out } = await evenkeel(['store', 'verify', '--state-dir', folder]);
  expect([code, out]).toEqual([0, expect.stringContaining('is whole')]);
  expect(contents(folder)).toEqual(before);
});

/** On a file system that is mounted read-only; whoever may not mount one has a folder without the right to write. */
function readOnlyCopy(from: string): string {
  const folder = join(temporaryFolder(), 'state');
  mkdirSync(folder);
  let isMounted = true;
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'pipe' });
    afterwards(() => execFileSync('umount', ['--lazy', folder]));
  } catch {
    isMounted = false;
  }
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(folder, name));
  if (isMounted) execFileSync('mount', ['-o', 'remount,ro', folder]);
  else {
    chmodSync(folder, 0o500);
    afterwards(() => chmodSync(folder, 0o700));
  }
  return folder;
}

test('what a coordinator has open is told to be, and keeps its log', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const store = openSqliteStore(file);
  store.commit([slot('web/0', 1)], [line('one')], 1);
  const names = () => readdirSync(join(file, '..')).sort();
  const before = names();
  expect(() => checkUnlocked(file)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
  expect(names()).toEqual(before);
  store.commit([slot('web/0', 2)], [line('two')], 2);
  store.close();
  const again = openSqliteStore(file);
  afterwards(() => again.close());
  expect(again.load().slots[0]?.generation).toBe(2);
});
