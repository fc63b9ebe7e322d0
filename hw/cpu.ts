import type { Reading } from '../protocol/reading.ts';

/** Time that all CPUs together have spent since boot, in ticks (USER_HZ), and how many CPUs there are. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
  readonly cores: number;
}

/** /proc/stat, its `cpu` line: user nice system idle iowait irq softirq steal (guest time is part of user). */
export function parseCpuTimes(stat: string): CpuTimes | null {
  const line = /^cpu +([0-9 ]+)$/m.exec(stat)?.[1];
  if (line === undefined) return null;
  const ticks = line.trim().split(/ +/).slice(0, 8).map(Number);
  if (ticks.length < 4) return null;
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0); // iowait is idle time: the CPU could have been used
  return { busy: total - idle, total, cores: stat.match(/^cpu[0-9]+ /gm)?.length ?? 1 };
}

/** Share of all CPUs that was busy between two samples, 0 to 1; null on the first, or where the counters went back. */
export function busyShare(before: CpuTimes | null, now: CpuTimes): number | null {
  if (!before) return null;
  const total = now.total - before.total;
  const busy = now.busy - before.busy;
  if (total <= 0 || busy < 0) return null; // iowait may be corrected downwards by the kernel
  return Math.min(1, busy / total);
}

/** /proc/loadavg: tasks that ran or waited, averaged over 1, 5 and 15 minutes. */
export function parseLoad(loadavg: string): Reading[] {
  const [one, five, fifteen] = loadavg.split(' ').map(Number.parseFloat);
  const reading = (minutes: number, value: number | undefined): Reading => ({
    sensor: `load/${minutes}min`,
    value: value !== undefined && Number.isFinite(value) ? value : null,
    unit: 'count',
  });
  return [reading(1, one), reading(5, five), reading(15, fifteen)];
}
