import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

/* Scripts say what is wrong with an option, and do nothing. */

const script = (name: string, ...args: string[]) =>
  runQuietly(process.execPath, [join(ROOT, 'scripts', `${name}.ts`), ...args], { cwd: ROOT });

test.each([
  [['simulate', '--seeds', '0'], 'simulate: --seeds: 0 is not allowed; it must be a whole number from 1 to 100000000'],
  [['simulate', '--seed', '1e3'], 'simulate: --seed: 1e3 is not allowed'],
  [['simulate', '--threads', ''], 'simulate: --threads:  is not allowed'],
  [['simulate', '--seed'], "simulate: Option '--seed <value>' argument missing"],
  [['package', '--level', '23'], 'package: --level: 23 is not allowed; it must be a whole number from 1 to 22'],
  [
    ['package', '--only', 'x'],
    'package: --only: x is not allowed; it must be one of evenkeel-agent, evenkeel-coordinator',
  ],
  [['package', 'x'], "package: Unexpected argument 'x'"],
  [
    ['conformance', '--roadef', '.', '--time', '1s'],
    'conformance: --time: 1s is not allowed; it must be a number from 0.1 to 86400',
  ],
])('%j', async ([name, ...args], said) => {
  const { code, output } = await script(name!, ...args);
  expect(output).toContain(said);
  expect(code).toBe(2);
});

test.each(['simulate', 'package', 'conformance'])('%s --help and -h say how it is used', async (name) => {
  for (const option of ['--help', '-h']) {
    const { code, output } = await script(name, option);
    expect(output).toMatch(new RegExp(`^npm run ${name} -- `));
    expect(code).toBe(0);
  }
});
