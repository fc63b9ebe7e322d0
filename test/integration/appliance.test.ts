import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runningInstances } from '../../cli/demo/outside.ts';
import { type LocalCluster, startLocalCluster } from '../../cli/local-cluster.ts';
import type { ClusterView, InstanceView } from '../../protocol/view.ts';
import { freePort } from './free-port.ts';

/*
 * A whole appliance of three nodes, real processes all: what operators and applications can get wrong leads to something
 * that can be seen, and what ran before goes on untouched.
 */

let cluster: LocalCluster;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ek-'));
  cluster = await startLocalCluster({
    cluster: 'test',
    directory,
    nodes: ['N1', 'N2', 'N3'].map((node) => ({ node, domain: node, labels: {}, capacity: { cpu: 2000, memory: 4e9 } })),
    // ports that stay the same when the coordinator is started again
    http: { host: '127.0.0.1', port: await freePort() },
    mqtt: { host: '127.0.0.1', port: await freePort() },
    settings: { readyTimeoutMs: 3000, performance: { pressurePercent: 100 } },
  });
  await apply('steady', { replicas: 3, command: ['sleep', '100000'] });
  await until('steady runs', (view) => view.apps.find((app) => app.app === 'steady')?.ready === 3);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function apply(
  name: string,
  {
    command,
    replicas = 1,
    demand = '{cpu: 0.1, memory: 16Mi}',
    extra = '',
  }: { command: string[]; replicas?: number; demand?: string; extra?: string },
) {
  const spec = `name: ${name}\nreplicas: ${replicas}\ndemand: ${demand}\nruntime: {driver: process, command: ${JSON.stringify(command)}, stopGraceMs: 500, ports: [http]}\n${extra}`;
  return cluster.client.put(`/apps/${name}`, spec);
}

const view = () => cluster.client.get<ClusterView>('/status');

async function until(what: string, holds: (view: ClusterView) => unknown): Promise<ClusterView> {
  const end = performance.now() + 40_000;
  for (;;) {
    const now = await view();
    if (holds(now)) return now;
    if (performance.now() > end)
      throw new Error(
        `not within 40 s: ${what}; ${now.sentence}\n${now.journal
          .slice(-15)
          .map((line) => line.text)
          .join('\n')}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const instances = (now: ClusterView, app: string): InstanceView[] =>
  now.nodes.flatMap((node) => node.instances).filter((one) => one.instance.startsWith(`${app}/`));

/** Process ids of steady's instances as the kernel has them. */
function steadyPids(): number[] {
  return runningInstances(cluster.rack)
    .filter((one) => one.instance.startsWith('steady/'))
    .flatMap((one) => one.pids)
    .sort((a, b) => a - b);
}

/** Runs what goes wrong, and sees that steady's processes are the very same afterwards. */
async function untouched(trouble: () => Promise<void>): Promise<void> {
  const before = steadyPids();
  expect(before.length).toBeGreaterThanOrEqual(3);
  await trouble();
  expect(steadyPids()).toEqual(before);
}

test('a program that does not exist: the instance waits, and says what is missing', () =>
  untouched(async () => {
    await apply('missing', { command: ['/no/such/program'] });
    const now = await until('it is seen to fail', (seen) => instances(seen, 'missing')[0]?.state === 'backoff');
    expect(instances(now, 'missing')[0]?.detail).toContain('/no/such/program');
    expect(now.apps.find((app) => app.app === 'missing')?.ready).toBe(0);
    await cluster.client.del('/apps/missing');
    await until('it is gone', (seen) => !seen.apps.some((app) => app.app === 'missing'));
  }));

test('one that dies at once is restarted with growing pauses, and counted', () =>
  untouched(async () => {
    await apply('dying', { command: ['sh', '-c', 'exit 3'] });
    const now = await until('it was restarted twice', (seen) => (instances(seen, 'dying')[0]?.restarts ?? 0) >= 2);
    expect(instances(now, 'dying')[0]?.detail).toContain('3');
    expect(now.journal.some((line) => /dying\/0.*has died/.test(line.text))).toBe(true);
    await cluster.client.del('/apps/dying');
    await until('it is gone', (seen) => instances(seen, 'dying').length === 0);
  }));

test('one that never becomes ready stays visible as starting, with the reason, and holds nothing else up', () =>
  untouched(async () => {
    await apply('mute', {
      command: ['sleep', '100000'],
      extra: 'probes: {readiness: {tcp: {port: http}, failureThreshold: 2}}\n',
    });
    const now = await until('it is told', (seen) =>
      seen.journal.some((line) => /mute\/0 has not become ready/.test(line.text)),
    );
    expect(instances(now, 'mute')[0]?.state).toBe('starting');
    await apply('other', { command: ['sleep', '100000'] });
    await until('another is started meanwhile', (seen) => seen.apps.find((app) => app.app === 'other')?.ready === 1);
    await cluster.client.del('/apps/mute');
    await cluster.client.del('/apps/other');
    await until('both are gone', (seen) => seen.apps.length === 1);
  }));

test('more demand than there is: the rest waits with its reasons', () =>
  untouched(async () => {
    await apply('huge', {
      command: ['sleep', '100000'],
      replicas: 2,
      demand: '{cpu: 1.5, memory: 3Gi}',
      extra: 'priority: 10\n',
    });
    await apply('giant', { command: ['sleep', '100000'], demand: '{cpu: 64, memory: 1Gi}' });
    const now = await until(
      'it waits',
      (seen) => (seen.apps.find((app) => app.app === 'giant')?.waiting.length ?? 0) === 1,
    );
    expect(now.apps.find((app) => app.app === 'giant')?.waiting[0]?.reasons.join(' ')).toMatch(/cpu/);
    expect(now.sentence).toMatch(/waits? for room/);
    await cluster.client.del('/apps/huge');
    await cluster.client.del('/apps/giant');
    await until('both are gone', (seen) => seen.apps.length === 1);
  }));

test('a spec that is wrong is refused with its line and field; what runs keeps its old one', () =>
  untouched(async () => {
    await expect(apply('steady', { command: ['sleep', '1'], replicas: -1 })).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(/:2: replicas: -1 is not allowed/),
    });
    expect((await view()).apps.find((app) => app.app === 'steady')?.spec.replicas).toBe(3);
  }));

test('the coordinator is killed and started again: no application notices', () =>
  untouched(async () => {
    const killed = cluster.coordinatorPid();
    process.kill(killed, 'SIGKILL');
    const end = performance.now() + 40_000;
    let now: ClusterView | null = null;
    while (now?.term !== 2 || now.nodes.some((node) => node.liveness !== 'alive') || now.apps[0]?.ready !== 3) {
      if (performance.now() > end) throw new Error(`not within 40 s: ${now?.sentence}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      now = await view().catch(() => now);
    }
    expect(cluster.coordinatorPid()).not.toBe(killed);
    expect(instances(now, 'steady').every((one) => one.restarts === 0)).toBe(true);
  }));
