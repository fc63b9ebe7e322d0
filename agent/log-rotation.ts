import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';

/**
 * Copies a log that has grown beyond `maxBytes` to `.1` (older ones move on) and empties it. Copy and truncate, since the
 * instance holds the file open: it appends, so it goes on at the start. Lines written between the two are lost.
 * Keeps `files` files, the current one included. True when it rotated.
 */
export function rotateLog(path: string, limits: { readonly maxBytes: number; readonly files: number }): boolean {
  let size: number;
  try {
    size = statSync(path).size;
  } catch {
    return false; // not written yet
  }
  if (size <= limits.maxBytes) return false;
  try {
    for (let i = limits.files - 2; i >= 1; i--)
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    if (limits.files > 1) copyFileSync(path, `${path}.1`);
  } finally {
    truncateSync(path, 0); // on a full disk as well: there of all places
  }
  return true;
}
