import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ApiRefusal } from '../../cli/api-error.ts';
import { type ApiClient, createClient } from '../../cli/client.ts';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import type { ClusterView } from '../../protocol/view.ts';
import { cannedView, entry } from './canned-view.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-client-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['socket', 'url'] as const)('over a %s', (kind) => {
  let fake: FakeCoordinator;
  let client: ApiClient;
  const start = async () => {
    const socket = kind === 'socket' ? join(folder, `${Math.random()}.sock`) : undefined;
    fake = await fakeCoordinator(cannedView(), socket);
    client = createClient(socket ? { socket } : { url: fake.url });
  };
  afterEach(() => fake.close());

  test('every method carries its body', async () => {
    await start();
    expect((await client.get<ClusterView>('/status')).cluster).toBe('lab');
    await client.put('/apps/web', 'name: wéb');
    await client.post('/nodes/N1/drain');
    await client.post('/nodes/N1/cordon', { a: 1 });
    await client.del('/apps/web');
    expect(fake.requests).toEqual([
      { method: 'GET', path: '/status', body: '', type: '' },
      { method: 'PUT', path: '/apps/web', body: 'name: wéb', type: 'application/yaml' },
      { method: 'POST', path: '/nodes/N1/drain', body: '', type: '' },
      { method: 'POST', path: '/nodes/N1/cordon', body: '{"a":1}', type: 'application/json' },
      { method: 'DELETE', path: '/apps/web', body: '', type: '' },
    ]);
  });

  test.each([
    [400, { error: { code: 'SPEC_INVALID', message: 'no', details: ['a', 'b'] } }, 'SPEC_INVALID', 2],
    [404, { error: { code: 'APP_UNKNOWN', message: 'no' } }, 'APP_UNKNOWN', 2],
    [409, { error: { code: 'CONFLICT', message: 'no' } }, 'CONFLICT', 4],
    [503, { error: { code: 'STORE_FULL', message: 'no' } }, 'STORE_FULL', 1],
    [500, { error: { code: 'NEVER_HEARD_OF', message: 'no' } }, 'INTERNAL', 1],
    [502, 'Bad Gateway', 'REQUEST_INVALID', 1],
    [404, 'null', 'REQUEST_INVALID', 2],
    [400, '{"error":null}', 'REQUEST_INVALID', 2],
  ])('an answer of %i keeps code, message and details: %j', async (status, body, code, exitCode) => {
    await start();
    fake.answers.set('GET /status', { status, body });
    const error = await client.get('/status').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiRefusal);
    expect(error).toMatchObject({
      code,
      status,
      details: status === 400 && typeof body === 'object' ? ['a', 'b'] : [],
    });
    expect(exitCodeOf(error)).toBe(exitCode);
  });

  test('the stream brings views and journal, and comes back after a break', async () => {
    await start();
    const seen: string[] = [];
    const stream = client.stream({
      onOpen: () => seen.push('open'),
      onBreak: () => seen.push('break'),
      onView: (view) => seen.push(`view ${view.version}`),
      onJournal: ({ id }) => seen.push(`journal ${id}`),
    });
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['open', 'view 1']);
    fake.send('journal', entry(7, 'x'));
    await expect.poll(() => seen.at(-1), { timeout: 20_000 }).toBe('journal 7');
    fake.view = { ...cannedView(), version: 2 };
    fake.breakStreams();
    await expect.poll(() => seen.slice(3), { timeout: 20_000 }).toEqual(['break', 'open', 'view 2']);
    fake.sendRaw('event: view\ndata: {not json\n\n');
    await expect.poll(() => seen.slice(6), { timeout: 20_000 }).toEqual(['break', 'open', 'view 2']);
    stream.close();
    await expect.poll(() => fake.listeners(), { timeout: 20_000 }).toBe(0);
    expect(seen).toHaveLength(9); // closing is no break
  });
});

test('nobody there says what to do', async () => {
  const fake = await fakeCoordinator(cannedView());
  await fake.close();
  const error = await createClient({ url: fake.url })
    .get('/status')
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'COORDINATOR_UNREACHABLE',
    message: expect.stringContaining('nothing listens there'),
  });
  expect(exitCodeOf(error)).toBe(3);
  await expect(createClient({ socket: join(folder, 'none') }).get('/status')).rejects.toMatchObject({
    code: 'COORDINATOR_UNREACHABLE',
    message: expect.stringContaining('there is no such socket'),
  });
});

test.each([
  ['hangs up at once', ''],
  ['speaks another language', 'SSH-2.0-OpenSSH\r\n'],
  ['hangs up in the middle', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":'],
])('a peer that %s is unreachable, not a crash', async (_what, said) => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(said));
  });
  const path = join(folder, `peer-${said.length}`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    await expect(createClient({ socket: path }).get('/status')).rejects.toMatchObject({
      code: 'COORDINATOR_UNREACHABLE',
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
