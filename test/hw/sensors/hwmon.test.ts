import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeChip, fakeHwmon, fakeThermal } from '../../../hw/fake/hwmon.ts';
import { hwmonSensor } from '../../../hw/hwmon.ts';
import { thermalSensor } from '../../../hw/thermal.ts';
import { newMachine, readOnce } from './with-machine.ts';

const HWMON = 'sys/class/hwmon';

test.each([
  ['temp1_input', 79_999, { value: 79.999, unit: 'C', level: 'ok' }],
  ['temp1_input', 80_000, { value: 80, unit: 'C', level: 'warning', limit: 80 }],
  ['temp1_input', 100_000, { value: 100, unit: 'C', level: 'critical', limit: 100 }],
])('the chip’s own limits: %s at %d', async (file, raw, expected) => {
  const machine = newMachine();
  fakeHwmon.plug(machine);
  machine.write(`${HWMON}/hwmon0/${file}`, `${raw}`);
  expect((await readOnce(hwmonSensor(machine), 0)).get('hwmon/coretemp/Package id 0')).toMatchObject(expected);
});

test.each([
  ['as chips have it', { temp1_max: 80_000, temp1_crit: 100_000 }, 100],
  ['the same limit for both', { temp1_max: 90_000, temp1_crit: 90_000 }, 90],
  ['none set', { temp1_crit: 0 }, undefined],
  ['what stands for none', { temp1_crit: 127_000 }, undefined],
  ['65,261 °C', { temp1_crit: 65_261_850 }, undefined],
  ['below zero', { temp1_crit: -273_150 }, undefined],
  ['below any room', { temp1_crit: 8300 }, undefined],
  ['below the warning', { temp1_max: 80_000, temp1_crit: 70_000 }, undefined],
  ['below the lower limit', { temp1_min: 60_000, temp1_crit: 50_000 }, undefined],
  ['text', { temp1_crit: 'hot' }, undefined],
])('the critical limit that a trend is measured against: %s', async (_what, limits, critical) => {
  const machine = newMachine();
  const chip = { name: 'chip', temp1_input: 6000, ...limits };
  fakeChip(0, chip).plug(machine);
  const sensor = hwmonSensor(machine);
  const reading = async (atMs: number) => (await readOnce(sensor, atMs)).get('hwmon/chip/temp1');
  expect((await reading(0))?.critical).toBe(critical);
  fakeChip(0, { ...chip, temp1_input: 'none' }).plug(machine);
  expect(await reading(10_000)).toMatchObject({ value: null, ...(critical === undefined ? {} : { critical }) });
});

test('voltages have limits on both sides, fans only below, and a power meter that only knows the average is read', async () => {
  const machine = newMachine();
  fakeHwmon.plug(machine);
  machine.writeAll({ [`${HWMON}/hwmon1/in0_input`]: 890, [`${HWMON}/hwmon1/fan1_input`]: 0 });
  machine.writeAll({ [`${HWMON}/hwmon2/in0_input`]: 1101 });
  const readings = await readOnce(hwmonSensor(machine), 0);
  expect(readings.get('hwmon/nct6775/in0')).toMatchObject({ value: 0.89, level: 'warning', limit: 0.9 });
  expect(readings.get('hwmon/nct6775/in0 #2')).toMatchObject({ value: 1.101, level: 'warning', limit: 1.1 });
  expect(readings.get('hwmon/nct6775/fan1')).toMatchObject({ value: 0, level: 'critical', limit: 400 });
  expect(readings.get('hwmon/nct6775/in1')).toEqual({ sensor: 'hwmon/nct6775/in1', value: 0.012, unit: 'V' });
  expect(readings.get('hwmon/nct6775/power1')).toMatchObject({ value: 25, unit: 'W' });
});

test('an alarm counts where the chip names no limits; limits that are not set make alarms of nothing', async () => {
  const machine = newMachine();
  fakeChip(0, {
    name: 'psu',
    power1_input: 500_000_000,
    power1_alarm: 1,
    in0_input: 500,
    in0_min: 0,
    in0_max: 0,
    in0_alarm: 1,
    temp1_input: 30_000,
    temp1_fault: 1,
  }).plug(machine);
  const readings = await readOnce(hwmonSensor(machine), 0);
  expect(readings.get('hwmon/psu/power1')).toMatchObject({ value: 500, level: 'warning' });
  expect(readings.get('hwmon/psu/in0')).toEqual({ sensor: 'hwmon/psu/in0', value: 0.5, unit: 'V' });
  expect(readings.get('hwmon/psu/temp1')).toEqual({ sensor: 'hwmon/psu/temp1', value: null, unit: 'C' });
});

test('what no server can have is no value; a jump is believed when it is seen twice', async () => {
  const machine = newMachine();
  const chip = (temp: number, fan: number) =>
    fakeChip(0, { name: 'board', temp1_input: temp, temp1_crit: 100_000, fan1_input: fan, fan1_min: 300 }).plug(
      machine,
    );
  const sensor = hwmonSensor(machine);
  const values = async (atMs: number) => {
    const readings = await readOnce(sensor, atMs);
    return [readings.get('hwmon/board/temp1')?.value, readings.get('hwmon/board/fan1')?.value];
  };
  chip(45_000, 65_535);
  expect(await values(0)).toEqual([45, null]);
  chip(-128_000, 1_350_000);
  expect(await values(10_000)).toEqual([null, null]);
  chip(127_000, 900);
  expect(await values(20_000)).toEqual([null, 900]); // a jump of 82 °C
  chip(46_000, 900);
  expect(await values(30_000)).toEqual([46, 900]); // it was none
  chip(110_000, 0);
  expect(await values(40_000)).toEqual([null, 0]);
  expect(await values(50_000)).toEqual([110, 0]); // it was one
});

test('names stay with the device: by where it sits, not by its number, and when another one goes', async () => {
  const machine = newMachine();
  const nvme = (number: number, temp: number) =>
    fakeChip(number, { name: 'nvme', temp1_input: temp, temp1_label: 'Composite' });
  nvme(0, 50_000).plug(machine);
  machine.link(`${HWMON}/hwmon0/device`, 'sys/devices/pci/b');
  nvme(1, 40_000).plug(machine);
  machine.link(`${HWMON}/hwmon1/device`, 'sys/devices/pci/a');
  const sensor = hwmonSensor(machine);
  const composite = async (atMs: number) => {
    const readings = await readOnce(sensor, atMs);
    return ['hwmon/nvme/Composite', 'hwmon/nvme/Composite #2'].map((name) => readings.get(name)?.value);
  };
  expect(await composite(0)).toEqual([40, 50]);
  machine.remove(`${HWMON}/hwmon1`); // pulled
  expect(await composite(10_000)).toEqual([undefined, 50]);
  nvme(7, 41_000).plug(machine); // and back, as another number
  machine.link(`${HWMON}/hwmon7/device`, 'sys/devices/pci/a');
  expect(await composite(20_000)).toEqual([41, 50]);
});

test('one device with two chips, of one name or of two', async () => {
  const machine = newMachine();
  for (const [number, name] of [
    [0, 'gpu'],
    [1, 'gpu'],
    [2, 'gpu_tile'],
  ] as const) {
    fakeChip(number, { name, temp1_input: 40_000 + 1000 * number }).plug(machine);
    machine.link(`${HWMON}/hwmon${number}/device`, 'sys/devices/pci/a');
  }
  const readings = await readOnce(hwmonSensor(machine), 0);
  expect([...readings].map(([name, { value }]) => [name, value])).toEqual([
    ['hwmon/gpu/temp1', 40],
    ['hwmon/gpu/temp1 #2', 41],
    ['hwmon/gpu_tile/temp1', 42],
  ]);
});

test('a chip that does not answer has no value, holds up no other, and is read again when it answers', async () => {
  const machine = newMachine();
  fakeChip(0, { name: 'quick', temp1_input: 40_000 }).plug(machine);
  fakeChip(1, { name: 'drivetemp', temp1_input: 50_000, temp1_max: 60_000 }).plug(machine);
  const sensor = hwmonSensor(machine);
  const disk = async (atMs: number) => (await readOnce(sensor, atMs)).get('hwmon/drivetemp/temp1');
  expect((await disk(0))?.value).toBe(50);
  const file = join(machine.sysroot, HWMON, 'hwmon1/temp1_input');
  rmSync(file);
  execFileSync('mkfifo', [file]); // who opens it waits until somebody writes
  const readings = await readOnce(sensor, 10_000);
  expect(readings.get('hwmon/quick/temp1')?.value).toBe(40);
  expect(readings.get('hwmon/drivetemp/temp1')).toEqual({ sensor: 'hwmon/drivetemp/temp1', value: null, unit: 'C' });
  renameSync(file, `${file}.gone`);
  fakeChip(1, { temp1_input: 52_000 }).plug(machine);
  expect((await disk(20_000))?.value).toBeNull(); // it answers by now, but still has not answered what it was asked
  const writer = openSync(`${file}.gone`, constants.O_RDWR);
  writeSync(writer, '51000\n');
  closeSync(writer);
  await expect.poll(async () => (await disk(30_000))?.value).toBe(52);
});

test('a thermal zone that says when it switches the machine off', async () => {
  const machine = newMachine();
  fakeThermal.plug(machine);
  const sensor = thermalSensor(machine);
  expect((await readOnce(sensor, 0)).get('thermal/acpitz')).toMatchObject({ value: 27.8, level: 'ok' });
  machine.write('sys/class/thermal/thermal_zone0/temp', '86000');
  await readOnce(sensor, 1);
  machine.write('sys/class/thermal/thermal_zone0/temp', '106000');
  const readings = await readOnce(sensor, 2);
  expect(readings.get('thermal/acpitz')).toMatchObject({ value: 106, level: 'critical', limit: 105 });
  expect(readings.get('thermal/acpitz #2')).toEqual({ sensor: 'thermal/acpitz #2', value: 29, unit: 'C' });
});
