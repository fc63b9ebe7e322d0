import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Resources } from '../protocol/spec.ts';
import { busyShare, type CpuTimes, parseCpuTimes, parseLoad } from './cpu.ts';
import { diskReadings, parseDiskCounters } from './disk-io.ts';
import { createFilesystemSensor, parseMounts } from './filesystems.ts';
import { createHwmonSensors } from './hwmon.ts';
import { memoryReadings, parseMemory } from './memory.ts';
import { networkReadings, parseNetworkCounters } from './network.ts';
import { PRESSURE_KINDS, parsePressure } from './pressure.ts';
import type { Counters } from './rates.ts';
import { readText } from './text-file.ts';

export interface SystemSensors {
  /** One cycle. `nowMs` is a monotonic clock: rates are taken over the time since the previous call. */
  read(nowMs: number): Promise<{ readings: Reading[]; usage: Resources }>;
}

/** Each machine sensor reports at most this many values; more would not fit in a report together. */
const MAX_READINGS = 600;

/**
 * The machine's own sensors, straight from /proc and /sys: no process is spawned and nothing is cached between cycles but
 * the counters. A file that is not there (no PSI, no hwmon) is a sensor that this machine does not have. `sysroot` is `/`,
 * or a tree of files that stands for another machine.
 */
export function createSystemSensors(options: { readonly sysroot: string }): SystemSensors {
  const { sysroot } = options;
  const proc = (path: string) => readText(join(sysroot, 'proc', path));
  const hwmon = createHwmonSensors(sysroot);
  const filesystems = createFilesystemSensor(sysroot);
  let before: { atMs: number; cpu: CpuTimes | null; disks: Counters; networks: Counters } | null = null;

  return {
    async read(nowMs) {
      const slow = Promise.all([filesystems(parseMounts(proc('self/mounts') ?? '')), hwmon()]);
      const elapsedMs = before ? nowMs - before.atMs : 0;
      const cpu = parseCpuTimes(proc('stat') ?? '');
      const memory = parseMemory(proc('meminfo') ?? '');
      const disks = parseDiskCounters(proc('diskstats') ?? '');
      const networks = parseNetworkCounters(proc('net/dev') ?? '');
      const busy = cpu ? busyShare(before?.cpu ?? null, cpu) : null;
      const readings: Reading[] = [];
      if (cpu) readings.push({ sensor: 'cpu/busy', value: busy === null ? null : busy * 100, unit: '%' });
      const load = proc('loadavg');
      if (load !== null) readings.push(...parseLoad(load));
      if (memory) readings.push(...memoryReadings(memory));
      for (const kind of PRESSURE_KINDS) readings.push(...parsePressure(kind, proc(`pressure/${kind}`) ?? ''));
      readings.push(...diskReadings(before?.disks ?? null, disks, elapsedMs));
      readings.push(...networkReadings(before?.networks ?? null, networks, elapsedMs));
      before = { atMs: nowMs, cpu, disks, networks };
      const [full, chips] = await slow;
      readings.push(...full, ...chips);

      const usage: Resources = {};
      if (cpu && busy !== null) usage.cpu = Math.round(busy * cpu.cores * 1000);
      if (memory) usage.memory = memory.totalBytes - memory.availableBytes;
      return { readings: readings.slice(0, MAX_READINGS).map(finite), usage };
    },
  };
}

/** Whatever a file held: a value that is no number is no value. */
function finite(reading: Reading): Reading {
  return reading.value !== null && !Number.isFinite(reading.value) ? { ...reading, value: null } : reading;
}
