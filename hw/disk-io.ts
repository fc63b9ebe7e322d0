import type { Reading } from '../protocol/reading.ts';
import { type Counters, ratesPerSecond } from './rates.ts';

/** The kernel counts sectors of 512 bytes here, whatever the disk's own sector size (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512;
const MAX_DISKS = 64;
/** Made of other devices, or of memory: their work is counted at the devices below. */
const NOT_A_DISK = /^(loop|ram|zram|dm-|md|sr|fd|nbd)/;
const PARTITION = /^(?:[shv]d[a-z]+[0-9]+|xvd[a-z]+[0-9]+|(?:nvme[0-9]+n[0-9]+|mmcblk[0-9]+)p[0-9]+)$/;

/** /proc/diskstats: fields 3 to 13 after the name; of whole disks only. */
export function parseDiskCounters(diskstats: string): Counters {
  const counters = new Map<string, number>();
  let disks = 0;
  for (const line of diskstats.split('\n')) {
    const [, , name, reads, , sectorsRead, , writes, , sectorsWritten, , , busyMs] = line.trim().split(/ +/);
    if (name === undefined || busyMs === undefined || NOT_A_DISK.test(name) || PARTITION.test(name)) continue;
    if (++disks > MAX_DISKS) break;
    counters.set(`${name}/read`, Number(sectorsRead) * SECTOR_BYTES);
    counters.set(`${name}/written`, Number(sectorsWritten) * SECTOR_BYTES);
    counters.set(`${name}/ops`, Number(reads) + Number(writes));
    counters.set(`${name}/busy`, Number(busyMs));
  }
  return counters;
}

export function diskReadings(before: Counters | null, now: Counters, elapsedMs: number): Reading[] {
  return [...ratesPerSecond(before, now, elapsedMs)].map(([name, rate]): Reading => {
    const sensor = `disk/${name}`;
    if (name.endsWith('/ops')) return { sensor, value: rate, unit: 'ops/s' };
    // ms busy per second → percent; the kernel's clock may give a little more than there was
    if (name.endsWith('/busy')) return { sensor, value: rate === null ? null : Math.min(100, rate / 10), unit: '%' };
    return { sensor, value: rate, unit: 'bytes/s' };
  });
}
