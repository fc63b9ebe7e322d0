import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AGENT_ENVIRONMENT, AGENT_FLAGS } from '../../agent/runtime-flags.ts';
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

test('the agent is started with its flags of Node', () => {
  const unit = readFileSync(join(ROOT, 'packaging/agent/evenkeel-agent.service'), 'utf8');
  expect(unit).toContain(`/node ${AGENT_FLAGS.join(' ')} /usr/lib/evenkeel-agent/evenkeel.js agent `);
  for (const [name, value] of Object.entries(AGENT_ENVIRONMENT))
    expect(unit).toContain(`Environment=${name}=${value}\n`);
});
