import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAgent } from '../../agent/main.ts';
import { loadRecords, writeRecord } from '../../agent/records.ts';
import type { Bmc } from '../../hw/bmc.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { Reading } from '../../protocol/reading.ts';
import { plainHardware } from './plain-hardware.ts';
import { alive, FOREVER, instanceOf, Stage, until } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test('no broker at the start, and none in the middle: everything runs on and is told afterwards', async () => {
  const away = awayFor(4);
  stage.start();
  await away;
  await until('it connects', () => stage.hellos.length > 0);
  stage.assign(instanceOf('web/0', FOREVER), instanceOf('db/0', FOREVER, { runtime: { restart: { backoffMs: 50 } } }));
  const { pid } = await stage.ready('web/0');
  const db = await stage.ready('db/0');
  await stage.loseBroker();
  process.kill(db.pid ?? 0, 'SIGKILL');
  await until('db/0 is started again without any broker', () => {
    const groups = stage.processes('db/0').filter((one) => one.pid === one.pgrp);
    return groups.some((one) => one.pid !== db.pid);
  });
  const hellos = stage.hellos.length;
  await stage.mendBroker();
  await until('it says hello again', () => stage.hellos.length > hellos);
  expect(stage.hellos.at(-1)?.bootId).toBe(stage.hellos[0]?.bootId);
  expect((await stage.event('instance-exited')).instance).toBe('db/0');
  expect(stage.seen('web/0') ?? stage.hellos.at(-1)?.instances[0]).toMatchObject({ pid });
});

/** What is written there finds no space: /dev/full is in its place. */
function fullDisk(name: string): void {
  mkdirSync(join(stage.config.stateDir, 'instances'), { recursive: true });
  symlinkSync('/dev/full', join(stage.config.stateDir, `${name}.new`));
}

test('a full disk refuses the start and says so; what runs is left alone; the start succeeds once there is space', async () => {
  await stage.started();
  stage.assign(instanceOf('db/0', FOREVER));
  const db = await stage.ready('db/0');
  fullDisk('instances/web_0_1.json');
  stage.assign(instanceOf('db/0', FOREVER), instanceOf('web/0', FOREVER, { runtime: { restart: { backoffMs: 700 } } }));
  const waiting = await until('it waits', () => {
    const report = stage.seen('web/0');
    return report?.state === 'backoff' && report;
  });
  expect(waiting.detail).toMatch(/disk full: ENOSPC/);
  expect((await stage.event('disk-full')).detail).toMatch(/ENOSPC/);
  expect(stage.processes('web/0')).toEqual([]);
  await stage.ready('web/0');
  expect(stage.seen('db/0')).toMatchObject({ pid: db.pid, state: 'ready' });
});

test('a term that finds no space on the disk is obeyed and told', async () => {
  await stage.started();
  await until('the term is known', () => stage.heartbeats.at(-1)?.term === 1);
  fullDisk('agent.json');
  stage.term = 2;
  stage.assign(instanceOf('web/0', FOREVER));
  await stage.ready('web/0');
  expect((await stage.event('disk-full')).detail).toMatch(/the term/);
  expect(stage.reports.at(-1)?.term).toBe(2);
});

test('an agent killed between spawn and the second writing of the record finds the process by its token', async () => {
  const first = await stage.started();
  stage.assign(instanceOf('web/0', FOREVER));
  const { pid } = await stage.ready('web/0');
  first.kill('SIGKILL');
  await until('it ended', () => first.signalCode !== null);
  const [record] = loadRecords(stage.config.stateDir, false).records;
  if (!record) throw new Error('no record');
  writeRecord(stage.config.stateDir, 'web/0#1', { ...record, pid: null, startTicks: null });
  const before = stage.hellos.length;
  await stage.started();
  expect(stage.hellos[before]?.instances).toMatchObject([{ instance: 'web/0', pid, restarts: 0 }]);
  expect(loadRecords(stage.config.stateDir, false).records[0]?.pid).toBe(pid);
});

test('another process with the recorded number is not ours', async () => {
  const first = await stage.started();
  stage.assign(instanceOf('web/0', FOREVER));
  const { pid } = await stage.ready('web/0');
  first.kill('SIGKILL');
  await until('it ended', () => first.signalCode !== null);
  process.kill(-(pid ?? 0), 'SIGKILL');
  await until('it is gone', () => !alive(pid));
  const [record] = loadRecords(stage.config.stateDir, false).records;
  if (!record) throw new Error('no record');
  // as if the kernel had given the number to this very test
  writeRecord(stage.config.stateDir, 'web/0#1', { ...record, pid: process.pid });
  const before = stage.hellos.length;
  await stage.started();
  expect(stage.hellos[before]?.instances).toEqual([]);
  await stage.ready('web/0');
  expect(stage.seen('web/0')?.pid).not.toBe(process.pid);
});

test('a process that leaves group and session is ended with its instance', async () => {
  await stage.started();
  stage.assign(instanceOf('web/0', `setsid sh -c '${FOREVER}' & ${FOREVER}`));
  const { pid } = await stage.ready('web/0');
  await until('it has left', () => stage.processes('web/0').some((one) => one.session !== pid));
  stage.assign();
  await until('it is reported gone', () => {
    const last = stage.reports.at(-1);
    return last?.revision === stage.revision && last.instances.length === 0;
  });
  expect(stage.processes()).toEqual([]);
});

test('a dead guard is replaced', async () => {
  stage.leaseMs = 20_000;
  await stage.started();
  stage.assign(instanceOf('db/0', FOREVER, { isolation: 'stop' }));
  const { pid } = await stage.ready('db/0');
  const [guard] = stage.guards();
  process.kill(guard ?? 0, 'SIGKILL');
  await until('another one', () => stage.guards().some((one) => one !== guard));
  const beats = stage.heartbeats.length;
  await until('some heartbeats later', () => stage.heartbeats.length > beats + 5);
  expect(alive(pid)).toBe(true);
  stage.assign();
  await until('it goes when it is not needed', () => stage.guards().length === 0);
});

test('a BMC that is silent or slow is told of and delays nothing', async () => {
  let answer: () => Promise<Reading[]> = async () => [{ sensor: 'bmc/FAN1', value: 5000, unit: 'RPM' }];
  const unused = async () => {
    throw new OperatingError('BMC_REFUSED', 'not in this test');
  };
  const identity = async () => ({ guid: 'G', serial: 'BMC-7' });
  const bmc: Bmc = { power: unused, powerOff: unused, powerOn: unused, identity, sensors: () => answer() };
  const agent = await runAgent(stage.config, plainHardware(bmc));
  try {
    const fan = () => stage.sensors.readings()?.some((reading) => reading.sensor === 'bmc/FAN1');
    await until('its fan is reported', fan);
    expect(stage.hellos[0]?.server.serial).toBe('BMC-7');
    answer = async () => {
      throw new OperatingError('BMC_UNREACHABLE', 'no answer from the BMC');
    };
    expect((await stage.event('bmc-silent')).detail).toBe('no answer from the BMC');
    await until('its fan is not reported', () => stage.sensors.readings() && !fan());
    let release: () => void = () => {};
    answer = () => new Promise((resolve) => (release = () => resolve([])));
    const told = () => stage.sensors.messages.length;
    const before = told();
    await until('the other sensors are heard as ever', () => told() >= before + 3);
    expect(stage.events.filter((event) => event.kind === 'bmc-silent')).toHaveLength(1);
    release();
    await stage.event('bmc-back');
  } finally {
    await agent.stop();
  }
  await stage.event('agent-stopping');
});

/** Looks at its sensors often enough, and tells them again soon enough, to have something to keep. */
async function busyStage(): Promise<void> {
  await stage.close();
  stage = await Stage.open({ reportMs: 100, deadbands: { 'load/*': { maxAgeMs: 1000 } } });
  mkdirSync(stage.config.stateDir, { recursive: true });
}
/** The broker's address answers nobody, for as long as the agent tries so often. */
async function awayFor(tries: number): Promise<void> {
  await stage.loseBroker();
  let refused = 0;
  const rude = createServer((socket) => {
    refused++;
    socket.destroy();
  });
  await new Promise<void>((resolve) =>
    rude.listen(Number(stage.config.mqtt.url.split(':').at(-1)), '127.0.0.1', resolve),
  );
  await until('it has tried several times', () => refused >= tries);
  await new Promise((resolve) => rude.close(resolve));
  await stage.mendBroker();
}
/** Some came late, and no number is missing. */
async function nothingIsMissing(): Promise<void> {
  await until('what it kept comes', () => stage.sensors.messages.some(({ nowMs }) => nowMs !== undefined));
  await until('nothing is missing', () => {
    const [stream, ...others] = stage.sensors.tally.streams;
    return others.length === 0 && stream?.counted.length === 1 && stream.counted[0]?.[0] === 0;
  });
  expect(stage.sensors.tally.lost).toBe(0);
}

test('a spool that is damaged is told of and begun anew', async () => {
  await busyStage();
  mkdirSync(join(stage.config.stateDir, 'spool'));
  writeFileSync(
    join(stage.config.stateDir, 'spool', '0000000001-plain.seg'),
    'nothing that an agent would write there',
  );
  await stage.started();
  expect((await stage.event('state-corrupt')).detail).toMatch(/0000000001-plain.seg is damaged after 0 bytes/);
  await until('its sensors are heard', () => stage.sensors.readings());
  await awayFor(4);
  await nothingIsMissing();
});

test('a disk that takes no samples is told of, and they are kept in memory', async () => {
  await busyStage();
  writeFileSync(join(stage.config.stateDir, 'spool'), 'a file where the folder should be');
  await stage.started();
  expect((await stage.event('disk-full')).detail).toMatch(/spool takes no samples: E/);
  await until('its sensors are heard', () => stage.sensors.readings());
  await awayFor(4);
  await nothingIsMissing();
});

test('the assignment is on disk before its process runs, and the record holds what is needed', async () => {
  await stage.started();
  // the instance itself looks whether it was written down
  const script = `grep -c '"web/0"' ${stage.config.stateDir}/instances/web_0_1.json; ${FOREVER}`;
  stage.assign(instanceOf('web/0', script));
  await stage.ready('web/0');
  await until('it has looked', () => stage.log('web/0') !== '');
  expect(stage.log('web/0')).toBe('1\n');
  expect(readFileSync(join(stage.config.stateDir, 'instances', 'web_0_1.json'), 'utf8')).toMatch(/^[0-9a-f]{8} \{/);
});
