import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alive, FOREVER, instanceOf, Stage, until } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test('says hello, asks for leases, starts what it is assigned and stops the whole group', async () => {
  await stage.started();
  expect(stage.hellos[0]).toMatchObject({
    node: 'N1',
    guard: true,
    revision: 0,
    instances: [],
    capacity: { cpu: 2000 },
  });
  const nothing = await until('a report follows the hello', () => stage.reports[0]);
  expect(nothing.instances).toEqual([]);
  stage.assign(instanceOf('web/0', `(${FOREVER}) & (${FOREVER}) & ${FOREVER}`));
  const { pid } = await stage.ready('web/0');
  await until('grandchildren run', () => stage.processes('web/0').length >= 3);
  expect(stage.processes('web/0').some((process) => process.pid === pid)).toBe(true);
  const report = await until('a report of a cycle', () => stage.reports.find((one) => one.usage !== null));
  expect(report.usage).toEqual({ cpu: 100 });
  await until('what its sensors say', () => stage.sensors.readings());
  expect(stage.sensors.readings()).toEqual([{ sensor: 'load/1', value: 0.5, unit: 'count' }]);
  stage.assign();
  await until('it is reported gone', () => {
    const last = stage.reports.at(-1);
    return last?.revision === stage.revision && last.instances.length === 0;
  });
  expect(stage.processes()).toEqual([]);
});

test('gives the documented environment, ports and role; a role change rewrites the file and signals', async () => {
  await stage.started();
  const script = `trap 'echo now $(cat $EVENKEEL_ROLE_FILE)' USR1; echo $EVENKEEL_APP $EVENKEEL_INSTANCE $EVENKEEL_GENERATION $EVENKEEL_NODE $EVENKEEL_ROLE $PORT_HTTP_ADMIN $COLOUR; echo 4.5 > $EVENKEEL_VALUE_FILE; echo up; while :; do sleep 0.05; done`;
  const runtime = { ports: ['http-admin'], env: { COLOUR: 'blue', EVENKEEL_NODE: 'mine' }, roleSignal: 'SIGUSR1' };
  stage.assign(instanceOf('web/0', script, { role: 'standby', runtime }));
  const report = await stage.ready('web/0');
  const port = report.ports['http-admin'];
  expect(port).toBeGreaterThanOrEqual(20_000);
  await until('it is up', () => stage.log('web/0').includes('up\n'));
  expect(stage.log('web/0')).toContain(`web web/0 1 N1 standby ${port} blue\n`);
  await until('its value is reported', () => stage.seen('web/0')?.value === 4.5);
  stage.assign(instanceOf('web/0', script, { role: 'active', runtime }));
  await until('its new role is reported', () => stage.seen('web/0')?.role === 'active');
  await until('it knows', () => stage.log('web/0').includes('now active'));
  expect(stage.seen('web/0')?.pid).toBe(report.pid);
});

test('a newer generation waits until the older one is gone', async () => {
  await stage.started();
  const slow = `trap 'sleep 0.5; echo end 1; exit' TERM; echo begin 1; while :; do sleep 0.05; done`;
  stage.assign(instanceOf('web/0', slow));
  const first = await stage.ready('web/0');
  await until('begin 1', () => stage.log('web/0').includes('begin 1'));
  stage.assign(instanceOf('web/0', `echo begin 2; ${FOREVER}`, { generation: 2 }));
  await until('generation 2 is ready', () => {
    const report = stage.seen('web/0');
    return report?.generation === 2 && report.state === 'ready';
  });
  expect(alive(first.pid)).toBe(false);
  await until('all is written', () => stage.log('web/0').includes('begin 2'));
  const said = stage.log('web/0').match(/^(begin|end) \d$/gm); // the shell itself speaks of its children, too
  expect(said).toEqual(['begin 1', 'end 1', 'begin 2']);
});

test('what ignores SIGTERM is killed after its grace', async () => {
  await stage.started();
  stage.assign(instanceOf('web/0', `trap '' TERM; echo deaf; ${FOREVER}`, { runtime: { stopGraceMs: 200 } }));
  const { pid } = await stage.ready('web/0');
  await until('it is deaf', () => stage.log('web/0').includes('deaf'));
  stage.assign();
  await until('it is gone', () => stage.seen('web/0') === undefined);
  expect(alive(pid)).toBe(false);
  expect(stage.processes()).toEqual([]);
});

test('a crash loop backs off, is visible, and does not hide others', async () => {
  await stage.started();
  const runtime = { restart: { backoffMs: 50, maxBackoffMs: 60_000 } };
  stage.assign(
    instanceOf('web/0', 'exit 3', { runtime }),
    instanceOf('db/0', FOREVER),
    instanceOf('bad/0', '', { runtime: { command: ['/no/such/program'] } }),
    instanceOf('who/0', '', { runtime: { user: 'nosuchuser' } }),
  );
  await stage.ready('db/0');
  const looping = await until('several restarts', () => {
    const report = stage.seen('web/0');
    return report && report.restarts >= 4 && report.state === 'backoff' && report;
  });
  expect(looping.detail).toBe('exited with code 3');
  expect(looping.pid).toBeNull();
  expect(stage.seen('bad/0')).toMatchObject({ state: 'backoff', pid: null });
  expect(stage.seen('bad/0')?.detail).toContain('cannot start /no/such/program: the program');
  expect(stage.seen('who/0')?.detail).toContain('nosuchuser is not in /etc/passwd');
  expect((await stage.event('instance-exited')).detail).toContain('exited with code 3');
});

test('the log is rotated and goes on being written', async () => {
  await stage.started();
  const runtime = { log: { maxBytes: 4096, files: 2 } };
  stage.assign(
    instanceOf(
      'web/0',
      'i=0; while :; do i=$((i+1)); echo "line $i ------------------------------"; sleep 0.003; done',
      { runtime },
    ),
  );
  await stage.ready('web/0');
  const rotated = await until('a rotated log', () => {
    try {
      return readFileSync(`${stage.config.stateDir}/logs/web_0.log.1`, 'utf8');
    } catch {
      return undefined;
    }
  });
  expect(rotated).toContain('line 1 ');
  const later = await until('it goes on', () => /^line (\d+)/m.exec(stage.log('web/0'))?.[1]);
  expect(Number(later)).toBeGreaterThan(10);
});
