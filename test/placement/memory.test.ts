import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/runtime.mjs';

const MB = 1e6;

test('solving again and again in one process holds no more memory at the end', async () => {
  const program = join(ROOT, 'test/placement/repeated-solves.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program]);
  const { before, after } = JSON.parse(stdout);
  expect(after.heap - before.heap).toBeLessThan(8 * MB);
  // 200 solves: one wasm kept of each would be more than twice this
  expect(200 * after.wasm).toBeGreaterThan(300 * MB);
  expect(after.rss - before.rss).toBeLessThan(150 * MB);
});
