import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPrograms, PROGRAM_FOLDERS } from '../../scripts/programs.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-programs-'));
  for (const folder of PROGRAM_FOLDERS) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

test('the command, and whatever a source starts beside itself', async () => {
  write('agent/a.ts', "new Worker(sibling(import.meta.url, './worker.ts'), {});");
  write('hw/mock/b.ts', "spawn(x, [fileURLToPath(sibling(\n  import.meta.url,\n  './reaper.ts',\n))]);");
  write('cli/c.ts', 'export const c = 1;');
  expect(await findPrograms(root)).toEqual({
    evenkeel: 'cli/main.ts',
    worker: 'agent/worker.ts',
    reaper: 'hw/mock/reaper.ts',
  });
});

test('two that would get one name are refused', async () => {
  write('agent/a.ts', "sibling(import.meta.url, './worker.ts')");
  write('coordinator/b.ts', "sibling(import.meta.url, './worker.ts')");
  await expect(findPrograms(root)).rejects.toThrow(/agent\/worker\.ts.*worker\.js: rename one/);
});
