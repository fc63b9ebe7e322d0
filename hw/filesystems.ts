import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';

/**
 * Filesystems on disks of this machine. Network filesystems are left out: asking one whose server is gone blocks a thread
 * for as long as the server stays away.
 */
const REAL = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|vfat|exfat|ntfs3?|bcachefs|overlay)$/;
const MAX_MOUNTS = 32;
const NAME_CHARS = 80;

export interface Mount {
  readonly source: string;
  readonly path: string;
}

/** /proc/self/mounts, real filesystems only, each once (bind mounts repeat their source), the root first. */
export function parseMounts(mounts: string): Mount[] {
  const seen = new Map<string, Mount>();
  for (const line of mounts.split('\n')) {
    const [source, path, type] = line.split(' ').map(unescapeMount);
    if (!source || !path || !type || !REAL.test(type)) continue;
    const known = seen.get(source);
    if (!known || path.length < known.path.length) seen.set(source, { source, path });
  }
  return [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_MOUNTS);
}

/** Spaces, tabs, newlines and backslashes are written as octal escapes. */
function unescapeMount(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** How full each filesystem is, as `df` counts it: without the blocks kept for root. */
export function createFilesystemSensor(sysroot: string): (mounts: readonly Mount[]) => Promise<Reading[]> {
  const waiting = new Set<string>(); // a disk that does not answer holds one thread, not one more each cycle
  const usedPercent = async (path: string): Promise<number | null> => {
    if (waiting.has(path)) return null;
    waiting.add(path);
    const asked = statfs(sysroot === '/' ? path : join(sysroot, path)).finally(() => waiting.delete(path));
    const answer = await withinMs(asked, 500);
    if (!answer || answer.blocks === 0) return null;
    const used = answer.blocks - answer.bfree;
    return (100 * used) / Math.max(1, used + answer.bavail);
  };
  return async (mounts) => {
    const values = await Promise.all(mounts.map(({ path }) => usedPercent(path)));
    return mounts.map(({ path }, i) => ({
      sensor: `fs/${path.slice(0, NAME_CHARS)}`,
      value: values[i] ?? null,
      unit: '%' as const,
    }));
  };
}

async function withinMs<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
