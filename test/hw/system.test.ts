import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readInventory } from '../../hw/inventory.ts';
import { createSystemSensors } from '../../hw/system.ts';
import { Inventory, ServerIdentity } from '../../protocol/messages.ts';
import { Reading } from '../../protocol/reading.ts';
import { Resources } from '../../protocol/spec.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A machine made of files. */
function machine(files: Readonly<Record<string, string>>): { root: string; write(path: string, text: string): void } {
  const root = mkdtempSync(join(tmpdir(), 'ek-sys-'));
  roots.push(root);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, write };
}

const byName = (readings: readonly Reading[]) => new Map(readings.map((reading) => [reading.sensor, reading]));

test('a machine of files: rates only from the second cycle on', async () => {
  const { root, write } = machine({
    'proc/stat': 'cpu  100 0 0 900 0 0 0 0 0 0\ncpu0 1 0 0 0\ncpu1 1 0 0 0\n',
    'proc/meminfo': 'MemTotal: 1000 kB\nMemAvailable: 250 kB\n',
    'proc/loadavg': '1.50 0.70 0.30 1/100 5\n',
    'proc/pressure/cpu': 'some avg10=12.34 avg60=0.00 avg300=0.00 total=0\n',
    'proc/diskstats': '8 0 sda 1 0 8 0 1 0 8 0 0 100 0\n',
    'proc/self/mounts': '/dev/sda1 / ext4 rw 0 0\n',
  });
  const sensors = createSystemSensors({ sysroot: root });
  const first = await sensors.read(1000);
  expect(byName(first.readings).get('cpu/busy')?.value).toBeNull();
  expect(byName(first.readings).get('disk/sda/read')?.value).toBeNull();
  expect(first.usage).toEqual({ memory: 750 * 1024 });

  write('proc/stat', 'cpu  150 0 0 950 0 0 0 0 0 0\ncpu0 1 0 0 0\ncpu1 1 0 0 0\n');
  write('proc/diskstats', '8 0 sda 1 0 24 0 1 0 8 0 0 600 0\n');
  const second = await sensors.read(2000);
  const readings = byName(second.readings);
  expect(readings.get('cpu/busy')?.value).toBe(50);
  expect(readings.get('disk/sda/read')?.value).toBe(16 * 512);
  expect(readings.get('disk/sda/busy')?.value).toBe(50);
  expect(readings.get('psi/cpu/some10')?.value).toBe(12.34);
  expect(readings.get('load/1min')?.value).toBe(1.5);
  expect(readings.get('fs//')?.value).toBeGreaterThan(0);
  expect(second.usage).toEqual({ cpu: 1000, memory: 750 * 1024 });
});

test('hwmon: units, labels, the chip’s own limits, unplugged inputs, two chips of one kind', async () => {
  const { root, write } = machine({
    'sys/class/hwmon/hwmon0/name': 'coretemp\n',
    'sys/class/hwmon/hwmon0/temp1_input': '91000\n',
    'sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
    'sys/class/hwmon/hwmon0/temp1_max': '80000\n',
    'sys/class/hwmon/hwmon0/temp1_crit': '100000\n',
    'sys/class/hwmon/hwmon1/name': 'nct6775\n',
    'sys/class/hwmon/hwmon1/fan1_input': '200\n',
    'sys/class/hwmon/hwmon1/fan1_min': '400\n',
    'sys/class/hwmon/hwmon1/fan2_input': 'nonsense\n',
    'sys/class/hwmon/hwmon1/in0_input': '1032\n',
    'sys/class/hwmon/hwmon2/name': 'nct6775\n',
    'sys/class/hwmon/hwmon2/fan1_input': '1200\n',
    'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
    'sys/class/thermal/thermal_zone0/temp': '27800\n',
  });
  const sensors = createSystemSensors({ sysroot: root });
  const readings = byName((await sensors.read(0)).readings);
  expect(readings.get('hwmon/coretemp/Package id 0')).toEqual({
    sensor: 'hwmon/coretemp/Package id 0',
    value: 91,
    unit: 'C',
    level: 'warning',
    limit: 80,
    critical: 100,
  });
  expect(readings.get('hwmon/nct6775/fan1')).toMatchObject({ value: 200, unit: 'RPM', level: 'critical', limit: 400 });
  expect(readings.get('hwmon/nct6775/fan2')).toEqual({ sensor: 'hwmon/nct6775/fan2', value: null, unit: 'RPM' });
  expect(readings.get('hwmon/nct6775/in0')?.value).toBe(1.032);
  expect(readings.get('hwmon/nct6775/fan1 #2')?.value).toBe(1200);
  expect(readings.get('thermal/acpitz')?.value).toBe(27.8);

  write('sys/class/hwmon/hwmon0/temp1_input', '101000\n');
  const hotter = byName((await sensors.read(1000)).readings);
  expect(hotter.get('hwmon/coretemp/Package id 0')).toMatchObject({ level: 'critical', limit: 100 });
});

test('an empty machine has no sensors, and that is no error', async () => {
  const { root } = machine({});
  expect(await createSystemSensors({ sysroot: root }).read(0)).toEqual({ readings: [], usage: {} });
});

test('this machine: every reading is valid, names are unique, a cycle is cheap', async () => {
  const sensors = createSystemSensors({ sysroot: '/' });
  await sensors.read(performance.now());
  const cpuBefore = process.cpuUsage();
  const cycles = 20;
  let latest = await sensors.read(performance.now());
  for (let i = 1; i < cycles; i++) latest = await sensors.read(performance.now());
  const spent = process.cpuUsage(cpuBefore);
  for (const reading of latest.readings) expect(Reading.safeParse(reading).error).toBeUndefined();
  expect(new Set(latest.readings.map(({ sensor }) => sensor)).size).toBe(latest.readings.length);
  expect(Resources.safeParse(latest.usage).error).toBeUndefined();
  const names = latest.readings.map(({ sensor }) => sensor);
  expect(names).toEqual(expect.arrayContaining(['cpu/busy', 'load/1min', 'memory/used']));
  expect(latest.usage.memory).toBeGreaterThan(10_000_000);
  // 0.3 ms measured; ten times that means that something is spawned or scanned
  expect((spent.user + spent.system) / 1000 / cycles).toBeLessThan(10);
});

test('the inventory of this machine fits its schema', async () => {
  const { inventory, server } = await readInventory();
  expect(Inventory.safeParse(inventory).error).toBeUndefined();
  expect(ServerIdentity.safeParse(server).error).toBeUndefined();
  expect(inventory.cpuCores).toBeGreaterThan(0);
  expect(inventory.memoryBytes).toBeGreaterThan(0);
  expect(inventory.kernel).not.toBe('');
  expect(server.serial).not.toBe('');
});
