import { realpathSync, type StatsFs, statfs } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Machine, Sensor } from './sensor.ts';
import { readNumber, readText } from './text-file.ts';
import { withinMs } from './within-ms.ts';

/**
 * Filesystems on disks of this machine. Network filesystems are left out: asking one whose server is gone blocks a thread
 * for as long as the server stays away.
 */
const REAL = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|vfat|exfat|ntfs3?|bcachefs|overlay)$/;
const MAX_MOUNTS = 32;
const NAME_CHARS = 80;
const ANSWER_MS = 500;

export interface Mount {
  readonly source: string;
  readonly path: string;
  readonly writable: boolean;
  readonly emergency: boolean; // made read-only by the kernel, which newer ones say
}

/** /proc/self/mounts, real filesystems only, each once (bind mounts repeat their source), the root first. */
export function parseMounts(mounts: string): Mount[] {
  const seen = new Map<string, Mount>();
  for (const line of mounts.split('\n')) {
    const [source, path, type, options] = line.split(' ').map(unescapeMount);
    if (!source || !path || !type || !options || !REAL.test(type)) continue;
    const known = seen.get(source);
    if (known && known.path.length <= path.length) continue;
    const given = options.split(',');
    const emergency = given.includes('emergency_ro');
    seen.set(source, { source, path, writable: given.includes('rw') && !emergency, emergency });
  }
  return [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_MOUNTS);
}

/** Spaces, tabs, newlines and backslashes are written as octal escapes. */
function unescapeMount(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Without `node:fs/promises`, which is 0.3 MiB of memory, and more of Node's program, where nothing else needs it. */
function statusOf(path: string): Promise<StatsFs> {
  return new Promise((resolve, reject) => {
    statfs(path, (error, status) => (error ? reject(error) : resolve(status)));
  });
}

/** How full each is, as `df` counts it (without the blocks kept for root), and whether it can still be written. */
export function filesystemSensor({ sysroot }: Machine): Sensor {
  const waiting = new Set<string>(); // a disk that does not answer holds one thread, not one more each cycle
  const written = new Set<string>(); // mounted writable when first seen, or since
  const hasInodes = new Set<string>();
  let parsed: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] };

  function mountsNow(): readonly Mount[] {
    const text = readText(join(sysroot, 'proc/self/mounts')) ?? '';
    if (text !== parsed.text) parsed = { text, mounts: parseMounts(text) }; // a host of containers has a thousand lines
    return parsed.mounts;
  }
  async function usedPercent(path: string): Promise<{ blocks: number | null; inodes: number | null } | null> {
    if (waiting.has(path)) return null;
    waiting.add(path);
    const asked = statusOf(sysroot === '/' ? path : join(sysroot, path)).finally(() => waiting.delete(path));
    const answer = await withinMs(asked, ANSWER_MS);
    if (!answer) return null;
    const { blocks, bfree, bavail, files, ffree } = answer;
    const share = (used: number, free: number) => (100 * used) / Math.max(1, used + free);
    return {
      blocks: blocks > 0 && bfree <= blocks ? share(blocks - bfree, Math.max(0, bavail)) : null,
      inodes: files > 0 && ffree <= files ? share(files - ffree, ffree) : null,
    };
  }
  function readingsOf(mount: Mount, used: Awaited<ReturnType<typeof usedPercent>>): Reading[] {
    const { path, writable } = mount;
    const name = path.slice(0, NAME_CHARS);
    if (writable) written.add(path);
    if (used?.inodes != null) hasInodes.add(path);
    const readings: Reading[] = [{ sensor: `fs/${name}`, value: used?.blocks ?? null, unit: '%' }];
    if (hasInodes.has(path)) readings.push({ sensor: `inodes/${name}`, value: used?.inodes ?? null, unit: '%' });
    // one that never was writable is meant to be so
    if (written.has(path) || mount.emergency)
      readings.push({
        sensor: `writable/${name}`,
        value: writable ? 1 : 0,
        unit: 'state',
        ...(writable ? { level: 'ok' } : isDamaged(sysroot, mount) ? { level: 'critical' } : {}),
      });
    return readings;
  }

  return {
    kind: 'filesystems',
    probe: () => {
      const devices = mountsNow().map(({ path, source }) => `${path} (${source})`);
      return { devices, missing: devices.length === 0 ? 'no filesystem on a disk of this machine is mounted' : null };
    },
    read: async () => {
      const mounts = mountsNow();
      const used = await Promise.all(mounts.map(({ path }) => usedPercent(path)));
      return mounts.flatMap((mount, i) => readingsOf(mount, used[i] ?? null));
    },
  };
}

/** Read-only because the kernel found it damaged, and not because somebody mounted it so. */
function isDamaged(sysroot: string, { source, emergency }: Mount): boolean {
  if (emergency) return true;
  let device = source;
  try {
    device = realpathSync(join(sysroot, source)); // /dev/mapper/name → /dev/dm-0
  } catch {
    // the name itself, then
  }
  return (readNumber(join(sysroot, 'sys/fs/ext4', basename(device), 'errors_count')) ?? 0) > 0;
}
