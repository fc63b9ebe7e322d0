import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

const unit = (name: string) => join(ROOT, 'packaging', name, `evenkeel-${name}.service`);

test.each(['agent', 'coordinator'])('the unit of the %s is exposed to 2.0 of 10 at most', async (name) => {
  const args = ['security', '--offline=true', '--no-pager', '--threshold=20', unit(name)];
  const { code, output } = await runQuietly('systemd-analyze', args);
  expect(code, output).toBe(0);
});
