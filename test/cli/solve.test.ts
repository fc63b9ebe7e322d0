import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readProblem, withFailed } from '../../cli/solve-file.ts';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';
import { evenkeel } from './run-cli.ts';

const CLUSTER = {
  resources: ['cpu', 'memory'],
  nodes: ['N1', 'N2', 'N3'].map((id) => ({ id, cap: { cpu: 1000, memory: 1000, net: 5 } })),
  apps: ['A', 'B', 'C', 'D'].map((id, i) => ({ id, demand: { cpu: 300, memory: 100, net: 9 }, priority: i * 10 })),
  constraints: [
    { type: 'anti', apps: ['A', 'B'], hard: true },
    { type: 'co', apps: ['A', 'C'], hard: true },
  ],
  current: { A: 'N1', C: 'N1' },
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-solve-'));
  if (existsSync(join(ROOT, 'dist/solver.wasm'))) return;
  const { code, output } = await runQuietly(process.execPath, ['scripts/build-solver.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(output);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function solve(content: unknown, ...args: string[]) {
  const file = join(folder, 'problem.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return await evenkeel(['solve', file, ...args]);
}

test('a cluster file is solved within its constraints, the same each time', async () => {
  const { code, out } = await solve(CLUSTER, '--json');
  expect(code).toBe(0);
  const { elapsedMs, ...answer } = JSON.parse(out);
  expect(answer).toMatchObject({ unplaced: [], seed: 1 });
  const { placement } = answer;
  expect(Object.keys(placement)).toEqual(['A/0', 'B/0', 'C/0', 'D/0']);
  expect(placement['C/0']).toBe(placement['A/0']);
  expect(placement['B/0']).not.toBe(placement['A/0']);
  const { elapsedMs: _, ...again } = JSON.parse((await solve(CLUSTER, '--json')).out);
  expect(again).toEqual(answer);
});

test('threads and time are chosen, and Ctrl-C gives the best so far', async () => {
  const one = JSON.parse((await solve(CLUSTER, '--json', '--threads', '1', '--steps', '500')).out);
  expect(one).toMatchObject({ threads: 1, unplaced: [], interrupted: false });
  expect(JSON.parse((await solve(CLUSTER, '--json', '--time', '1')).out)).toMatchObject({ threads: 2, unplaced: [] });
  const child = spawn(
    process.execPath,
    ['cli/main.ts', 'solve', join(folder, 'problem.json'), '--json', '--time', '600'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const out = text(child.stdout);
  await once(child.stderr, 'data'); // it says that it searches
  child.kill('SIGINT');
  expect(JSON.parse(await out)).toMatchObject({ unplaced: [], interrupted: true });
});

test('a problem as the solver takes it is solved too', async () => {
  const problem = readProblem(JSON.stringify(CLUSTER), 'x');
  expect(readProblem(JSON.stringify(problem), 'x')).toEqual(problem);
  const { code, out } = await solve(problem);
  expect(code).toBe(0);
  expect(out).toContain('4 of 4 instances placed');
});

test('a lost node gets nothing, and its instances move', async () => {
  const { code, out } = await solve(CLUSTER, '--fail', 'N1', '--json');
  expect(code).toBe(0);
  expect(Object.values(JSON.parse(out).placement)).not.toContain('N1');
});

test('the steps to get there are told in order, those that interrupt with their reason', async () => {
  const nodes = ['N1', 'N2', 'N3'].map((id, n) => ({ id, cap: { cpu: n === 2 ? 4 : 10 } }));
  const apps = Object.entries({ A: 6, B: 6, C: 4, D: 4 }).map(([id, cpu]) => ({ id, demand: { cpu } }));
  const constraints = [
    { type: 'co', apps: ['A', 'D'] },
    { type: 'co', apps: ['B', 'C'] },
  ];
  const current = { A: 'N1', B: 'N2', C: 'N1', D: 'N2' };
  const { out } = await solve({ nodes, apps, constraints, current });
  expect(out).toMatch(
    /^ +1 +stop +C\/0 +N1 +- +interrupted on its way to N2: C\/0 and D\/0 wait for each other's room/m,
  );
  expect(out).toMatch(/^ +2 +move +D\/0 +N2 +N1$/m);
  expect(out).toMatch(/^ +3 +start +C\/0 +- +N2$/m);
  const { plan } = JSON.parse((await solve({ nodes, apps, constraints, current }, '--json')).out);
  expect(plan).toMatchObject({ waves: [[0], [1], [2]], left: [] });
  expect(plan.steps[1]).toMatchObject({ kind: 'move', instance: 'D/0', from: 'N2', to: 'N1', after: [0], wave: 1 });
  expect((await solve({ nodes, apps })).out).not.toContain('interrupted');
});

test('no more move than may', async () => {
  const crowded = { ...CLUSTER, constraints: [], current: { A: 'N1', B: 'N1', C: 'N1' } };
  const moves = async (...args: string[]) => JSON.parse((await solve(crowded, '--json', ...args)).out).moves;
  expect(await moves()).toBeGreaterThan(0);
  expect(await moves('--max-moves', '0')).toBe(0);
  expect(await solve(crowded, '--max-moves', '-1')).toMatchObject({ code: 2, out: '' });
});

test('a placement that breaks rules before is mended where it can be, and told where it cannot', async () => {
  const nodes = [
    { id: 'N1', cap: { cpu: 400, memory: 1000 } },
    { id: 'N2', cap: { cpu: 300, memory: 1000 } },
  ];
  const apps = ['A', 'B', 'C'].map((id) => ({ id, demand: { cpu: 300, memory: 1 } }));
  const { code, out } = await solve({ nodes, apps, current: { A: 'N1', B: 'N1', C: 'N1' } });
  expect(code).toBe(0);
  expect(out).toContain('\nIt was so before, and nothing better was found:\nN1 holds 600m of cpu and has 400m.\n');
  const json = JSON.parse((await solve({ nodes, apps, current: { A: 'N1' } }, '--json')).out);
  expect(json).toMatchObject({ breaches: [], unplaced: [{ reasons: expect.any(Array) }] });
});

test('what an application needs and no node has is lacking', async () => {
  const nodes = [{ id: 'N1', cap: { cpu: 1000 } }];
  const { code, out } = await solve({ nodes, apps: [{ id: 'A', demand: { gpu: 1 } }] });
  expect(code).toBe(1);
  expect(out).toContain('A/0 waits: 1 of 1 nodes lack gpu: needs 1, most free is N1 with 0');
});

test('which loss the answer would survive is said when asked', async () => {
  expect(JSON.parse((await solve(CLUSTER, '--json')).out)).not.toHaveProperty('survives');
  const { survives } = JSON.parse((await solve(CLUSTER, '--survives', '--json')).out);
  expect(survives).toMatchObject({ anyNode: true, node: null, text: 'survives the loss of any one node' });
  const full = await solve({ ...CLUSTER, nodes: CLUSTER.nodes.slice(0, 2) }, '--survives');
  expect(full.code).toBe(0);
  expect(full.out).toMatch(/\nThe cluster then would not survive the loss of N\d \([^)]* would have to wait: .*\n$/);
});

test('one that runs and makes way for a more important one is said to stop', async () => {
  const nodes = [{ id: 'N1', cap: { cpu: 10 } }];
  const apps = [
    { id: 'L', demand: { cpu: 10 }, priority: 10 },
    { id: 'H', demand: { cpu: 10 }, priority: 90 },
  ];
  const { out } = await solve({ nodes, apps, current: { L: 'N1' } });
  expect(out).toContain('L/0 has to stop on N1, where its place is needed, and waits: ');
  expect(out).toContain('1 of 2 instances placed, 0 moved, 1 stopped that ran.');
  expect(JSON.parse((await solve({ nodes, apps, current: { L: 'N1' } }, '--json')).out)).toMatchObject({ stopped: 1 });
});

test('what does not fit waits, with its reasons, and the exit code says so', async () => {
  const { code, out } = await solve(CLUSTER, '--fail', 'N1', '--fail', 'N2');
  expect(code).toBe(1);
  expect(out).toMatch(/waits: \S/);
});

describe('bad input ends with exit code 2 and names what is wrong', () => {
  const change = (more: object) => ({ ...CLUSTER, ...more });
  test.each([
    ['{', 'is not JSON'],
    [
      '[]',
      'the file: [] is not allowed; it must be a mapping with the fields name, seed, resources, nodes, apps, constraints, current',
    ],
    [change({ constrants: [] }), 'constrants: there is no such field'],
    [change({ apps: [{ id: 'A', demand: { cpu: 1 }, allow: ['N2'] }] }), 'apps.0.allow: there is no such field'],
    [change({ nodes: [] }), 'nodes: [] is not allowed'],
    [
      change({ nodes: [{ id: 'N1', cap: { cpu: -1 } }] }),
      'nodes.0.cap.cpu: -1 is not allowed; it must be a whole number',
    ],
    [
      change({ nodes: [...CLUSTER.nodes, CLUSTER.nodes[0]] }),
      'nodes.3.id: "N1" is not allowed; it must be an id of its own',
    ],
    [change({ current: { A: 'N7' } }), 'current.A: "N7" is not allowed; it must be the id of a node in this file'],
    [
      change({ current: { Z: 'N1' } }),
      'current.Z: "Z" is not allowed; it must be the id of an application in this file',
    ],
    [
      change({ constraints: [{ type: 'near', apps: ['A', 'B'] }] }),
      'constraints.0.type: "near" is not allowed; it must be anti or co',
    ],
    [change({ constraints: [{ type: 'co', apps: ['A', 'Z'] }] }), 'constraints.0.apps.1: "Z" is not allowed'],
    [
      change({ constraints: [{ type: 'co', apps: ['A', 'B'], hard: false }] }),
      'constraints.0.hard: false is not allowed; it must be true',
    ],
    [
      change({ apps: [{ id: 'A', demand: { cpu: 2 ** 53 } }] }),
      'apps.0.demand.cpu: 9007199254740992 is not allowed; it must be a whole number from 0 to 9007199254740991',
    ],
    [change({ apps: [{ id: 'A', demand: { cpu: '3' } }] }), 'apps.0.demand.cpu: "3" is not allowed'],
    [
      change({ resources: ['cpu', 'gpu'] }),
      'resources.1: "gpu" is not allowed; it must be a resource that a node has or an application needs',
    ],
    [change({ resources: ['constructor'] }), 'resources.0: "constructor" is not allowed'],
    [change({ resources: ['cpu', 'cpu'] }), 'resources.1: "cpu" is not allowed; it must be a name of its own'],
    [
      change({
        nodes: Array.from({ length: 65_537 }, (_, n) => ({ id: `N${n}`, cap: { cpu: 1, memory: 1 } })),
        current: {},
      }),
      'problem.json: nodes.length is 65537; allowed: at most 65536',
    ],
    [{ instances: [] }, 'resources: nothing is not allowed'],
  ])('%#', async (content, message) => {
    const { code, err, out } = await solve(content);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  test('of a problem: unknown numbers, names twice, amounts below 0 and beyond what can be', async () => {
    const problem = readProblem(JSON.stringify(CLUSTER), 'x');
    const [node] = problem.nodes;
    const [instance] = problem.instances;
    for (const [change, message] of [
      [
        { instances: [{ ...instance, home: 3 }] },
        'problem.json: instances[0].home is 3; allowed: -1 or the index of a node',
      ],
      [{ instances: [{ ...instance, application: 9 }] }, 'instances[0].application is 9'],
      [{ instances: [instance, instance] }, 'instances.1.name: "A/0" is not allowed; it must be a name of its own'],
      [{ nodes: [node, node] }, 'nodes.1.name: "N1" is not allowed'],
      [{ nodes: [{ ...node, reserve: [-1, 0] }] }, 'nodes.0.reserve.0: -1 is not allowed'],
      [{ maxMoves: -1 }, 'maxMoves: -1 is not allowed'],
      [{ weights: { ...problem.weights, load: 1e9 } }, 'weights.load is 1000000000; allowed: 0 to 10000'],
    ] as const) {
      const { code, err, out } = await solve({ ...problem, ...change });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(message);
    }
  });

  test('amounts that do not go with the resources', async () => {
    const problem = readProblem(JSON.stringify(CLUSTER), 'x');
    const { code, err } = await solve({ ...problem, resources: ['cpu'] });
    expect(code).toBe(2);
    expect(err).toContain('capacity');
  });

  test('an unknown node, a missing file', async () => {
    expect(await solve(CLUSTER, '--fail', 'N9')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Known nodes: N1, N2, N3'),
    });
    expect(await evenkeel(['solve', join(folder, 'none.json')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot read'),
    });
  });
});

test('failing a node leaves the rest of a problem as it was', () => {
  const problem = readProblem(JSON.stringify(CLUSTER), 'x');
  const failed = withFailed(problem, ['N1']);
  expect(failed.nodes.map(({ openness }) => openness)).toEqual(['gone', 'open', 'open']);
  expect(failed.instances.map(({ home }) => home)).toEqual([-1, -1, -1, -1]);
  expect(problem.instances.map(({ home }) => home)).toEqual([0, -1, 0, -1]);
});
