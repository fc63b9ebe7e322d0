import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

// The built command, as `npx evenkeel` starts it; `npm test` has built it before.

const evenkeel = (...args: string[]) => runQuietly(process.execPath, [join(ROOT, 'bin/evenkeel.mjs'), ...args]);

test('runs from the bundle', async () => {
  const { code, output } = await evenkeel('--help');
  expect(output).toContain('Usage: evenkeel');
  expect(code).toBe(0);
});

test('hands its exit code on', async () => {
  const { code, output } = await evenkeel('--no-such-option');
  expect(output).toContain('--no-such-option');
  expect(code).toBe(2);
});
