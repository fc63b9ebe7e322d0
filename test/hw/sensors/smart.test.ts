import { expect, test } from 'vitest';
import { asleep, ataDisk, type FakeDisk, fakeSmart, nvmeDisk } from '../../../hw/fake/smart.ts';
import { runProgram } from '../../../hw/run-program.ts';
import { smartSensor } from '../../../hw/smart.ts';
import { parseScan, parseSmart } from '../../../hw/smart-json.ts';
import { createSystemSensors } from '../../../hw/system.ts';
import type { ReadingKind } from '../../../protocol/reading.ts';
import { newMachine, readAll } from './with-machine.ts';

const HALF_HOUR_MS = 1_800_000;
const readingsOf = ({ answer, exitStatus }: FakeDisk) => {
  const parsed = parseSmart('smart/x', JSON.stringify(answer), exitStatus);
  if (parsed.kind !== 'readings') throw new Error(`${parsed.kind} instead of readings`);
  return new Map(parsed.readings.map((reading) => [reading.sensor.slice('smart/x/'.length), reading]));
};
const of = (kind: ReadingKind) => ({ kind, component: 'smart/x' });

test('NVMe: wear by percentage used, spare with the disk’s own limit, media errors, bytes written', () => {
  const readings = readingsOf(nvmeDisk());
  expect(readings.get('wear')).toEqual({ sensor: 'smart/x/wear', value: 3, unit: '%', ...of('wear') });
  expect(readings.get('spare')).toMatchObject({ value: 100, level: 'ok' });
  expect(readings.get('temperature')).toMatchObject({ value: 41, level: 'ok', critical: 85 });
  expect(readings.get('media-errors')).toMatchObject({ value: 0, unit: 'count', ...of('media') });
  expect(readings.get('written')).toMatchObject({ value: 1_024_000_000, unit: 'bytes' });
  expect(readings.get('passed')).toMatchObject({ value: 1, level: 'ok' });
  expect(readingsOf(nvmeDisk({ percentage_used: 143 })).get('wear')?.value).toBe(143); // outlives what was promised
  expect(readingsOf(nvmeDisk({ available_spare: 9 })).get('spare')).toMatchObject({ level: 'critical', limit: 10 });
});

test('ATA: counts by attribute, wear by the device’s statistics', () => {
  const readings = readingsOf(ataDisk({ 5: 12, 197: 8 }));
  expect(readings.get('reallocated')).toEqual({
    ...{ sensor: 'smart/x/reallocated', value: 12, unit: 'count' },
    ...of('reallocated'),
  });
  expect(readings.get('pending')).toMatchObject({ value: 8, level: 'warning', ...of('pending') });
  expect(readings.get('uncorrectable')).toMatchObject({ value: 0, level: 'ok', ...of('media') });
  expect(readings.get('reported-uncorrectable')).toMatchObject(of('media'));
  expect(readings.get('crc-errors')).toMatchObject({ value: 2, ...of('link') });
  expect(readings.get('wear')?.value).toBe(17);
  expect(readings.get('temperature')).toEqual({
    ...{ sensor: 'smart/x/temperature', value: 33, unit: 'C', component: 'smart/x' },
  });
});

test('SCSI: grown defects, errors that were not corrected, endurance, the temperature at which it stops', () => {
  const readings = readingsOf({
    type: 'scsi',
    exitStatus: 0,
    answer: {
      smart_status: { passed: true },
      temperature: { current: 66, drive_trip: 65 },
      scsi_grown_defect_list: 4,
      scsi_percentage_used_endurance_indicator: 11,
      scsi_error_counter_log: {
        read: { total_uncorrected_errors: 2 },
        write: { total_uncorrected_errors: 1 },
        verify: {},
      },
    },
  });
  expect(readings.get('reallocated')?.value).toBe(4);
  expect(readings.get('media-errors')?.value).toBe(3);
  expect(readings.get('wear')?.value).toBe(11);
  expect(readings.get('temperature')).toMatchObject({ value: 66, level: 'critical', limit: 65 });
});

test.each([
  ['all well', 0, true, 1, 'ok'],
  ['failing (bit 3)', 8, true, 0, 'critical'],
  ['an attribute that foretells failure is below its limit (bit 4)', 16, true, 0, 'critical'],
  ['one has been, earlier (bit 5)', 32, true, 1, 'ok'],
  ['errors in its log (bit 6)', 64, true, 1, 'ok'],
  ['a self-test failed (bit 7)', 128, true, 1, 'warning'],
  ['some command failed (bit 2), all else is there', 4, true, 1, 'ok'],
  ['it says so itself', 0, false, 0, 'critical'],
])('exit status: %s', (_what, exitStatus, passed, value, level) => {
  const disk = ataDisk();
  const readings = readingsOf({ ...disk, exitStatus, answer: { ...disk.answer, smart_status: { passed } } });
  expect(readings.get('passed')).toMatchObject({ value, level });
});

test('a disk that is only too hot has not failed: its temperature says so', () => {
  const disk = nvmeDisk({ critical_warning: 2 });
  const answer = { ...disk.answer, smart_status: { passed: false }, temperature: { current: 86 } };
  const readings = readingsOf({ ...disk, exitStatus: 8, answer });
  expect(readings.get('passed')).toMatchObject({ value: 1, level: 'ok' });
  expect(readings.get('temperature')).toMatchObject({ level: 'critical', limit: 85 });
  const worse = readingsOf({
    ...disk,
    exitStatus: 8,
    answer: { ...answer, ...nvmeDisk({ critical_warning: 6 }).answer, smart_status: { passed: false } },
  });
  expect(worse.get('passed')).toMatchObject({ value: 0, level: 'critical' });
});

test('no value is never 0: what a disk does not tell has no reading, what cannot be has no value', () => {
  expect(parseSmart('smart/x', '{}', 0)).toEqual({ kind: 'none', detail: 'it tells nothing of its health' });
  expect(parseSmart('smart/x', '{"smart', 0).kind).toBe('none');
  expect(parseSmart('smart/x', '[]', 4).kind).toBe('none');
  const only = readingsOf({ type: 'sat', exitStatus: 0, answer: { smart_status: { passed: true } } });
  expect([...only.keys()]).toEqual(['passed']);
  const zero = readingsOf({ type: 'sat', exitStatus: 0, answer: { temperature: { current: 0 } } });
  expect(zero.get('temperature')?.value).toBeNull();
  expect(readingsOf(ataDisk({ 197: 2 ** 47 })).get('pending')).toEqual({
    sensor: 'smart/x/pending',
    value: null,
    unit: 'count',
    ...of('pending'),
  });
});

test('what the scan names is opened only when it is a device', () => {
  const devices = [
    { name: '/dev/sda', type: 'sat' },
    { name: '/dev/bus/0', type: 'megaraid,3' },
    { name: '--all', type: 'sat' },
    { name: '/dev/sdb', type: '-x evil' },
    { name: 7 },
  ];
  expect(parseScan(JSON.stringify({ devices }))).toEqual([
    { device: '/dev/sda', type: 'sat' },
    { device: '/dev/bus/0', type: 'megaraid,3' },
  ]);
  expect(parseScan('')).toEqual([]);
});

test('a disk that sleeps is not woken: its counts hold, its temperature is not known', async () => {
  const machine = newMachine();
  const disk = ataDisk({ 197: 3 });
  const sensor = smartSensor(machine);
  fakeSmart(new Map([['/dev/sda', disk]])).plug(machine);
  const awake = await readAll(sensor, 0);
  disk.answer = asleep;
  disk.exitStatus = 2;
  const sleeping = await readAll(sensor, HALF_HOUR_MS);
  expect([...sleeping.keys()]).toEqual([...awake.keys()]);
  expect(sleeping.get('smart/sda/pending')).toMatchObject({ value: 3, level: 'warning' });
  expect(sleeping.get('smart/sda/temperature')).toEqual({
    ...{ sensor: 'smart/sda/temperature', value: null, unit: 'C', component: 'smart/sda' },
  });
  expect(await sensor.probe()).toEqual({ devices: ['/dev/sda (sat, asleep)'], missing: null });
});

test('asked every half hour, one after the other, and never while it is still being asked', async () => {
  const machine = newMachine();
  let running = 0;
  let most = 0;
  let asked = 0;
  let answer: (() => void)[] = [];
  fakeSmart(
    new Map([
      ['/dev/sda', ataDisk()],
      ['/dev/sdb', ataDisk()],
    ]),
  ).plug(machine);
  const smartctl = machine.programs.get('smartctl')!;
  machine.programs.set('smartctl', async (args) => {
    if (args.includes('--scan')) return smartctl(args);
    most = Math.max(most, ++running);
    asked++;
    await new Promise<void>((resolve) => answer.push(resolve));
    running--;
    return smartctl(args);
  });
  const sensor = smartSensor(machine);
  const finish = async () => {
    const settled = sensor.settled!();
    let done = false;
    void settled.then(() => (done = true));
    while (!done) {
      for (const each of answer.splice(0)) each();
      await new Promise(setImmediate);
    }
  };
  expect(sensor.read(0)).toEqual([]); // nothing waits for it
  for (const atMs of [10_000, HALF_HOUR_MS, 2 * HALF_HOUR_MS]) expect(sensor.read(atMs)).toEqual([]);
  await expect.poll(() => asked).toBe(1); // hours later it still hangs, and is not asked once more
  await finish();
  answer = [];
  expect((await sensor.read(2 * HALF_HOUR_MS + 1)).length).toBeGreaterThan(5);
  expect([asked, most]).toEqual([2, 1]);
  await sensor.read(3 * HALF_HOUR_MS);
  await finish();
  expect([asked, most]).toEqual([4, 1]);
});

test('only a disk behind a controller is opened as the scan says; none is woken', async () => {
  const machine = newMachine();
  const disks = new Map([
    ['/dev/sda', { ...ataDisk(), type: 'scsi' }],
    ['/dev/bus/0', { ...ataDisk(), type: 'megaraid,3' }],
  ]);
  fakeSmart(disks).plug(machine);
  const smartctl = machine.programs.get('smartctl')!;
  const asked: string[] = [];
  machine.programs.set('smartctl', (args) => {
    asked.push(args.join(' '));
    return smartctl(args);
  });
  const readings = await readAll(smartSensor(machine), 0);
  expect(asked).toEqual([
    '--scan --json',
    '--json -n standby -H -A -l devstat,7 -l selftest -l error /dev/sda',
    '--json -n standby -H -A -l devstat,7 -l selftest -l error -d megaraid,3 /dev/bus/0',
  ]);
  expect(readings.has('smart/sda/pending')).toBe(true);
  expect(readings.has('smart/bus/0 megaraid,3/pending')).toBe(true);
});

test('not installed, not permitted, killed: said with what helps, and no disk has a value that is old', async () => {
  const machine = newMachine();
  const sensor = smartSensor(machine);
  expect((await sensor.probe()).missing).toBe('smartctl is not installed: apt install smartmontools');
  const disks = new Map([['/dev/sda', ataDisk()]]);
  fakeSmart(disks).plug(machine);
  const first = await readAll(sensor, 0);
  expect(first.get('smart/sda/reallocated')?.value).toBe(0);
  disks.get('/dev/sda')!.answer = {
    smartctl: { messages: [{ string: 'Smartctl open device: /dev/sda failed: Permission denied' }] },
  };
  disks.get('/dev/sda')!.exitStatus = 2;
  const denied = await readAll(sensor, HALF_HOUR_MS);
  expect([...denied.values()].every(({ value, level }) => value === null && level === undefined)).toBe(true);
  expect((await sensor.probe()).missing).toMatch(/^\/dev\/sda: .*Permission denied$/);
  machine.programs.set('smartctl', () => Promise.reject(new Error('killed')));
  expect((await readAll(sensor, 2 * HALF_HOUR_MS)).size).toBe(0);
  expect((await sensor.probe()).missing).toMatch(/killed/);
});

test('programs: one that is not there, its exit status, one that takes too long', async () => {
  expect(await runProgram('evenkeel-no-such-program', [], 1000)).toBeNull();
  expect(await runProgram('sh', ['-c', 'echo half; exit 6'], 10_000)).toEqual({ code: 6, output: 'half\n' });
  await expect(runProgram('sh', ['-c', 'sleep 60'], 50)).rejects.toThrow();
});

test('nothing is run for a machine made of files', async () => {
  const probed = await createSystemSensors({ sysroot: newMachine().sysroot }).probe();
  expect(probed.map(({ kind }) => kind)).toContain('smart');
  for (const { found } of probed) {
    expect(found.devices).toEqual([]);
    expect(found.missing).not.toBeNull();
  }
});
