import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roadefViolations } from '../../placement/roadef/check.ts';
import { roadefCost } from '../../placement/roadef/cost.ts';
import { readAssignment } from '../../placement/roadef/read.ts';
import { assignmentText } from '../../placement/roadef/write.ts';
import { aCase, modelText } from '../placement/roadef/models.ts';
import { evenkeel } from './run-cli.ts';

const { model, initial } = aCase(20261123, { machines: 12, processes: 90, resources: 5 });
let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-roadef-'));
  await writeFile(file('model.txt'), modelText(model));
  await writeFile(file('model.gz'), gzipSync(modelText(model)));
  await writeFile(file('initial.txt'), assignmentText(initial));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const solve = (...args: string[]) => evenkeel(['solve', '--roadef', ...args]);

async function expectRight(bytes: Uint8Array, cost: number): Promise<void> {
  const machineOf = readAssignment(bytes, 'answer', model);
  expect(roadefViolations(model, initial, machineOf)).toEqual([]);
  expect(roadefCost(model, initial, machineOf).total).toBe(cost);
}

test('plain and packed files give the same answer, as plain and packed files', async () => {
  const steps = ['--steps', '30000', '--json'];
  const plain = await solve(file('model.txt'), file('initial.txt'), '-o', file('answer.txt'), ...steps);
  expect(plain).toMatchObject({ code: 0, err: expect.stringContaining('12 machines, 90 processes') });
  const { cost, bound, initialCost } = JSON.parse(plain.out);
  expect(cost).toBeLessThan(initialCost);
  expect(cost).toBeGreaterThanOrEqual(bound);
  await expectRight(await readFile(file('answer.txt')), cost);
  const packed = await solve(file('model.gz'), file('initial.txt'), '-o', file('answer.gz'), ...steps);
  expect(JSON.parse(packed.out).cost).toBe(cost);
  expect(gunzipSync(await readFile(file('answer.gz')))).toEqual(await readFile(file('answer.txt')));
});

test('with a time it ends in time, and says what it found', async () => {
  const began = performance.now();
  const { code, out } = await solve(file('model.txt'), file('initial.txt'), '-o', file('timed.txt'), '--time', '1');
  expect(code).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(900);
  expect(out).toMatch(/^cost \d+ \(.* above the bound; it was \d+\), \d+ processes moved\n/);
  await expectRight(await readFile(file('timed.txt')), Number(/^cost (\d+)/.exec(out)![1]));
});

test('Ctrl-C ends it, and the best so far is written', async () => {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  const args = ['solve', '--roadef', file('model.txt'), file('initial.txt'), '-o', file('cut.txt'), '--time', '3600'];
  const child = spawn(process.execPath, [main, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').once('data', () => child.kill('SIGINT'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  const { cost, interrupted } = JSON.parse(out);
  expect(interrupted).toBe(true);
  await expectRight(await readFile(file('cut.txt')), cost);
});

test('bad input ends with exit code 2 and names what is wrong', async () => {
  await writeFile(file('cut-off.txt'), modelText(model).slice(0, 500));
  await writeFile(file('broken.gz'), gzipSync(modelText(model)).subarray(0, 300));
  await writeFile(file('together.txt'), assignmentText(initial.map(() => 0)));
  const to = ['-o', file('none.txt')];
  for (const [args, message] of [
    [[file('cut-off.txt'), file('initial.txt'), ...to], /cut-off\.txt: line \d+: .* is missing/],
    [[file('broken.gz'), file('initial.txt'), ...to], /cannot unpack .*broken\.gz/],
    [[file('nowhere.txt'), file('initial.txt'), ...to], /cannot read .*nowhere\.txt/],
    [[file('model.txt'), file('model.txt'), ...to], /model\.txt: line \d+: process \d+: machine is/],
    [[file('model.txt'), file('together.txt'), ...to], /the first assignment breaks constraints: machine 0 has/],
    [[file('model.txt'), file('initial.txt')], /takes two files and -o/],
    [[file('model.txt'), file('initial.txt'), '-o', file('model.txt')], /it must not be one of the files read/],
    [[file('model.txt'), file('initial.txt'), '-o', file('no-folder/x')], /cannot write .*no-folder/],
    [[file('model.txt'), file('initial.txt'), ...to, '--time', '1', '--steps', '5'], /give one/],
  ] as const) {
    const { code, err, out } = await solve(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  }
  expect(await evenkeel(['solve', file('model.txt'), ...to])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--out goes only with --roadef'),
  });
});
