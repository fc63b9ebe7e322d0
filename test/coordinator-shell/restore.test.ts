import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backupFolder, backupsIn } from '../../coordinator/store/backups.ts';
import { inspect } from '../../coordinator/store/inspect.ts';
import { restore } from '../../coordinator/store/restore.ts';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import { evenkeel } from '../cli/run-cli.ts';
import { call, connectTo, startCoordinator } from './coordinator.ts';
import { HEARTBEAT } from './messages.ts';
import { line, meta, slot } from './store-contents.ts';
import { afterwards, eventually, temporaryFolder } from './temporary.ts';

/** Changes one byte in the midst of what a text is found by; other connections see it as they would see damage. */
function damage(file: string, text: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  bytes[at + (text.length >> 1)]! ^= 1;
  writeFileSync(file, bytes);
}

async function damagedStore() {
  const folder = temporaryFolder();
  const file = join(folder, 'evenkeel.db');
  const store = openSqliteStore(file);
  store.commit([meta(4), slot('web/0', 1)], [line('before the backup')], 1000);
  const backup = await store.backup(5, Date.UTC(2026, 0, 2));
  store.commit([meta(6), slot('web/0', 2)], [line('after the backup')], 2000);
  store.commit([slot('web/0', 3)], [line('damaged by chance')], 3000);
  store.close();
  damage(file, 'damaged by chance');
  return { folder, file, backup };
}

test('a backup holds all, and only so many are kept', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const store = openSqliteStore(file);
  afterwards(() => store.close());
  for (let commit = 1; commit <= 4; commit++) {
    store.commit([slot('web/0', commit)], [line(`commit ${commit}`)], commit);
    await store.backup(3, commit * 1000);
  }
  const kept = backupsIn(backupFolder(file));
  expect(kept.map(({ commits, madeMs }) => [commits, madeMs])).toEqual([
    [4, 4000],
    [3, 3000],
    [2, 2000],
  ]);
  expect(inspect(kept[1]!.file)).toMatchObject({ isWhole: true, commits: 3, records: 1, lines: { from: 1, to: 3 } });
  expect(readdirSync(backupFolder(file))).toHaveLength(3);
});

test('commits go on while a backup is made, and it holds those of one moment', async () => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  const store = openSqliteStore(file);
  afterwards(() => store.close());
  for (let i = 0; i < 300; i++) store.commit([slot(`web/${i}`, 1)], [line('x'.repeat(4000))], 0);
  const under = { made: false };
  const backup = store.backup(1, 0).finally(() => {
    under.made = true;
  });
  let meanwhile = 0;
  while (!under.made) {
    store.commit([slot(`web/${meanwhile % 300}`, 2)], [line('y'.repeat(4000))], 0);
    meanwhile++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(meanwhile).toBeGreaterThan(0);
  const { file: made } = await backup;
  expect(inspect(made)).toMatchObject({ isWhole: true, records: 300 });
});

test('restore goes back to the newest whole backup, says what is lost, and keeps what was there', async () => {
  const { file, backup } = await damagedStore();
  const damaged = readFileSync(file);
  const restored = restore(file, { wallMs: Date.UTC(2026, 0, 3) });
  expect(restored).toMatchObject({ backup, ageMs: 86_400_000, lostCommits: 2, term: 6 });
  expect(restored.lostLines.map(({ text }) => text)).toEqual(['after the backup']);
  expect(restored.damage).toContain('line 3 of the journal');
  expect(readFileSync(restored.kept[0]!)).toEqual(damaged);
  const store = openSqliteStore(file);
  afterwards(() => store.close());
  // the term is the highest that ever was, so that the next coordinator's is above it
  expect(store.load()).toMatchObject({ meta: { term: 6 }, slots: [{ instance: 'web/0', generation: 1 }] });
  expect(store.journalTail(1)[0]?.text).toContain('Lost after it: 2 commits.');
});

test('a backup that is damaged as well is passed over', async () => {
  const { file, backup } = await damagedStore();
  const [, older] = [backup, join(backupFolder(file), 'evenkeel-20260101T000000Z-000000000001.db')];
  writeFileSync(older, readFileSync(backup.file));
  damage(backup.file, 'before the backup');
  const restored = restore(file, { wallMs: Date.UTC(2026, 0, 3) });
  expect(restored.backup.file).toBe(older);
  expect(restored.passedOver).toEqual([backup.file]);
});

test('the command verifies, restores, and leaves a whole store alone', async () => {
  const { folder, file } = await damagedStore();
  const store = (...args: string[]) => evenkeel(['store', ...args, '--state-dir', folder]);

  const found = await store('verify');
  expect(found.code).toBe(1);
  expect(found.out).toContain('line 3 of the journal');
  expect(found.out).toMatch(/evenkeel-20260102T000000Z-000000000001\.db .* whole/);

  const restored = await store('restore');
  expect(restored).toMatchObject({ code: 0, err: '' });
  expect(restored.out).toContain('Lost: 2 commits after it.');
  expect(restored.out).toContain('after the backup');

  const whole = await store('verify', '--json');
  expect(whole.code).toBe(0);
  expect(JSON.parse(whole.out).store).toMatchObject({ isWhole: true, commits: 2, term: 6 });

  const refused = await store('restore');
  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining(`${file} is whole`) });
});

test('without a backup restore changes nothing and says so', async () => {
  const { folder, file, backup } = await damagedStore();
  damage(backup.file, 'before the backup');
  const before = readFileSync(file);
  const { code, err } = await evenkeel(['store', 'restore', '--state-dir', folder]);
  expect(code).toBe(1);
  expect(err).toContain('none of the backups is whole');
  expect(readFileSync(file)).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
});

test('on a damaged store the coordinator gives leases, tells, and changes nothing', async () => {
  const { folder, file } = await damagedStore();
  const before = readFileSync(file);
  const { httpUrl, mqttUrl } = await startCoordinator('', folder);
  const status = await call(httpUrl, 'GET', '/api/v1/status');
  expect(status.body).toMatchObject({ tone: 'bad', sentence: expect.stringContaining('STORE_CORRUPT') });
  const change = await call(httpUrl, 'PUT', '/api/v1/apps/web', 'name: web');
  expect(change).toMatchObject({ status: 503, body: { error: { code: 'STORE_CORRUPT' } } });

  const agent = await connectTo(mqttUrl);
  const heard: { topic: string; message: Record<string, unknown> }[] = [];
  agent.on('message', (topic, payload) => heard.push({ topic, message: JSON.parse(payload.toString()) }));
  await agent.subscribeAsync('evenkeel/v1/test/node/N1/down/#');
  await agent.publishAsync(
    'evenkeel/v1/test/node/N1/up/heartbeat',
    JSON.stringify({ ...HEARTBEAT, term: 6, revision: 9 }),
  );
  const [lease] = await eventually('a lease', () => (heard.length > 0 ? heard : null));
  // under the term and the revision that it obeys, so that nothing changes for it
  expect(lease).toMatchObject({
    topic: 'evenkeel/v1/test/node/N1/down/lease',
    message: { node: 'N1', term: 6, revision: 9, sequence: HEARTBEAT.sequence, sentMs: HEARTBEAT.sentMs },
  });
  expect((await call(httpUrl, 'GET', '/api/v1/status')).body.sentence).toContain('1 node is heard');
  expect(readFileSync(file)).toEqual(before);
});

test('damage in a running store is found in the background, and the coordinator reads only from then on', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'evenkeel.db');
  const store = openSqliteStore(file);
  for (let i = 0; i < 50; i++) store.commit([], [line(`${i === 25 ? 'here' : 'line'} ${'x'.repeat(4000)}`)], 0);
  store.close();
  const { httpUrl } = await startCoordinator('store: {backupMs: 1000}', folder);
  await eventually('a first backup', () => backupsIn(backupFolder(file)).length > 0);
  expect((await call(httpUrl, 'GET', '/api/v1/store')).body).toMatchObject({ writable: true, error: null });

  damage(file, `here ${'x'.repeat(100)}`);
  const status = await eventually('the alarm', async () => {
    const { body } = await call(httpUrl, 'GET', '/api/v1/store');
    return body.writable === false && body;
  });
  expect(status.error).toMatchObject({ code: 'STORE_CORRUPT', message: expect.stringContaining('line 26') });
  expect((await call(httpUrl, 'GET', '/api/v1/status')).body).toMatchObject({
    tone: 'bad',
    sentence: expect.stringContaining('STORE_CORRUPT'),
  });
  const spec = 'name: web\ndemand: {cpu: 1}\nruntime: {driver: process, command: [/bin/true]}';
  expect((await call(httpUrl, 'PUT', '/api/v1/apps/web', spec)).body.error.code).toBe('STORE_CORRUPT');
  // no backup was made of it, and none of the good ones is gone
  for (const { file: made } of backupsIn(backupFolder(file))) expect(inspect(made).isWhole).toBe(true);
  expect(existsSync(join(backupFolder(file), 'making.db'))).toBe(false);
});
