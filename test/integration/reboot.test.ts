import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../cli/local-cluster.ts';
import type { ClusterView } from '../../protocol/view.ts';
import { evenkeel } from '../cli/run-cli.ts';
import { freePort } from './free-port.ts';

/* Maintenance of an appliance of real processes, by the command that operators use. */

const NODES = ['N1', 'N2', 'N3'];
let cluster: LocalCluster;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ek-'));
  cluster = await startLocalCluster({
    cluster: 'test',
    directory,
    nodes: NODES.map((node) => ({ node, domain: node, labels: {}, capacity: { cpu: 2000, memory: 4e9 } })),
    http: { host: '127.0.0.1', port: await freePort() },
    mqtt: { host: '127.0.0.1', port: await freePort() },
    settings: { settleMs: 500, performance: { pressurePercent: 100 } },
  });
  const spec = `name: steady\nreplicas: 2\ndemand: {cpu: 0.1, memory: 16Mi}\nbudget: {minAvailable: 2}\nruntime: {driver: process, command: [sleep, '100000'], stopGraceMs: 500}\n`;
  await cluster.client.put('/apps/steady', spec);
  await until('steady runs', (view) => view.apps[0]?.ready === 2);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const run = (...args: string[]) => evenkeel(args, { env: { EVENKEEL_SOCKET: cluster.socket } });

async function until(what: string, holds: (view: ClusterView) => unknown): Promise<ClusterView> {
  const end = performance.now() + 40_000;
  for (;;) {
    // a coordinator that is just being started again does not answer
    const now = await cluster.client.get<ClusterView>('/status').catch(() => null);
    if (now && holds(now)) return now;
    if (performance.now() > end) throw new Error(`not within 40 s: ${what}; ${now?.sentence}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a node is emptied as it was foretold, and used again', async () => {
  const victim = (await until('it runs', () => true)).nodes.find(({ instances }) => instances.length > 0)!.node;
  const { code, out } = await run('drain', victim, '--wait');
  expect(code).toBe(0);
  const to = new RegExp(`^steady/\\d +${victim} +(N\\d) +${victim} is drained$`, 'm').exec(out)?.[1];
  expect(out.trim().split('\n').at(-1)).toBe(`${victim}: empty`);
  const now = await until('both are ready', (view) => view.apps[0]?.ready === 2);
  expect(now.nodes.find(({ node }) => node === to)?.instances).toHaveLength(1);
  expect(await run('undrain', victim)).toMatchObject({ code: 0 });
});

test('two nodes are power-cycled one after the other while the coordinator is killed; nothing dies with a server', async () => {
  const pids = () => NODES.map((node) => cluster.rack.server(node).bootPid);
  const before = pids();
  expect(await run('reboot', 'N1', 'N2', '--no-wait')).toMatchObject({ code: 0 });
  await until('N1 is off', () => cluster.rack.server('N1').power() === 'off');
  process.kill(cluster.coordinatorPid(), 'SIGKILL');
  const done = await until('a coordinator of another term has finished it', (view) => view.term === 2 && !view.reboot);
  expect(done.nodes.map(({ liveness, draining, cordoned }) => [liveness, draining, cordoned])).toEqual(
    NODES.map(() => ['alive', false, false]),
  );
  expect(pids().map((pid, i) => pid !== before[i])).toEqual([true, true, false]);
  for (const node of ['N1', 'N2'])
    expect(cluster.rack.server(node).killed.filter(({ instance }) => instance !== null)).toEqual([]);
  await until('everything runs', (view) => view.apps[0]?.ready === 2);
  expect(await run('reboot', '--cancel')).toMatchObject({ code: 4, err: expect.stringContaining('No rolling reboot') });
});
