import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAgentConfig } from '../../agent/config.ts';
import { runAgent } from '../../agent/main.ts';
import { plainHardware } from './plain-hardware.ts';
import { until } from './stage.ts';

test('without a broker an agent makes progress all the same: with each look a step, and its thread by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-progress-'));
  const config = { cluster: 'c', node: 'N1', mqtt: { url: 'mqtt://127.0.0.1:9' }, stateDir: folder, heartbeatMs: 20 };
  const agent = await runAgent(
    readAgentConfig(JSON.stringify({ ...config, logLevel: 'silent' }), 'test'),
    plainHardware(),
  );
  try {
    const first = agent.progress();
    expect(agent.progress().steps).toBeGreaterThan(first.steps);
    await until('the thread beats', () => agent.progress().beats > first.beats + 2);
    await agent.stop();
    const last = agent.progress();
    expect(agent.progress()).toEqual(last); // what has ended makes none
  } finally {
    await agent.stop();
    rmSync(folder, { recursive: true });
  }
});
