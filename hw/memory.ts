import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Machine, Sensor } from './sensor.ts';
import { readText } from './text-file.ts';

export interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

/** /proc/meminfo. Its `kB` are 1024 bytes. `MemAvailable` is the kernel's own estimate of what can be used without swapping. */
export function parseMemory(meminfo: string): Memory | null {
  const bytes = (field: string): number | null => {
    const kib = new RegExp(`^${field}: +([0-9]{1,12}) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  const availableBytes = bytes('MemAvailable');
  if (totalBytes === null || availableBytes === null || availableBytes > totalBytes) return null;
  const swapTotalBytes = bytes('SwapTotal') ?? 0;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes,
    swapFreeBytes: Math.min(swapTotalBytes, bytes('SwapFree') ?? swapTotalBytes),
  };
}

export function memoryReadings(memory: Memory): Reading[] {
  const readings: Reading[] = [
    { sensor: 'memory/used', value: memory.totalBytes - memory.availableBytes, unit: 'bytes' },
    { sensor: 'memory/available', value: memory.availableBytes, unit: 'bytes' },
  ];
  if (memory.swapTotalBytes > 0)
    readings.push({ sensor: 'memory/swap-used', value: memory.swapTotalBytes - memory.swapFreeBytes, unit: 'bytes' });
  return readings;
}

/** Memory, swap, and how many processes were killed for want of memory since boot. */
export function memorySensor({ sysroot }: Machine): Sensor {
  const read = () => parseMemory(readText(join(sysroot, 'proc/meminfo')) ?? '');
  let usedBytes: number | null = null;
  return {
    kind: 'memory',
    probe: () => {
      const memory = read();
      if (!memory) return { devices: [], missing: '/proc/meminfo cannot be read: is /proc mounted?' };
      return { devices: ['memory', ...(memory.swapTotalBytes > 0 ? ['swap'] : [])], missing: null };
    },
    read: () => {
      const memory = read();
      usedBytes = memory && memory.totalBytes - memory.availableBytes;
      const vmstat = readText(join(sysroot, 'proc/vmstat'));
      const kills = vmstat === null ? undefined : /^oom_kill ([0-9]{1,15})$/m.exec(vmstat)?.[1];
      return [
        ...(memory ? memoryReadings(memory) : []),
        ...(kills === undefined ? [] : [{ sensor: 'memory/oom-kills', value: Number(kills), unit: 'count' as const }]),
      ];
    },
    usage: () => (usedBytes === null ? {} : { memory: usedBytes }),
  };
}
