import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leastWaiting } from '../../conformance/cluster.ts';
import { poseCluster } from '../../conformance/cluster-case.ts';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

const node = (id: string, cpu: number) => ({ id, cap: { cpu } });
const app = (id: string, cpu: number) => ({ id, demand: { cpu }, priority: 0 });
const cluster = {
  name: 'made up',
  resources: ['cpu'],
  nodes: [node('N1', 10), node('N2', 10)],
  apps: [app('a', 4), app('b', 5), app('c', 3)],
  constraints: [{ type: 'anti' as const, apps: ['a', 'b'] as [string, string] }],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-conformance-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const conformance = (...args: string[]) =>
  runQuietly(process.execPath, ['scripts/conformance.ts', ...args], { cwd: ROOT });

test('how many must wait follows from the room in all', () => {
  expect(leastWaiting(poseCluster(cluster, {}, []).problem)).toBe(0);
  expect(leastWaiting(poseCluster(cluster, {}, ['N1']).problem)).toBe(1); // 12 asked, 10 there
});

test('a folder of clusters is solved, a line each time, and held against its references', async () => {
  writeFileSync(join(folder, 'one.json'), JSON.stringify(cluster));
  writeFileSync(join(folder, 'one.pcmk-initial.json'), JSON.stringify({ a: 'N1', b: 'N2', c: 'N2' }));
  writeFileSync(
    join(folder, 'best-known.json'),
    JSON.stringify([
      { inst: 'made up', failed: ['N9'], best: 1 },
      { inst: 'made up', failed: ['N1'], best: 1 },
    ]),
  );
  const plain = await conformance('--placement', folder);
  expect(plain.output).toContain('is above 1');
  expect(plain.output.trim()).toMatch(/0 of 2$/);
  expect(plain.code).toBe(0);
  expect((await conformance('--placement', folder, '--strict')).code).toBe(1);
});

test.each([
  [['--pacemaker', 'CASES'], '[]', '0 of 0', 0],
  [['--pacemaker', 'CASES'], '[{"name":"x"}]', 'CASES: 0.desc', 2],
  [['--pacemaker', 'CASES'], '[{', 'CASES is not JSON', 2],
  [['--pacemaker', 'nowhere'], '', 'there is no', 2],
  [['--placement', 'FOLDER', '--fail', 'N7'], '', 'there is no N7', 2],
  [['--wrong'], '', "Unknown option '--wrong'", 2],
  [[], '', 'say what to hold against', 2],
  [['--help'], '', '--placement [DIR]', 0],
] as const)('%j with %s says %s', async (args, text, said, code) => {
  writeFileSync(join(folder, 'cases'), text);
  if (args.some((arg) => arg === 'FOLDER')) writeFileSync(join(folder, 'one.json'), JSON.stringify(cluster));
  const real = args.map((arg) => arg.replace('CASES', join(folder, 'cases')).replace('FOLDER', folder));
  const result = await conformance(...real);
  expect(result.output).toContain(said.replace('CASES', join(folder, 'cases')));
  expect(result.code).toBe(code);
});
