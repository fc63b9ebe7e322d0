import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncToDisk } from '../../store/files.ts';

/*
 * The number of a session, bdSeq: by it hosts tell the death of one session from that of the next. It goes up by one with each
 * connection, from 255 to 0. It is on disk before it is used, so that a coordinator that was killed does not use it again while
 * the broker may still publish the death of then.
 */

export const sessionFile = (stateDir: string): string => join(stateDir, 'sparkplug-session');

/** The number used last; null when none is known. Throws when the file cannot be read, or holds something else. */
export async function lastSession(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  if (!/^\d{1,3}\n$/.test(text) || Number(text) > 255)
    throw new Error(`${file} holds ${JSON.stringify(text.slice(0, 20))}; allowed is a number from 0 to 255`);
  return Number(text);
}

export function sessionAfter(last: number | null): number {
  return last === null ? 0 : (last + 1) % 256;
}

/** After a loss of power the file holds the earlier number or this one. Throws what the file system throws. */
export async function keepSession(file: string, number: number): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${number}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  syncToDisk(dirname(file));
}
