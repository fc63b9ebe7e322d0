import { expect, test } from 'vitest';
import { type CpuTimes, parseCpuTimes, parseLoad, shareOf } from '../../hw/cpu.ts';
import { diskReadings, parseDiskCounters } from '../../hw/disk-io.ts';
import { parseMounts } from '../../hw/filesystems.ts';
import { memoryReadings, parseMemory } from '../../hw/memory.ts';
import { networkReadings, parseNetworkCounters } from '../../hw/network.ts';
import { parsePressure } from '../../hw/pressure.ts';
import { ratesPerSecond } from '../../hw/rates.ts';

const STAT = `cpu  100 10 40 800 30 5 5 10 7 3
cpu0 50 5 20 400 15 3 2 5 3 1
cpu1 50 5 20 400 15 2 3 5 4 2
intr 12 0 0
`;

test('CPU time: idle and waiting for disks are idle, guests are not counted twice', () => {
  const times = parseCpuTimes(STAT);
  expect([...times.keys()]).toEqual(['cpu', 'cpu0', 'cpu1']);
  expect(times.get('cpu')).toEqual({
    busy: 170,
    total: 1000,
    modes: { user: 110, system: 40, iowait: 30, irq: 10, steal: 10 },
  });
  expect(parseCpuTimes('intr 5\n').size).toBe(0);
  expect(parseCpuTimes('').size).toBe(0);
  expect(parseCpuTimes('cpu  100 10 40 800 30 5 5 10\ncpu0 50 5 20 4').size).toBe(1); // half a line is none
});

test('share of time: null at first and when counters go back, never above 1', () => {
  const at = (busy: number, total: number) => ({ busy, total }) as CpuTimes;
  const busyShare = (before: CpuTimes | undefined, now: CpuTimes) => shareOf(before, now, (times) => times.busy);
  expect(busyShare(undefined, at(5, 10))).toBeNull();
  expect(busyShare(at(100, 1000), at(150, 1200))).toBe(0.25);
  expect(busyShare(at(100, 1000), at(100, 1000))).toBeNull();
  expect(busyShare(at(100, 1000), at(99, 1100))).toBeNull();
  expect(busyShare(at(100, 1000), at(220, 1100))).toBe(1);
});

test('load averages; a broken file gives no value rather than 0', () => {
  expect(parseLoad('0.52 1.58 12.59 3/602 12345\n').map(({ value }) => value)).toEqual([0.52, 1.58, 12.59]);
  expect(parseLoad('garbage').map(({ value }) => value)).toEqual([null, null, null]);
});

test('memory: used is what is not available, in bytes', () => {
  const text = `MemTotal:        1000 kB
MemFree:          100 kB
MemAvailable:     400 kB
SwapTotal:        200 kB
SwapFree:         150 kB
`;
  const memory = parseMemory(text);
  expect(memory && memoryReadings(memory)).toEqual([
    { sensor: 'memory/used', value: 600 * 1024, unit: 'bytes' },
    { sensor: 'memory/available', value: 400 * 1024, unit: 'bytes' },
    { sensor: 'memory/swap-used', value: 50 * 1024, unit: 'bytes' },
  ]);
  expect(parseMemory('MemTotal: 5 kB\n')).toBeNull();
});

test('pressure: some and full, but no full for CPU', () => {
  const text = `some avg10=30.06 avg60=31.40 avg300=21.77 total=176741292
full avg10=1.50 avg60=0.00 avg300=0.00 total=0
`;
  expect(parsePressure('cpu', text)).toEqual([{ sensor: 'psi/cpu/some10', value: 30.06, unit: '%' }]);
  expect(parsePressure('io', text)).toEqual([
    { sensor: 'psi/io/some10', value: 30.06, unit: '%' },
    { sensor: 'psi/io/full10', value: 1.5, unit: '%' },
  ]);
  expect(parsePressure('memory', '')).toEqual([]);
});

test('disks: whole disks only, sectors of 512 bytes, busy in percent, latency of each request', () => {
  const line = (name: string, n: number) =>
    `   8  0 ${name} ${n} 0 ${n * 8} ${n * 3} ${n * 2} 0 ${n * 16} ${n * 8} 0 ${n * 10} ${n * 50} 0 0 0 0`;
  const text = (n: number) =>
    ['sda', 'sda1', 'nvme0n1', 'nvme0n1p2', 'loop0', 'zram0', 'dm-0', 'vda'].map((name) => line(name, n)).join('\n');
  const before = parseDiskCounters(text(10));
  expect([...new Set([...before.keys()].map((key) => key.split('/')[0]))]).toEqual(['sda', 'nvme0n1', 'vda']);
  const readings = diskReadings(before, parseDiskCounters(text(30)), 2000);
  expect(readings.filter(({ sensor }) => sensor.startsWith('disk/sda/'))).toEqual([
    { sensor: 'disk/sda/read', value: 80 * 512, unit: 'bytes/s' },
    { sensor: 'disk/sda/written', value: 160 * 512, unit: 'bytes/s' },
    { sensor: 'disk/sda/ops', value: 30, unit: 'ops/s' },
    { sensor: 'disk/sda/busy', value: 10, unit: '%' },
    { sensor: 'disk/sda/read-latency', value: 3, unit: 'ms' },
    { sensor: 'disk/sda/write-latency', value: 4, unit: 'ms' },
    { sensor: 'disk/sda/queue', value: 0.5, unit: 'count' },
  ]);
  const idle = diskReadings(before, parseDiskCounters(text(10)), 2000);
  const value = (name: string) => idle.find(({ sensor }) => sensor === `disk/sda/${name}`)?.value;
  expect(value('ops')).toBe(0);
  expect(value('read-latency')).toBeNull(); // no request, no latency
});

test('network: real interfaces, with and without a space after the colon', () => {
  const text = (n: number) => `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 500 4 0 0 0 0 0 0 500 4 0 0 0 0 0 0
veth12: 500 4 0 0 0 0 0 0 500 4 0 0 0 0 0 0
  eth0:${n} 9 1 0 0 0 0 0 ${n * 2} 9 2 0 0 0 0 0
`;
  expect(networkReadings(parseNetworkCounters(text(1000)), parseNetworkCounters(text(4000)), 1000)).toEqual([
    { sensor: 'net/eth0/received', value: 3000, unit: 'bytes/s' },
    { sensor: 'net/eth0/sent', value: 6000, unit: 'bytes/s' },
    { sensor: 'net/eth0/errors', value: 0, unit: 'ops/s', kind: 'link', component: 'net/eth0' },
    { sensor: 'net/eth0/drops', value: 0, unit: 'ops/s' },
  ]);
});

test('mounts: real filesystems once each, escapes undone, nothing over the network', () => {
  const text = `/dev/sda2 / ext4 rw 0 0
/dev/sda2 /var/bind ext4 rw 0 0
/dev/sdb1 /srv/my\\040data xfs rw 0 0
proc /proc proc rw 0 0
tmpfs /run tmpfs rw 0 0
nas:/export /mnt/nas nfs4 rw 0 0
`;
  expect(parseMounts(text)).toEqual([
    { source: '/dev/sda2', path: '/', writable: true, emergency: false },
    { source: '/dev/sdb1', path: '/srv/my data', writable: true, emergency: false },
  ]);
});

test('rates: none for a counter that has just appeared or was reset', () => {
  const before = new Map([
    ['a', 100],
    ['b', 100],
  ]);
  const now = new Map([
    ['a', 150],
    ['b', 20],
    ['c', 7],
  ]);
  expect([...ratesPerSecond(before, now, 500)]).toEqual([
    ['a', 100],
    ['b', null],
    ['c', null],
  ]);
  expect(ratesPerSecond(null, now, 500).get('a')).toBeNull();
  expect(ratesPerSecond(before, now, 0).get('a')).toBeNull();
  expect(ratesPerSecond(before, new Map([['a', 1e17]]), 1000).get('a')).toBeNull(); // no device is that fast
});
