import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, readNumber, readText } from './text-file.ts';

/** Of the cores of a larger machine, so many have readings of their own; all count. */
const MAX_CORES = 128;
/** Cores differ little, and some kernels wake one to ask its frequency: so few are asked, spread over all. */
const FREQUENCY_SAMPLES = 8;

/** Time spent since boot, in ticks (USER_HZ). iowait is idle time: the CPU could have been used. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
  readonly modes: Readonly<Record<Mode, number>>;
}
const MODES = ['user', 'system', 'iowait', 'irq', 'steal'] as const;
type Mode = (typeof MODES)[number];

/** By the names of /proc/stat: `cpu` for all together, `cpu0` … for each. user nice system idle iowait irq softirq steal (guest time is part of user). */
export function parseCpuTimes(stat: string): Map<string, CpuTimes> {
  const times = new Map<string, CpuTimes>();
  for (let from = 0; stat.startsWith('cpu', from); ) {
    const end = stat.indexOf('\n', from);
    if (end < 0) break; // half a line
    const [name, ...ticks] = stat.slice(from, end).trim().split(/ +/);
    from = end + 1;
    const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
    if (name === undefined || idle === undefined || !ticks.every((tick) => /^[0-9]+$/.test(tick))) continue;
    const busy = user! + nice! + system! + irq + softirq + steal;
    const modes = { user: user! + nice!, system: system!, iowait, irq: irq + softirq, steal };
    times.set(name, { busy, total: busy + idle + iowait, modes });
  }
  return times;
}

/** Share of the time between two samples, 0 to 1; null on the first, or where the counters went back. */
export function shareOf(
  before: CpuTimes | undefined,
  now: CpuTimes | undefined,
  part: (times: CpuTimes) => number,
): number | null {
  if (!before || !now) return null;
  const total = now.total - before.total;
  const spent = part(now) - part(before);
  if (total <= 0 || spent < 0) return null; // iowait may be corrected downwards by the kernel
  return Math.min(1, spent / total);
}

/** /proc/loadavg: tasks that ran or waited, averaged over 1, 5 and 15 minutes. */
export function parseLoad(loadavg: string): Reading[] {
  const averages = loadavg.split(' ');
  return [1, 5, 15].map((minutes, i): Reading => {
    const text = averages[i] ?? '';
    return {
      sensor: `load/${minutes}min`,
      value: /^[0-9]+\.[0-9]{2}$/.test(text) ? Number(text) : null,
      unit: 'count',
    };
  });
}

/** CPU time by core and by mode, frequency, and load. */
export function cpuSensor({ sysroot }: Machine): Sensor {
  const cpus = join(sysroot, 'sys/devices/system/cpu');
  let before = new Map<string, CpuTimes>();
  let busyMillicores: number | null = null;
  let policies: readonly { readonly file: string; readonly highest: number }[] | null = null;

  function frequency(): Reading[] {
    policies ??= findPolicies(join(cpus, 'cpufreq'));
    if (policies.length === 0) return [];
    const shares = policies.flatMap(({ file, highest }) => {
      const now = readNumber(file);
      return now === null || now <= 0 ? [] : [now / highest];
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    return [{ sensor: 'cpu/frequency', value: shares.length === 0 ? null : 100 * mean, unit: '%' }];
  }

  return {
    kind: 'cpu',
    probe: () => {
      const cores = parseCpuTimes(readText(join(sysroot, 'proc/stat')) ?? '').size - 1;
      if (cores < 1) return { devices: [], missing: '/proc/stat cannot be read: is /proc mounted?' };
      const scaled = listFolder(join(cpus, 'cpufreq')).length > 0;
      return {
        devices: [`${cores} cores`],
        missing: scaled ? null : 'no frequency: the kernel has no cpufreq driver here (usual in a virtual machine)',
      };
    },
    read: () => {
      const now = parseCpuTimes(readText(join(sysroot, 'proc/stat')) ?? '');
      const all = now.get('cpu');
      const busy = shareOf(before.get('cpu'), all, (times) => times.busy);
      const readings: Reading[] = [];
      const percent = (sensor: string, share: number | null) =>
        readings.push({ sensor, value: share === null ? null : share * 100, unit: '%' });
      if (all) {
        percent('cpu/busy', busy);
        for (const mode of MODES)
          percent(
            `cpu/${mode}`,
            shareOf(before.get('cpu'), all, (times) => times.modes[mode]),
          );
      }
      for (const [name, times] of [...now].slice(0, 1 + MAX_CORES))
        if (name !== 'cpu')
          percent(
            `cpu/core${name.slice(3)}/busy`,
            shareOf(before.get(name), times, (one) => one.busy),
          );
      busyMillicores = busy === null ? null : Math.round(busy * Math.max(1, now.size - 1) * 1000);
      before = now;
      readings.push(...frequency());
      const load = readText(join(sysroot, 'proc/loadavg'));
      if (load !== null) readings.push(...parseLoad(load));
      return readings;
    },
    usage: () => (busyMillicores === null ? {} : { cpu: busyMillicores }),
  };
}

function findPolicies(folder: string): { file: string; highest: number }[] {
  const found = listFolder(folder).flatMap((policy) => {
    const highest = readNumber(join(folder, policy, 'cpuinfo_max_freq'));
    return highest === null || highest <= 0 ? [] : [{ file: join(folder, policy, 'scaling_cur_freq'), highest }];
  });
  const every = Math.ceil(found.length / FREQUENCY_SAMPLES);
  return found.filter((_, i) => i % every === 0);
}
