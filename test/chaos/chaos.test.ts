import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/runtime.mjs';
import type { RunResult } from './campaign.ts';

/*
 * The command itself, on one cluster, with the kinds that are quick. That links can be cut is a part of it: where namespaces are
 * not allowed it fails and says so.
 */

const KINDS = [
  'app-crash',
  'node-power-lost',
  'node-hung',
  'half-cut-off',
  'coordinator-killed',
  'broker-killed',
] as const;

test('real processes under faults: nothing runs twice, nothing is lost, nothing moves without a reason', async () => {
  expect(existsSync(join(ROOT, 'dist/evenkeel.js')), 'the built program is what is tested: run "npm run build"').toBe(
    true,
  );
  const only = KINDS.flatMap((kind) => ['--only', kind]);
  const child = spawn(
    process.execPath,
    [join(ROOT, 'scripts/chaos.ts'), '--one-cluster', '--nodes', '4', '--hold', '3', '--json', ...only],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  let progress = '';
  child.stderr.on('data', (chunk: Buffer) => {
    progress += chunk.toString('utf8');
  });
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(lines.at(-1), progress).toBe(`${KINDS.length} runs, 0 violations`);
  expect(code).toBe(0);
  const results = lines.slice(0, KINDS.length).map((line) => JSON.parse(line) as RunResult);
  expect(results.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
  const of = (name: (typeof KINDS)[number]) => results.find(({ kind }) => kind === name);
  for (const name of ['node-power-lost', 'node-hung'] as const) {
    expect(of(name)?.failovers.length, name).toBeGreaterThan(0);
    for (const { afterMs } of of(name)?.failovers ?? []) expect(afterMs).not.toBeNull();
  }
  expect(of('node-hung')?.fences).toBe(1);
  expect(of('app-crash')?.crashMs).not.toBeNull();
  expect(of('coordinator-killed')?.changes?.accepted).toBeGreaterThan(0);
}, 600_000);
