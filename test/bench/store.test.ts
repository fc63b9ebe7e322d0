import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

const bench = (...args: string[]) =>
  runQuietly(process.execPath, [join(ROOT, 'bench/store.ts'), ...args], { cwd: ROOT });

test('both contenders commit, and the ratio is of what was measured', async () => {
  const { code, output } = await bench('--rounds', '1', '--commits', '20', '--lines', '100');
  expect(code).toBe(0);
  const number = (label: string) => Number(new RegExp(`^${label} +([\\d.]+)`, 'm').exec(output)?.[1]);
  const [mine, bare] = [number('with checksums, chain, seal'), number('plain SQLite')];
  expect(mine).toBeGreaterThan(0);
  // both are printed as whole numbers
  expect(Math.abs(number('ratio') - mine / bare)).toBeLessThan(0.01 + 2 / bare);
  expect(output).toMatch(/^opening with 100 lines +\d+ ms$/m);
});

test('a count that is none is refused', async () => {
  expect(await bench('--rounds', '0')).toMatchObject({ code: 2, output: expect.stringContaining('--rounds: 0') });
});
