import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alive, FOREVER, instanceOf, Stage, until } from './stage.ts';

/*
 * What must hold when an agent dies, freezes, hangs or is lied to. The processes are counted from outside, by what was put
 * into their environment.
 */

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** A leader with a child of its own, so that the group matters. */
const PAIR = `(${FOREVER}) & ${FOREVER}`;

async function bothRun() {
  const agent = await stage.started();
  stage.assign(instanceOf('keep/0', PAIR), instanceOf('stop/0', PAIR, { isolation: 'stop' }));
  const keep = await stage.ready('keep/0');
  const stop = await stage.ready('stop/0');
  expect(stage.guards()).toHaveLength(1);
  return { agent, keep, stop };
}

test('a killed agent: stop dies within the lease by the guard, keep runs on and is adopted, nothing doubled', async () => {
  const { agent, keep, stop } = await bothRun();
  const began = stage.hellos.length;
  agent.kill('SIGKILL');
  await until('the will is published', () => stage.gone.length > 0);
  await until('stop/0 is gone', () => stage.processes('stop/0').length === 0);
  expect(alive(keep.pid)).toBe(true);
  stage.assign(...stage.assigned.filter((one) => one.instance === 'keep/0'));
  await stage.started();
  const hello = stage.hellos[began];
  expect(hello?.bootId).toBeGreaterThan(stage.hellos[0]?.bootId ?? 0);
  expect(hello?.instances).toMatchObject([{ instance: 'keep/0', state: 'ready', pid: keep.pid, restarts: 0 }]);
  expect(stop.pid).not.toBe(keep.pid);
  await stage.event('adopted');
  await until('the assignment is obeyed', () => stage.reports.at(-1)?.revision === stage.revision);
  expect(stage.seen('keep/0')?.pid).toBe(keep.pid);
  expect(new Set(stage.processes('keep/0').map((one) => one.pgrp))).toEqual(new Set([keep.pid]));
  await until('the guard goes when nothing is left to guard', () => stage.guards().length === 0);
});

test('a restarted agent reuses the guard and keeps a stop instance whose lease runs', async () => {
  stage.leaseMs = 20_000;
  const { agent, stop } = await bothRun();
  const guards = stage.guards();
  agent.kill('SIGKILL');
  await until('the agent is gone', () => agent.signalCode !== null);
  await stage.started();
  await until('the assignment is obeyed', () => stage.reports.at(-1)?.revision === stage.revision);
  expect(stage.seen('stop/0')).toMatchObject({ pid: stop.pid, state: 'ready' });
  expect(stage.guards()).toEqual(guards);
  stage.assign(instanceOf('keep/0', PAIR)); // revoked, and stopped by an agent that is not its parent
  await until('it is reported gone', () => stage.reports.at(-1)?.revision === stage.revision && !stage.seen('stop/0'));
  expect(stage.processes('stop/0')).toEqual([]);
});

test('a frozen agent: stop dies within the lease, and comes back only under a new lease', async () => {
  const { agent, keep, stop } = await bothRun();
  agent.kill('SIGSTOP');
  try {
    await until('stop/0 is gone', () => stage.processes('stop/0').length === 0);
    expect(alive(keep.pid)).toBe(true);
  } finally {
    agent.kill('SIGCONT');
  }
  const back = await until('stop/0 runs again', () => {
    const report = stage.seen('stop/0');
    return report?.state === 'ready' && report.pid !== stop.pid && report;
  });
  expect(alive(back.pid)).toBe(true);
  expect(stage.seen('keep/0')?.pid).toBe(keep.pid);
});

test('a hung main thread is told by the heartbeat, gets no lease, and stop dies', async () => {
  const { agent, keep } = await bothRun();
  agent.kill('SIGUSR2');
  await until('the silence is told', () => (stage.heartbeats.at(-1)?.mainSilenceMs ?? 0) > 500);
  await until('stop/0 is gone', () => stage.processes('stop/0').length === 0);
  expect(alive(keep.pid)).toBe(true);
  expect(alive(agent.pid)).toBe(true);
});

test('no lease: stop is killed by the agent itself and started again when leases come again', async () => {
  const { keep } = await bothRun();
  stage.granting = false;
  await stage.event('lease-ended');
  await until('stop/0 is gone', () => stage.processes('stop/0').length === 0);
  await until('it is not listed', () => stage.seen('stop/0') === undefined);
  expect(alive(keep.pid)).toBe(true);
  stage.granting = true;
  await stage.ready('stop/0');
});

test('a lease counts from when the heartbeat was sent, not from when it arrives', async () => {
  await bothRun();
  stage.granting = false;
  const late = stage.heartbeats.at(-1);
  if (!late) throw new Error('no heartbeat');
  await until('stop/0 is gone', () => stage.processes('stop/0').length === 0);
  const { node, bootId, sequence, sentMs } = late;
  const lease = { v: 1, node, bootId, term: 1, sequence, sentMs, leaseMs: stage.leaseMs, revision: stage.revision };
  stage.publish('lease', lease);
  stage.publish('lease', { ...lease, sentMs: sentMs + 60_000 }); // and not from what anybody else says that it was
  const beats = stage.heartbeats.length;
  await until('the agent has lived on', () => stage.heartbeats.length > beats + 5);
  expect(stage.processes('stop/0')).toEqual([]);
});

test('after a graceful stop of the agent keep runs on and is adopted', async () => {
  const { agent, keep } = await bothRun();
  agent.kill('SIGTERM');
  await until('it ended', () => agent.exitCode !== null);
  expect(agent.exitCode).toBe(0);
  await stage.event('agent-stopping');
  expect(alive(keep.pid)).toBe(true);
  await stage.started();
  await stage.ready('keep/0');
  expect(stage.seen('keep/0')?.pid).toBe(keep.pid);
});

test('a second agent in the same folder is refused', async () => {
  await stage.started();
  const second = stage.start();
  await until('it ended', () => second.exitCode !== null);
  expect(second.exitCode).not.toBe(0);
  expect(new Set(stage.hellos.map((hello) => hello.bootId)).size).toBe(1);
});

test('a restarted agent starts nothing before its assignment and ignores those for others', async () => {
  const first = await stage.started();
  stage.assign(instanceOf('web/0', FOREVER));
  await stage.ready('web/0');
  const old = { bootId: stage.hellos[0]?.bootId };
  first.kill('SIGKILL');
  await until('it ended', () => first.signalCode !== null);
  for (const { pid } of stage.processes()) process.kill(pid, 'SIGKILL');
  stage.revision = 0; // the stage sends nothing by itself now
  await stage.started();
  const revision = 7;
  stage.send({ ...old, revision });
  stage.send({ node: 'N2', revision });
  const cycles = stage.sensors.messages.length;
  await until('some cycles later', () => stage.sensors.messages.length > cycles + 2);
  await until('its report', () => stage.reports.at(-1)?.bootId === stage.hellos.at(-1)?.bootId);
  expect(stage.reports.at(-1)).toMatchObject({ revision: 0, instances: [] });
  expect(stage.processes()).toEqual([]);
  stage.term = 5;
  stage.revision = 10;
  stage.send();
  await stage.ready('web/0');
  stage.send({ term: 4, revision: 11, instances: [] }); // deposed
  stage.send({ term: 5, revision: 9, instances: [] }); // overtaken
  const later = stage.reports.length;
  await until('some reports later', () => stage.reports.length > later + 2);
  expect(stage.reports.at(-1)).toMatchObject({ term: 5, revision: 10, instances: [{ instance: 'web/0' }] });
});

test('garbage changes nothing', async () => {
  await stage.started();
  stage.assign(instanceOf('web/0', FOREVER));
  const { pid } = await stage.ready('web/0');
  const garbage: (string | Uint8Array)[] = [
    '',
    'null',
    '[]',
    '{"v":1}',
    new Uint8Array([0xff, 0xfe, 0x00]),
    '['.repeat(5000),
    `"${'x'.repeat(300_000)}"`,
    JSON.stringify({
      v: 1,
      node: 'N1',
      bootId: -1,
      term: 2 ** 60,
      revision: 0.5,
      instances: [{ instance: '../../etc' }],
    }),
  ];
  for (const kind of ['assignment', 'request', 'lease'] as const) for (const one of garbage) stage.publish(kind, one);
  const hellos = stage.hellos.length;
  stage.publish('request', { v: 1, node: 'N1', term: stage.term, kind: 'hello' });
  await until('it still answers', () => stage.hellos.length > hellos);
  const beats = stage.heartbeats.length;
  await until('its heart still beats', () => stage.heartbeats.length > beats + 3);
  expect(stage.seen('web/0')).toMatchObject({ pid, state: 'ready' });
});

test('corrupt state and records: what runs is found by its token and runs on', async () => {
  const first = await stage.started();
  stage.assign(
    instanceOf('web/0', FOREVER, { role: 'standby', runtime: { ports: ['http'] } }),
    instanceOf('db/0', PAIR),
  );
  const web = await stage.ready('web/0');
  const db = await stage.ready('db/0');
  const dir = join(stage.config.stateDir, 'instances');
  first.kill('SIGKILL');
  await until('it ended', () => first.signalCode !== null);
  for (const name of readdirSync(dir)) writeFileSync(join(dir, name), name.startsWith('web') ? '{"v":1' : '');
  writeFileSync(join(stage.config.stateDir, 'agent.json'), '\0\0\0');
  const before = stage.hellos.length;
  await stage.started();
  const hello = stage.hellos[before];
  expect(hello?.bootId).toBeGreaterThan(stage.hellos[0]?.bootId ?? 0);
  const found = hello?.instances.find((one) => one.instance === 'web/0');
  expect(found).toMatchObject({ pid: web.pid, role: 'standby', ports: web.ports, generation: 1 });
  await stage.event('state-corrupt');
  await until('the assignment is obeyed', () => stage.reports.at(-1)?.revision === stage.revision);
  expect(stage.seen('db/0')).toMatchObject({ pid: db.pid, state: 'ready' });
  expect(new Set(stage.processes().map((one) => one.pgrp))).toEqual(new Set([web.pid, db.pid]));
});

test('an adopted instance that dies is started again, and only then', async () => {
  const first = await stage.started();
  stage.assign(instanceOf('web/0', PAIR));
  const web = await stage.ready('web/0');
  first.kill('SIGKILL');
  await until('it ended', () => first.signalCode !== null);
  await stage.started();
  await until('the assignment is obeyed', () => stage.reports.at(-1)?.revision === stage.revision);
  process.kill(web.pid ?? 0, 'SIGKILL');
  const again = await until('it runs again', () => {
    const report = stage.seen('web/0');
    return report?.state === 'ready' && report.restarts === 1 && report;
  });
  expect(new Set(stage.processes('web/0').map((one) => one.pgrp))).toEqual(new Set([again.pid]));
});
