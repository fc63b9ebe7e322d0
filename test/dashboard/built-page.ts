import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '../..');

/** Builds dist/dashboard where it is missing or older than any of its sources. */
export async function buildPageIfOutdated(): Promise<void> {
  const built = await changedAt(join(ROOT, 'dist/dashboard/index.html'));
  const sources = await readdir(join(ROOT, 'dashboard'), { recursive: true });
  const changes = await Promise.all(sources.map((file) => changedAt(join(ROOT, 'dashboard', file))));
  if (Math.max(...changes) < built) return;
  await build({ configFile: join(ROOT, 'dashboard/vite.config.ts'), logLevel: 'warn' });
}

async function changedAt(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  return found?.mtimeMs ?? 0;
}
