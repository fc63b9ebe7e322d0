import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

// Two processes of 4 on machine 0, which is safe to 5: 3 too much, at 100 each. Where one moves, that costs 1 for the process, 10 for
// its service and 100 for the distance.
const MODEL = '1\n0 100\n2\n0 0 10 5 0 1\n0 0 10 5 1 0\n2\n0 0\n0 0\n2\n0 4 1\n1 4 1\n0\n1 10 100\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-conformance-'));
  writeFileSync(join(folder, 'model_x.txt'), MODEL);
  writeFileSync(join(folder, 'assignment_x.txt.gz'), gzipSync('0 0\n'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const conformance = (...args: string[]) =>
  runQuietly(process.execPath, ['scripts/conformance.ts', '--roadef', folder, '--time', '0.5', ...args], { cwd: ROOT });
const refer = (winner: number) =>
  writeFileSync(
    join(folder, 'reference.json'),
    JSON.stringify({
      x: { initial: 300, lowerBound: 0, bestKnown: winner, winner2012at300s: winner, bestOfAll2012Teams: null },
    }),
  );

test('a folder of the challenge is solved, a line each time, and held against its references', async () => {
  refer(111);
  const { output, code } = await conformance('--json', '--strict');
  const [line, summary] = output.trim().split('\n');
  expect(JSON.parse(line!)).toMatchObject({
    mode: 'roadef',
    name: 'x',
    value: [111],
    reference: [111],
    moves: 1,
    ok: true,
  });
  expect({ summary, code }).toEqual({ summary: '1 of 1', code: 0 });
});

test('one above its reference is a miss, and says by how much', async () => {
  refer(90);
  const { output, code } = await conformance('--strict');
  expect(output).toContain('111 is above 90, by 7.0000 % of the initial cost');
  expect(output.trim()).toMatch(/0 of 1$/);
  expect(code).toBe(1);
});

test.each([
  [['--only', 'y'], 'there is no y in'],
  [['--time', '0'], '--time: 0 is not allowed'],
  [['--seed', '1.5'], '--seed: 1.5 is not allowed'],
])('%j is refused', async (args, said) => {
  const { output, code } = await conformance(...args);
  expect(output).toContain(said);
  expect(code).toBe(2);
});

test.each([
  ['model_x.txt', MODEL.slice(0, 40), /model_x\.txt: line \d+: /],
  ['assignment_x.txt', '0 7\n', /assignment_x\.txt: line 1: /],
  ['reference.json', '{"x":{}}', /reference\.json: x\.initial/],
])('a bad %s is named', async (file, content, said) => {
  writeFileSync(join(folder, file), content);
  const { output, code } = await conformance();
  expect(output).toMatch(said);
  expect(code).toBe(2);
});
