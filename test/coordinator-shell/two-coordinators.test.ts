import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';
import { evenkeel } from '../cli/run-cli.ts';
import { freePort, startMosquitto } from '../dashboards/mosquitto.ts';
import { call, connectTo, startCoordinator } from './coordinator.ts';
import { HEARTBEAT, HELLO } from './messages.ts';
import { startPlainBroker } from './plain-broker.ts';
import { afterwards, eventually, temporaryFolder } from './temporary.ts';

const statusOf = async (url: string) => (await call(url, 'GET', '/api/v1/status')).body;
const SLEEPER = {
  name: 'web',
  demand: { cpu: '10m' },
  runtime: { driver: 'process', command: ['/bin/sleep', '1000'] },
};
const at = (url: string) => `mqtt: {url: "${url}"}\n`;

/** A real agent in a process of its own. */
function startAgent(url: string, node: string): { readonly obeys: () => string | undefined } {
  const stateDir = join(temporaryFolder(), 'agent');
  const config = {
    cluster: 'test',
    node,
    mqtt: { url },
    stateDir,
    heartbeatMs: 200,
    reportMs: 1000,
    logLevel: 'error',
  };
  const script = fileURLToPath(new URL('../agent/agent-process.ts', import.meta.url));
  const agent = spawn(process.execPath, [script, JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(agent, 'exit');
  afterwards(async () => {
    agent.kill('SIGKILL');
    await ended;
  });
  return {
    obeys: () => {
      const stored = readFileSync(join(stateDir, 'agent.json'), 'utf8');
      return /"store":"([0-9a-f]{16})"/.exec(stored.replaceAll('\\', ''))?.[1];
    },
  };
}

test('a second one with a store of its own does not start, says why, and the first goes on and says so', async () => {
  const url = await startMosquitto();
  const first = await startCoordinator(at(url));
  const agent = await connectTo(url);
  const leases: { term: number }[] = [];
  agent.on('message', (_, payload) => leases.push(JSON.parse(payload.toString())));
  await agent.subscribeAsync('evenkeel/v1/test/node/N1/down/lease');

  const folder = temporaryFolder();
  const config = join(folder, 'coordinator.yaml');
  writeFileSync(config, `cluster: test\nstateDir: ${folder}\n${at(url)}http: {port: 0}\n`);
  const second = await runQuietly(process.execPath, [join(ROOT, 'cli/main.ts'), 'coordinator', '--config', config]);
  expect(second.code).not.toBe(0);
  expect(second.output).toContain('another coordinator has the cluster test');
  expect(second.output).toContain('give it another name (cluster) or another broker (mqtt.url)');

  expect(await statusOf(first.httpUrl)).toMatchObject({
    tone: 'bad',
    sentence: expect.stringMatching(/^A second coordinator of this cluster name, with another store \([0-9a-f]{16}\)/),
  });
  await agent.publishAsync('evenkeel/v1/test/node/N1/up/hello', JSON.stringify({ ...HELLO, store: '' }));
  const heartbeat = { ...HEARTBEAT, store: '', sequence: 1 };
  await eventually('a lease of the first', async () => {
    heartbeat.sequence++;
    await agent.publishAsync('evenkeel/v1/test/node/N1/up/heartbeat', JSON.stringify(heartbeat));
    return leases.length > 0;
  });
  expect(leases[0]).toMatchObject({ term: 1, store: expect.stringMatching(/^[0-9a-f]{16}$/) });
});

test('nor on the embedded broker of the first', async () => {
  const { mqttUrl } = await startCoordinator();
  await expect(startCoordinator(at(mqttUrl))).rejects.toMatchObject({ code: 'CLUSTER_TAKEN' });
});

test('a copy of the store: the higher term leads, and the other one stops acting', async () => {
  const url = await startMosquitto();
  const made = await startCoordinator(at(url)); // term 1
  await made.stop();
  const copy = temporaryFolder();
  cpSync(made.folder, copy, { recursive: true });

  const first = await startCoordinator(at(url), made.folder); // term 2
  await expect(startCoordinator(at(url), copy)).rejects.toMatchObject({
    code: 'CLUSTER_TAKEN',
    message: expect.stringContaining('goes by a copy of this store (term 2, this one would have 2)'),
  });
  await (await startCoordinator('', copy)).stop(); // on a broker of its own: term 2
  const second = await startCoordinator(at(url), copy);
  expect(await statusOf(second.httpUrl)).toMatchObject({ term: 3, tone: 'busy' });
  await eventually('the first has given way', async () =>
    (await statusOf(first.httpUrl)).sentence.startsWith('Another coordinator goes by this store and leads (term 3)'),
  );

  const agent = await connectTo(url);
  const heard: { term: number }[] = [];
  agent.on('message', (_, payload) => heard.push(JSON.parse(payload.toString())));
  await agent.subscribeAsync('evenkeel/v1/test/node/N1/down/#');
  await agent.publishAsync('evenkeel/v1/test/node/N1/up/hello', JSON.stringify({ ...HELLO, store: '' }));
  const heartbeat = { ...HEARTBEAT, store: '', sequence: 0 };
  await eventually('leases', async () => {
    heartbeat.sequence++;
    await agent.publishAsync('evenkeel/v1/test/node/N1/up/heartbeat', JSON.stringify(heartbeat));
    return heard.length > 5;
  });
  expect(new Set(heard.map(({ term }) => term))).toEqual(new Set([3]));
  const refused = await call(first.httpUrl, 'DELETE', '/api/v1/apps/web');
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  expect((await statusOf(second.httpUrl)).sentence).not.toMatch(/oordinator/);
});

test('two that found each other too late: an agent obeys one of them, and that one alone has its node', async () => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const both = await Promise.all([startCoordinator(at(url)), startCoordinator(at(url))]);
  const broker = await startPlainBroker(port);
  afterwards(() => broker.close());
  const agent = startAgent(url, 'N1');
  const store = await eventually('it obeys one', () => agent.obeys());
  const tell = async () => await Promise.all(both.map(({ httpUrl }) => statusOf(httpUrl)));
  await eventually('both say so', async () =>
    (await tell()).every(({ sentence }) => sentence.startsWith('A second coordinator')),
  );
  const isStranger = async ({ httpUrl }: { httpUrl: string }) =>
    ((await call(httpUrl, 'GET', '/api/v1/events')).body as { text: string }[]).some(({ text }) =>
      text.includes(`another store (${store}, this`),
    );
  await eventually('one is a stranger to it', async () => (await Promise.all(both.map(isStranger))).includes(true));
  const [first, second] = both;
  const [stranger, master] = (await isStranger(first)) ? [first, second] : [second, first];
  expect(await isStranger(master)).toBe(false);
  for (const { httpUrl } of both) await call(httpUrl, 'PUT', '/api/v1/apps/web', JSON.stringify(SLEEPER));
  await eventually(
    'its master has work for it',
    async () => (await statusOf(master.httpUrl)).nodes[0]?.instances.length === 1,
  );
  await eventually('the stranger sees nobody to ask', async () =>
    JSON.stringify(await call(stranger.httpUrl, 'GET', '/api/v1/events')).includes('web/0 waits'),
  );
  expect((await statusOf(stranger.httpUrl)).nodes[0]?.instances ?? []).toEqual([]);
});

test('a store that is lost: the new one leaves its nodes alone until an operator has it take them over', async () => {
  const url = await startMosquitto();
  const lost = await startCoordinator(at(url));
  const agent = startAgent(url, 'N1');
  await eventually('N1 joins', async () => (await statusOf(lost.httpUrl)).nodes[0]?.liveness === 'alive');
  const store = await eventually('it is remembered', () => agent.obeys());
  await lost.stop();

  const rebuilt = await startCoordinator(at(url));
  const { nodes } = await eventually('it says whom N1 obeys', async () => {
    const view = await statusOf(rebuilt.httpUrl);
    return view.sentence.includes(`'evenkeel store adopt ${store}'`) && view;
  });
  expect(nodes).toEqual([]);
  const adopt = (...args: string[]) => evenkeel(['--url', rebuilt.httpUrl, 'store', 'adopt', ...args]);
  expect(await adopt('0000000000000000', '--yes')).toMatchObject({ code: 4, err: expect.stringContaining(store) });
  expect(await adopt('web', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('16 hexadecimal digits') });
  const { code, out } = await adopt(store, '--yes');
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('N1 belongs to this coordinator') });
  await eventually(
    'N1 joins the new one',
    async () => (await statusOf(rebuilt.httpUrl)).nodes[0]?.liveness === 'alive',
  );
  expect(agent.obeys()).toBe(store);
  // and still after a restart
  await rebuilt.stop();
  const again = await startCoordinator(at(url), rebuilt.folder);
  await eventually('N1 is there', async () => (await statusOf(again.httpUrl)).nodes[0]?.liveness === 'alive');
});
