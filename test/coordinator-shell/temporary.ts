import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/* What a test opened is closed after it, newest first. */

const closing: (() => unknown)[] = [];

export function afterwards(close: () => unknown): void {
  closing.push(close);
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until it holds; fails with what it last threw or gave. */
export async function eventually<T>(
  what: string,
  attempt: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const value = await attempt();
      if (value) return value as NonNullable<T>;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come about within ${withinMs} ms; last: ${String(last)}`);
}
