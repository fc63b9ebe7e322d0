import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

test.each(['agent/evenkeel-agent', 'agent/evenkeel-smart@', 'coordinator/evenkeel-coordinator'])(
  '%s.service is exposed to 2.0 of 10 at most',
  async (name) => {
    const args = [
      'security',
      '--offline=true',
      '--no-pager',
      '--threshold=20',
      join(ROOT, 'packaging', `${name}.service`),
    ];
    const { code, output } = await runQuietly('systemd-analyze', args);
    expect(code, output).toBe(0);
  },
);
