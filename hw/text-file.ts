import { readFileSync } from 'node:fs';

/**
 * A small text file of /proc or /sys; null where it is not there or cannot be read. Synchronous on purpose: the kernel
 * answers from memory in microseconds, a round trip through the thread pool takes longer. Not for files behind a slow bus.
 */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
