import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import { type Counters, parseCounter, ratesPerSecond } from './rates.ts';
import type { Machine, Sensor } from './sensor.ts';
import { readText } from './text-file.ts';

/** The kernel counts sectors of 512 bytes here, whatever the disk's own sector size (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512;
const MAX_DISKS = 64;
/** Made of other devices, or of memory: their work is counted at the devices below. */
const NOT_A_DISK = /^(loop|ram|zram|dm-|md|sr|fd|nbd)/;
const PARTITION = /^(?:[shv]d[a-z]+[0-9]+|xvd[a-z]+[0-9]+|(?:nvme[0-9]+n[0-9]+|mmcblk[0-9]+)p[0-9]+)$/;
const COUNTED = ['read', 'written', 'reads', 'writes', 'readMs', 'writeMs', 'busyMs', 'queueMs'] as const;

/** /proc/diskstats, whole disks only: `sda/read` and so on, one for each of COUNTED. */
export function parseDiskCounters(diskstats: string): Counters {
  const counters = new Map<string, number>();
  for (const line of diskstats.split('\n')) {
    const [, , name, ...fields] = line.trim().split(/ +/);
    if (name === undefined || fields.length < 11 || NOT_A_DISK.test(name) || PARTITION.test(name)) continue;
    const [reads, , sectorsRead, readMs, writes, , sectorsWritten, writeMs, , busyMs, queueMs] =
      fields.map(parseCounter);
    const values = [sectorsRead! * SECTOR_BYTES, sectorsWritten! * SECTOR_BYTES, reads, writes, readMs, writeMs];
    [...values, busyMs, queueMs].forEach((value, i) => {
      counters.set(`${name}/${COUNTED[i]}`, value!);
    });
    if (counters.size >= MAX_DISKS * COUNTED.length) break;
  }
  return counters;
}

/** Latency is the mean of the requests that ended meanwhile, waiting included: null where there were none. */
export function diskReadings(before: Counters | null, now: Counters, elapsedMs: number): Reading[] {
  const rates = ratesPerSecond(before, now, elapsedMs);
  const disks = new Set([...now.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))));
  return [...disks].flatMap((name): Reading[] => {
    const rate = (counted: (typeof COUNTED)[number]) => rates.get(`${name}/${counted}`) ?? null;
    const both = (a: number | null, b: number | null, work: (a: number, b: number) => number) =>
      a === null || b === null ? null : work(a, b);
    const latency = (ms: number | null, count: number | null) =>
      count === 0 ? null : both(ms, count, (spent, ended) => spent / ended);
    const sensor = `disk/${name}`;
    return [
      { sensor: `${sensor}/read`, value: rate('read'), unit: 'bytes/s' },
      { sensor: `${sensor}/written`, value: rate('written'), unit: 'bytes/s' },
      { sensor: `${sensor}/ops`, value: both(rate('reads'), rate('writes'), (a, b) => a + b), unit: 'ops/s' },
      // ms busy per second → percent; the kernel's clock may give a little more than there was
      { sensor: `${sensor}/busy`, value: both(rate('busyMs'), 10, (ms, by) => Math.min(100, ms / by)), unit: '%' },
      { sensor: `${sensor}/read-latency`, value: latency(rate('readMs'), rate('reads')), unit: 'ms' },
      { sensor: `${sensor}/write-latency`, value: latency(rate('writeMs'), rate('writes')), unit: 'ms' },
      { sensor: `${sensor}/queue`, value: both(rate('queueMs'), 1000, (ms, by) => ms / by), unit: 'count' },
    ];
  });
}

export function diskSensor({ sysroot }: Machine): Sensor {
  const counters = () => parseDiskCounters(readText(join(sysroot, 'proc/diskstats')) ?? '');
  let before: { readonly atMs: number; readonly counters: Counters } | null = null;
  return {
    kind: 'disks',
    probe: () => {
      const devices = [...counters().keys()].flatMap((key) => /^(.*)\/read$/.exec(key)?.[1] ?? []);
      return { devices, missing: devices.length === 0 ? 'no disk in /proc/diskstats' : null };
    },
    read: (nowMs) => {
      const now = counters();
      const readings = diskReadings(before?.counters ?? null, now, before ? nowMs - before.atMs : 0);
      before = { atMs: nowMs, counters: now };
      return readings;
    },
  };
}
