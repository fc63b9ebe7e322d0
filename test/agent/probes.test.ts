import { afterEach, beforeEach, expect, test } from 'vitest';
import { FOREVER, instanceOf, Stage, until } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Serves HTTP; answers 503 while the file `sick` is in the folder, and not at all once `deaf` is. */
const SERVER = `const fs = require('fs'), http = require('http');
http.createServer((q, r) => { if (fs.existsSync('deaf')) return; r.statusCode = fs.existsSync('sick') ? 503 : 200; r.end('ok'); })
.listen(process.env.PORT_HTTP, '127.0.0.1');`;
const often = { intervalMs: 60, timeoutMs: 500, failureThreshold: 2 };

function server(probes: Record<string, unknown>) {
  return instanceOf('web/0', '', {
    runtime: { command: [process.execPath, '-e', SERVER], ports: ['http'], cwd: stage.dir, stopGraceMs: 300 },
    probes,
  });
}

test('HTTP readiness passes, is measured, fails and passes again', async () => {
  const { rmSync, writeFileSync } = await import('node:fs');
  await stage.started();
  stage.assign(server({ readiness: { http: { port: 'http', path: '/' }, ...often } }));
  await until('it is starting', () => stage.seen('web/0')?.state === 'starting');
  const ready = await stage.ready('web/0');
  await until('its latency is reported', () => (stage.seen('web/0')?.latencyMs ?? 0) > 0);
  await until('its usage is reported', () => (stage.seen('web/0')?.memoryBytes ?? 0) > 10_000_000);
  writeFileSync(`${stage.dir}/sick`, '');
  const unready = await until('it is unready', () => {
    const report = stage.seen('web/0');
    return report?.state === 'unready' && report;
  });
  expect(unready.detail).toMatch(/answers 503/);
  rmSync(`${stage.dir}/sick`);
  expect((await stage.ready('web/0')).pid).toBe(ready.pid);
});

test('failing liveness restarts; TCP readiness', async () => {
  const { rmSync, writeFileSync } = await import('node:fs');
  await stage.started();
  const http = { http: { port: 'http', path: '/' }, ...often, timeoutMs: 300 };
  stage.assign(server({ readiness: { tcp: { port: 'http' }, ...often }, liveness: http }));
  const before = await stage.ready('web/0');
  writeFileSync(`${stage.dir}/deaf`, '');
  expect((await stage.event('instance-failed')).detail).toMatch(/liveness probe failed: GET .*no answer within 300 ms/);
  rmSync(`${stage.dir}/deaf`);
  const after = await until('it is ready again', () => {
    const report = stage.seen('web/0');
    return report?.state === 'ready' && report.restarts >= 1 && report;
  });
  expect(after.pid).not.toBe(before.pid);
});

test('a command probe that hangs is killed with all its children and counts as failed', async () => {
  await stage.started();
  const command = ['/bin/sh', '-c', `test -e ${stage.dir}/ok || { sleep 100 & sleep 100; }`];
  const readiness = { command, intervalMs: 60, timeoutMs: 150, failureThreshold: 1 };
  stage.assign(instanceOf('web/0', FOREVER, { probes: { readiness } }));
  await until('it is told', () => stage.seen('web/0')?.detail === '/bin/sh: no end within 150 ms');
  expect(stage.seen('web/0')?.state).toBe('starting');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${stage.dir}/ok`, '');
  await stage.ready('web/0');
  // the instance's own shell and its sleep are all that is left
  await until('no probe is left', () => stage.processes().every((one) => one.pgrp === stage.seen('web/0')?.pid));
});
