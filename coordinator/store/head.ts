import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { textChecksum } from './checksums.ts';

/*
 * How far the store had come, in a file of its own. SQLite drops the end of a damaged write-ahead log without a word, as if
 * it had never been accepted: this file tells. It is written after each commit and never synced, so it may be behind the
 * store (after a loss of power), but never ahead of it.
 */

const Head = z.strictObject({ commits: z.int().nonnegative(), term: z.int().nonnegative(), wallMs: z.number() });
export type Head = z.infer<typeof Head>;

/** One sector: it is written whole or not at all. */
const BYTES = 256;

export const headFile = (file: string): string => `${file}-head`;

/** Null where there is none, or none that can be read: it is only a second witness. */
export function readHead(file: string): Head | null {
  try {
    const [json = '', checksum] = readFileSync(headFile(file), 'utf8').trimEnd().split('\n');
    return textChecksum(json) === checksum?.trim() ? Head.parse(JSON.parse(json)) : null;
  } catch {
    return null;
  }
}

export interface HeadWriter {
  write(head: Head): void;
  close(): void;
}

export function openHead(file: string): HeadWriter {
  let fd: number | null = null;
  return {
    write(head) {
      fd ??= openSync(headFile(file), constants.O_RDWR | constants.O_CREAT, 0o600);
      const json = JSON.stringify(head);
      writeSync(fd, `${json}\n${textChecksum(json)}`.padEnd(BYTES - 1).concat('\n'), 0);
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}
