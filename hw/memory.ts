import type { Reading } from '../protocol/reading.ts';

export interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

/** /proc/meminfo. Its `kB` are 1024 bytes. `MemAvailable` is the kernel's own estimate of what can be used without swapping. */
export function parseMemory(meminfo: string): Memory | null {
  const bytes = (field: string): number | null => {
    const kib = new RegExp(`^${field}: +([0-9]+) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  const availableBytes = bytes('MemAvailable');
  if (totalBytes === null || availableBytes === null) return null;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes: bytes('SwapTotal') ?? 0,
    swapFreeBytes: bytes('SwapFree') ?? 0,
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
