import { existsSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCoordinatorConfig } from '../../coordinator/config.ts';
import { runCoordinator } from '../../coordinator/main.ts';
import { call, connectTo, startCoordinator } from './coordinator.ts';
import { HEARTBEAT, HELLO } from './messages.ts';
import { afterwards, eventually, temporaryFolder } from './temporary.ts';

const SPEC =
  'name: web\nreplicas: 1\ndemand: {cpu: 0.5, memory: 64Mi}\nruntime: {driver: process, command: [sleep, "60"]}\n';

test('a spec is taken, shown, kept over a restart, and deleted', async () => {
  const folder = temporaryFolder();
  const first = await startCoordinator('', folder);
  expect(await call(first.httpUrl, 'PUT', '/api/v1/apps/web', SPEC)).toMatchObject({
    status: 200,
    body: { accepted: true },
  });
  await first.stop();
  const second = await startCoordinator('', folder);
  expect((await call(second.httpUrl, 'GET', '/api/v1/apps/web')).body.spec.demand).toEqual({
    cpu: 500,
    memory: 67_108_864,
  });
  expect((await call(second.httpUrl, 'GET', '/api/v1/status')).body.term).toBe(2);
  expect((await call(second.httpUrl, 'DELETE', '/api/v1/apps/web')).status).toBe(200);
  expect((await call(second.httpUrl, 'GET', '/api/v1/apps')).body).toEqual([]);
});

test.each([
  [
    'PUT',
    '/api/v1/apps/web',
    SPEC.replace('replicas: 1', 'replicas: many'),
    400,
    'SPEC_INVALID',
    /replicas: "many" is not allowed/,
  ],
  ['PUT', '/api/v1/apps/other', SPEC, 400, 'SPEC_INVALID', /the address says other/],
  ['PUT', '/api/v1/apps/a%2Fb', SPEC, 400, 'REQUEST_INVALID', /is no application name/],
  ['DELETE', '/api/v1/apps/none', undefined, 404, 'APP_UNKNOWN', /There is no application none/],
  ['GET', '/api/v1/explain/none', undefined, 404, 'APP_UNKNOWN', /none/],
  ['GET', '/api/v1/nodes/N9', undefined, 404, 'NODE_UNKNOWN', /There is no node N9/],
  ['POST', '/api/v1/nodes/N9/drain', undefined, 404, 'NODE_UNKNOWN', /N9/],
  ['POST', '/api/v1/nodes/N9/explode', undefined, 400, 'REQUEST_INVALID', /allowed are cordon/],
  ['POST', '/api/v1/plan', '{"fail":"N1"}', 400, 'REQUEST_INVALID', /fail/],
  ['POST', '/api/v1/plan', 'nonsense', 400, 'REQUEST_INVALID', /not JSON/],
  ['POST', '/api/v1/reboot', 'nonsense', 400, 'REQUEST_INVALID', /not JSON; expected is \{"nodes"/],
  ['POST', '/api/v1/reboot', '{"nodes":[]}', 400, 'REQUEST_INVALID', /nodes/],
  ['POST', '/api/v1/reboot', '{"nodes":["N9"]}', 404, 'NODE_UNKNOWN', /N9/],
  ['POST', '/api/v1/reboot', '{"all":true}', 409, 'CONFLICT', /no node to reboot/],
  ['POST', '/api/v1/disarm', '{"reason":1}', 400, 'REQUEST_INVALID', /reason/],
  ['POST', '/api/v1/disarm/all', undefined, 404, 'REQUEST_INVALID', /not part of the API/],
  ['POST', '/api/v1/reboot/pause', undefined, 409, 'CONFLICT', /No rolling reboot/],
  ['POST', '/api/v1/reboot/hurry', undefined, 404, 'REQUEST_INVALID', /not part of the API/],
  ['GET', '/api/v1/events?limit=-1', undefined, 400, 'REQUEST_INVALID', /limit: "-1" is not allowed/],
  ['GET', '/api/v1/nothing', undefined, 404, 'REQUEST_INVALID', /not part of the API/],
  ['GET', '/..%2f..%2fpackage.json', undefined, 404, 'REQUEST_INVALID', /nothing at/],
  ['PUT', '/api/v1/apps/web', 'x'.repeat(1_100_000), 413, 'PAYLOAD_TOO_LARGE', /more than/],
])('%s %s with bad input: a clear error', async (method, path, body, status, code, message) => {
  const { httpUrl } = await startCoordinator();
  const answer = await call(httpUrl, method, path, body);
  expect(answer.status).toBe(status);
  expect(answer.body.error.code).toBe(code);
  expect(answer.body.error.message).toMatch(message);
});

test('disarmed, it says so, and armed it does not', async () => {
  const { httpUrl } = await startCoordinator();
  const disarmed = await call(httpUrl, 'POST', '/api/v1/disarm', '{"reason":"switch firmware"}');
  expect(disarmed).toMatchObject({ status: 200, body: { accepted: true } });
  expect((await call(httpUrl, 'GET', '/api/v1/status')).body).toMatchObject({
    sentence: expect.stringMatching(/^Disarmed \(switch firmware\)/),
    disarmed: { reason: 'switch firmware', wallMs: expect.any(Number) },
  });
  expect((await call(httpUrl, 'POST', '/api/v1/arm')).status).toBe(200);
  expect((await call(httpUrl, 'GET', '/api/v1/status')).body.disarmed).toBeUndefined();
});

test('pages of other sites may not change anything, nor names that point here', async () => {
  const { httpUrl } = await startCoordinator();
  const foreign = await call(httpUrl, 'PUT', '/api/v1/apps/web', SPEC, { origin: 'http://evil.example' });
  expect(foreign.status).toBe(403);
  const rebound = await new Promise<number>((resolve, reject) => {
    const sent = request(`${httpUrl}/api/v1/status`, { headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
  expect(rebound).toBe(403);
  expect((await call(httpUrl, 'PUT', '/api/v1/apps/web', SPEC, { origin: httpUrl })).status).toBe(200);
});

test('the Unix socket answers, is for its owner alone, and a stale one is in nobody’s way', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'evenkeel.sock'), '');
  const { socket } = await startCoordinator('', folder);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const status = await new Promise<number>((resolve, reject) => {
    const sent = request({ socketPath: socket, path: '/api/v1/status' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
  expect(status).toBe(200);
});

test('the dashboard is served with a policy that allows no foreign script', async () => {
  const { httpUrl } = await startCoordinator();
  const response = await fetch(httpUrl);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(await response.text()).toContain('<!doctype html>');
});

test('listeners get the whole view at once, on every change, and each journal line', async () => {
  const { httpUrl } = await startCoordinator();
  const abort = new AbortController();
  afterwards(() => abort.abort());
  const response = await fetch(`${httpUrl}/api/v1/stream`, { signal: abort.signal });
  let seen = '';
  void (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      seen += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await eventually('the first view', () => seen.includes('event: view'));
  await call(httpUrl, 'PUT', '/api/v1/apps/web', SPEC);
  await eventually('the journal line', () => /event: journal\ndata: .*web was applied/.test(seen));
  await eventually('the new view', () => /event: view\ndata: .*"app":"web"/.test(seen));
});

test('a port in use is named, with what to do; nothing is left open', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  afterwards(() => server.close());
  const { port } = server.address() as { port: number };
  const folder = temporaryFolder();
  const start = (text: string) =>
    runCoordinator(readCoordinatorConfig(`stateDir: ${folder}\nlog: {level: silent}\n${text}`, 'c.yaml'));
  await expect(start(`mqtt: {port: ${port}}\nhttp: {port: 0}\n`)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(String(port)),
  });
  await expect(start(`mqtt: {port: 0}\nhttp: {port: ${port}}\n`)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  const running = await start('mqtt: {port: 0}\nhttp: {port: 0}\n'); // the store is free again
  await running.stop();
  expect(existsSync(running.socket)).toBe(false);
});

test('messages that are no good are counted and do no harm', async () => {
  const { httpUrl, mqttUrl } = await startCoordinator();
  const client = await connectTo(mqttUrl);
  const up = (node: string, kind: string) => `evenkeel/v1/test/node/${node}/up/${kind}`;
  await client.publishAsync(up('N1', 'hello'), 'garbage', { qos: 1 });
  await client.publishAsync(up('N2', 'hello'), JSON.stringify(HELLO), { qos: 1 });
  await client.publishAsync(up('N1', 'hello'), JSON.stringify(HELLO), { qos: 1 });
  await client.publishAsync(up('N1', 'heartbeat'), JSON.stringify(HEARTBEAT), { qos: 1 });
  await eventually('N1 joins', async () => (await call(httpUrl, 'GET', '/api/v1/nodes/N1')).body.liveness === 'alive');
  expect((await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.refused).toEqual({
    PAYLOAD_INVALID: 1,
    NODE_MISMATCH: 1,
  });
  expect((await call(httpUrl, 'GET', '/api/v1/nodes')).body).toHaveLength(1);
});

test('a client that breaks the MQTT protocol is cut off; the rest goes on', async () => {
  const { httpUrl, mqttUrl } = await startCoordinator();
  const { connect } = await import('node:net');
  const url = new URL(mqttUrl);
  for (const junk of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.alloc(5000, 0x30),
  ]) {
    const socket = connect(Number(url.port), url.hostname);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.write(junk);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    socket.destroy();
  }
  expect((await call(httpUrl, 'GET', '/api/v1/status')).status).toBe(200);
  const client = await connectTo(mqttUrl);
  await client.publishAsync('evenkeel/v1/test/node/N1/up/hello', JSON.stringify(HELLO), { qos: 1 });
  await eventually('N1 joins', async () => (await call(httpUrl, 'GET', '/api/v1/nodes')).body.length === 1);
});
