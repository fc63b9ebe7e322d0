import { expect, test } from 'vitest';
import { cpuSensor } from '../../../hw/cpu.ts';
import { eccSensor } from '../../../hw/ecc.ts';
import { fakeCpu, statOf } from '../../../hw/fake/cpu.ts';
import { fakeFilesystems } from '../../../hw/fake/disk.ts';
import { fakeEcc } from '../../../hw/fake/ecc.ts';
import { fakeNetwork, netDevOf } from '../../../hw/fake/network.ts';
import { fakePowerSupply } from '../../../hw/fake/power-supply.ts';
import { fakeRaid, MDSTAT } from '../../../hw/fake/raid.ts';
import { fakeUps, UPS_VARIABLES } from '../../../hw/fake/ups.ts';
import { filesystemSensor } from '../../../hw/filesystems.ts';
import { networkSensor } from '../../../hw/network.ts';
import { powerSupplySensor } from '../../../hw/power-supply.ts';
import { parseMdstat, raidSensor } from '../../../hw/raid.ts';
import { upsReadings, upsSensor } from '../../../hw/ups.ts';
import { newMachine, readAll, readOnce } from './with-machine.ts';

test('CPU: by core, by mode, its frequency as a share of the highest', async () => {
  const machine = newMachine();
  fakeCpu.plug(machine);
  const sensor = cpuSensor(machine);
  expect((await readOnce(sensor, 0)).get('cpu/core1/busy')?.value).toBeNull();
  expect(sensor.usage?.()).toEqual({});
  machine.write('proc/stat', `${statOf(150, 850)}\n`);
  const readings = await readOnce(sensor, 1000);
  expect(readings.get('cpu/core0/busy')?.value).toBe(50);
  expect(readings.get('cpu/user')?.value).toBe(50);
  expect(readings.get('cpu/system')?.value).toBe(0);
  expect(readings.get('cpu/frequency')).toMatchObject({ value: 37.5, unit: '%' });
  expect(sensor.usage?.()).toEqual({ cpu: 1000 });
});

test('ECC: by controller, and by DIMM from its first error on', async () => {
  const machine = newMachine();
  fakeEcc.plug(machine);
  const sensor = eccSensor(machine);
  const first = await readOnce(sensor, 0);
  const corrected = { unit: 'count', kind: 'corrected', component: 'ecc/mc0' };
  expect(first.get('ecc/mc0/corrected')).toEqual({ sensor: 'ecc/mc0/corrected', value: 3, ...corrected });
  expect(first.get('ecc/mc0/uncorrected')).toMatchObject({ value: 0, kind: 'uncorrected' });
  expect(first.get('ecc/mc0/CPU_SrcID#0_MC#0_Chan#0_DIMM#0/corrected')).toMatchObject({ value: 3, ...corrected });
  expect([...first.keys()].filter((name) => name.includes('Chan#1'))).toEqual([]);
  const mc = 'sys/devices/system/edac/mc/mc0';
  machine.writeAll({ [`${mc}/ue_count`]: 1, [`${mc}/dimm1/dimm_ue_count`]: 1 });
  const second = await readOnce(sensor, 10_000);
  expect(second.get('ecc/mc0/uncorrected')).toMatchObject({ value: 1 });
  expect(second.get('ecc/mc0/CPU_SrcID#0_MC#0_Chan#1_DIMM#0/uncorrected')).toMatchObject({
    ...{ value: 1, kind: 'uncorrected', component: 'ecc/mc0' },
  });
});

test('RAID: whole, rebuilding, broken', async () => {
  expect(parseMdstat(`${MDSTAT}\n`)).toEqual([
    { name: 'md1', active: true, level: 'raid5', failedMembers: 1, missingMembers: 1, syncPercent: 12.6 },
    { name: 'md0', active: true, level: 'raid1', failedMembers: 0, missingMembers: 0, syncPercent: null },
  ]);
  expect(parseMdstat('md2 : active raid0 sdb[1] sda[0]\n      200 blocks\n')[0]?.missingMembers).toBeNull();
  expect(
    parseMdstat('md3 : active (auto-read-only) raid1 sdb[1] sda[0]\n      200 blocks [2/2] [UU]\n')[0],
  ).toMatchObject({
    active: true,
    level: 'raid1',
  });
  const machine = newMachine();
  fakeRaid.plug(machine);
  const sensor = raidSensor(machine);
  const readings = await readOnce(sensor, 0);
  expect(readings.get('raid/md0/missing-members')).toMatchObject({ value: 0, level: 'ok' });
  expect(readings.get('raid/md0/mismatches')?.value).toBe(128);
  expect(readings.get('raid/md0/sync')?.value).toBeNull();
  expect(readings.get('raid/md1/missing-members')).toMatchObject({ value: 1, level: 'warning' });
  expect(readings.get('raid/md1/works')).toMatchObject({ value: 1, level: 'ok' });
  machine.write('sys/block/md0/md/array_state', 'broken\n');
  expect((await readOnce(sensor, 1)).get('raid/md0/works')).toMatchObject({ value: 0, level: 'critical' });
  machine.write('proc/mdstat', 'md0 : inactive sda2[0](S)\n      104792064 blocks\n');
  machine.remove('sys/block/md0');
  expect((await readOnce(sensor, 2)).get('raid/md0/works')).toMatchObject({ value: 0, level: 'critical' });
});

test('network: link, speed read again only when the link has changed, what a bond has lost', async () => {
  const machine = newMachine();
  fakeNetwork.plug(machine);
  const sensor = networkSensor(machine);
  const first = await readOnce(sensor, 0);
  expect(first.get('net/eth0/link')).toMatchObject({ value: 1, unit: 'state' });
  expect(first.get('net/eth0/speed')).toMatchObject({ value: 125_000_000, unit: 'bytes/s' });
  expect(first.get('net/eth1/link')?.value).toBe(0);
  expect(first.get('net/eth1/speed')?.value).toBeNull();
  expect(first.get('net/bond0/links-lost')).toMatchObject({ value: 1, level: 'warning' });
  expect([...first.keys()].filter((name) => name.startsWith('net/lo/'))).toEqual([]);
  machine.write('sys/class/net/eth0/speed', '100\n');
  expect((await readOnce(sensor, 1)).get('net/eth0/speed')?.value).toBe(125_000_000);
  machine.write('sys/class/net/eth0/carrier_changes', '4\n'); // it went and came back slower
  machine.write('sys/class/net/eth1/carrier', '1\n');
  machine.write('proc/net/dev', `${netDevOf({ eth0: 2000, eth1: 0, bond0: 1e17 })}\n`);
  const later = await readOnce(sensor, 1001);
  expect(later.get('net/eth0/speed')?.value).toBe(12_500_000);
  expect(later.get('net/eth0/received')?.value).toBe(1000);
  expect(later.get('net/bond0/links-lost')).toMatchObject({ value: 0, level: 'ok' });
});

test('a filesystem that the kernel turned read-only is critical, one that somebody did is not judged', async () => {
  const machine = newMachine();
  fakeFilesystems.plug(machine);
  machine.write('proc/self/mounts', '/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /usr ext4 ro 0 0\n');
  const sensor = filesystemSensor(machine);
  const first = await readOnce(sensor, 0);
  expect(first.get('fs//')?.value).toBeGreaterThan(0);
  expect(first.get('inodes//')?.unit ?? '%').toBe('%');
  expect(first.get('fs//usr')?.value).toBeNull(); // not there in a tree of files
  expect(first.get('writable//')).toMatchObject({ value: 1, level: 'ok' });
  expect(first.has('writable//usr')).toBe(false);
  machine.write('proc/self/mounts', '/dev/sda1 / ext4 ro,relatime 0 0\n/dev/sdb1 /usr ext4 ro 0 0\n');
  expect((await readOnce(sensor, 1)).get('writable//')).toEqual({ sensor: 'writable//', value: 0, unit: 'state' });
  machine.writeAll({ 'sys/fs/ext4/sda1/errors_count': 3 });
  expect((await readOnce(sensor, 2)).get('writable//')).toMatchObject({ value: 0, level: 'critical' });
  machine.write('proc/self/mounts', '/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /usr ext4 rw,emergency_ro 0 0\n');
  const later = await readOnce(sensor, 3);
  expect(later.get('writable//')).toMatchObject({ value: 1, level: 'ok' });
  expect(later.get('writable//usr')).toMatchObject({ value: 0, level: 'critical' });
});

test('power: on battery is a warning, a low one is critical; a mouse has a battery too', async () => {
  const machine = newMachine();
  fakePowerSupply.plug(machine);
  const sensor = powerSupplySensor(machine);
  const first = await readOnce(sensor, 0);
  expect(first.get('power/BAT0/charge')).toMatchObject({ value: 99, level: 'ok' });
  expect(first.get('power/AC/online')).toMatchObject({ value: 1, level: 'ok' });
  expect([...first.keys()].some((name) => name.includes('mouse'))).toBe(false);
  const root = 'sys/class/power_supply';
  machine.writeAll({ [`${root}/AC/online`]: 0, [`${root}/BAT0/status`]: 'Discharging' });
  const battery = await readOnce(sensor, 1);
  expect(battery.get('power/AC/online')).toMatchObject({ value: 0, level: 'warning' });
  expect(battery.get('power/BAT0/charge')?.level).toBe('warning');
  machine.writeAll({ [`${root}/BAT0/capacity_level`]: 'Critical', [`${root}/BAT0/capacity`]: 4 });
  expect((await readOnce(sensor, 2)).get('power/BAT0/charge')).toMatchObject({ value: 4, level: 'critical' });
});

test.each([
  ['OL', 1, 'ok'],
  ['OL CHRG', 1, 'ok'],
  ['OL RB', 1, 'warning'],
  ['OB DISCHRG', 0, 'warning'],
  ['OB LB', 0, 'critical'],
  ['FSD OB LB', 0, 'critical'],
  ['WAIT', null, undefined],
  ['', null, undefined],
])('UPS: status %s', (status, value, level) => {
  const mains = upsReadings('ups/x', new Map([['ups.status', status]]))[0];
  expect([mains?.value, mains?.level]).toEqual([value, level]);
});

test('UPS: its own limits; stale data and a daemon that goes are no value, and it comes back', async () => {
  const machine = newMachine();
  const ups: Parameters<typeof fakeUps>[0] = { variables: UPS_VARIABLES };
  const device = fakeUps(ups);
  await device.plug(machine);
  const sensor = upsSensor(machine);
  const first = await readAll(sensor, 0);
  expect(first.get('ups/rack/charge')).toMatchObject({ value: 100, unit: '%', level: 'ok' });
  expect(first.get('ups/rack/runtime')).toMatchObject({ value: 1_800_000, unit: 'ms', level: 'ok' });
  expect(first.get('ups/rack/load')?.value).toBe(23.5);
  expect(first.get('ups/rack/input')).toMatchObject({ value: 230.1, unit: 'V' });
  ups.variables = { ...UPS_VARIABLES, 'ups.status': 'OB LB', 'battery.charge': '12', 'ups.load': 'n/a' };
  const low = await readAll(sensor, 10_000);
  expect(low.get('ups/rack/mains')).toMatchObject({ value: 0, level: 'critical' });
  expect(low.get('ups/rack/charge')).toMatchObject({ value: 12, level: 'critical', limit: 20 });
  expect(low.get('ups/rack/load')?.value).toBeNull();
  ups.variables = null;
  const stale = await readAll(sensor, 20_000);
  expect([...stale.values()].every(({ value, level }) => value === null && level === undefined)).toBe(true);
  expect([...stale.keys()].sort()).toEqual([...first.keys()].sort());
  await device.unplug(machine);
  const gone = await readAll(sensor, 30_000);
  expect([...gone.values()].every(({ value }) => value === null)).toBe(true);
  expect((await sensor.probe()).missing).toMatch(/ECONNREFUSED.*nut-server/);
  ups.variables = UPS_VARIABLES;
  await device.plug(machine);
  expect((await readAll(sensor, 1_000_000)).get('ups/rack/charge')?.value).toBe(100);
  await device.unplug(machine);
});
