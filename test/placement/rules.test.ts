import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { blockersOf } from '../../placement/blockers.ts';
import { violationsOf } from '../../placement/check.ts';
import { PlacementError } from '../../placement/error.ts';
import { occupancyOf } from '../../placement/occupancy.ts';
import type { Problem } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { aNode, anApplication, anInstance, aProblem } from './problems.ts';

const solver = await loadSolver();
const solve = (problem: Problem) => {
  const solution = solver.solve(problem, { seed: 7, steps: 3000 });
  expect(violationsOf(problem, solution.node)).toEqual([]);
  return solution;
};

test('the wasm imports nothing but abort', async () => {
  for (const name of ['solver', 'solver-checked']) {
    const module = await WebAssembly.compile(await readFile(new URL(`../../dist/${name}.wasm`, import.meta.url)));
    expect(WebAssembly.Module.imports(module).filter((one) => one.module !== 'env' || one.name !== 'abort')).toEqual(
      [],
    );
  }
});

describe('who runs', () => {
  test('the less important waits, though it runs now, and the answer says why', () => {
    const apps = [anApplication('low', 6, { priority: 10 }), anApplication('high', 6, { priority: 90 })];
    const solution = solve(aProblem([aNode('N1', 10)], apps, [anInstance(0, 0), anInstance(1)]));
    expect(solution.node).toEqual([-1, 0]);
    expect(solution.unplaced[0]?.reasons).toEqual([
      '1 of 1 nodes lack cpu: needs 6, most free is N1 with 4',
      'stopping less important instances would not make room on any one of them',
      'N1 would take it with 2 more cpu',
    ]);
  });

  test('actives go before standbys of equal priority', () => {
    const apps = [anApplication('a', 6), anApplication('b', 6)];
    const instances = [anInstance(0, -1, { role: 'standby' }), anInstance(1)];
    expect(solve(aProblem([aNode('N1', 10)], apps, instances)).node).toEqual([-1, 0]);
  });

  test('of equals, one that runs is not stopped for one that does not, however much more level that would be', () => {
    const apps = [anApplication('tight', 10), anApplication('loose', 6)];
    expect(solve(aProblem([aNode('N1', 10)], apps, [anInstance(0, 0), anInstance(1)])).node).toEqual([0, -1]);
    const nodes = [aNode('N1', 10), aNode('N2', 10)];
    const three = [anApplication('a', 9), anApplication('b', 6), anApplication('c', 5)];
    const instances = [anInstance(0, 0), anInstance(1, 1), anInstance(2)];
    expect(solve(aProblem(nodes, three, instances)).node).toEqual([0, 1, -1]);
  });

  test('a healthy one moves aside for one that fits nowhere else', () => {
    const apps = [anApplication('small', 4), anApplication('large', 9)];
    const nodes = [aNode('N1', 10), aNode('N2', 5)];
    const solution = solve(aProblem(nodes, apps, [anInstance(0, 0), anInstance(1)]));
    expect(solution.node).toEqual([1, 0]);
    expect(solution.moves).toBe(1);
  });

  test('nothing to place and nowhere to place it are answers too', () => {
    expect(solve(aProblem([], [], [])).node).toEqual([]);
    expect(solve(aProblem([aNode('N1', 1)], [], [])).node).toEqual([]);
    const solution = solve(aProblem([], [anApplication('a', 1)], [anInstance(0)]));
    expect(solution.unplaced).toEqual([{ instance: 0, reasons: ['there are no nodes'] }]);
    expect(solve(aProblem([aNode('N1', 0)], [anApplication('a', 0)], [anInstance(0)])).node).toEqual([0]);
  });
});

describe('where it runs', () => {
  test('replicas are on different nodes and, where there are enough, in different domains', () => {
    const nodes = ['r1', 'r1', 'r2'].map((domain, n) => aNode(`N${n}`, 10, { domain }));
    const apps = [anApplication('a', 1, { spread: 'domain' })];
    const { node } = solve(aProblem(nodes, apps, [anInstance(0, 0), anInstance(0, 1)]));
    expect(node).toContain(2);
    expect(new Set(node).size).toBe(2);
  });

  test('an active and a standby of one application never share a node', () => {
    const instances = [anInstance(0, 0), anInstance(0, -1, { role: 'standby' })];
    expect(solve(aProblem([aNode('N1', 9)], [anApplication('a', 1)], instances)).node).toEqual([0, -1]);
  });

  test('affinity in a cycle is placed together; without its other half it waits and says so', () => {
    const apps = [anApplication('a', 3, { affinity: [1] }), anApplication('b', 3, { affinity: [0] })];
    const nodes = [aNode('N1', 5), aNode('N2', 6)];
    expect(solve(aProblem(nodes, apps, [anInstance(0), anInstance(1)])).node).toEqual([1, 1]);
    const alone = solve(aProblem(nodes, apps, [anInstance(0)]));
    expect(alone.unplaced[0]?.reasons[0]).toBe('must run beside b, which runs nowhere');
  });

  test('anti-affinity holds both ways', () => {
    const apps = [anApplication('a', 1), anApplication('b', 1, { antiAffinity: [0] })];
    expect(solve(aProblem([aNode('N1', 9)], apps, [anInstance(0), anInstance(1)])).unplaced.length).toBe(1);
  });

  test('a draining node is emptied, a cordoned one kept, a pinned instance stays', () => {
    const nodes = [
      aNode('N1', 10, { openness: 'draining' }),
      aNode('N2', 10, { openness: 'cordoned' }),
      aNode('N3', 10),
    ];
    const apps = [0, 1, 2].map((k) => anApplication(`a${k}`, 1));
    const instances = [anInstance(0, 0), anInstance(1, 1), anInstance(2, 0, { pinned: true })];
    expect(solve(aProblem(nodes, apps, instances)).node).toEqual([2, 1, 0]);
  });

  test('a degraded node is left, and unease of enough moves makes an instance leave', () => {
    const apps = [anApplication('a', 0)];
    const degraded = [aNode('N1', 10, { openness: 'degraded' }), aNode('N2', 10)];
    expect(solve(aProblem(degraded, apps, [anInstance(0, 0)])).node).toEqual([1]);
    const open = [aNode('N1', 10), aNode('N2', 10)];
    expect(solve(aProblem(open, apps, [anInstance(0, 0)])).node).toEqual([0]);
    expect(solve(aProblem(open, apps, [anInstance(0, 0, { unease: 2 })])).node).toEqual([1]);
  });

  test('an over-full node is relieved where there is room, and kept where there is none', () => {
    const apps = [anApplication('a', 6), anApplication('b', 6)];
    const instances = [anInstance(0, 0), anInstance(1, 0)];
    expect(new Set(solve(aProblem([aNode('N1', 10), aNode('N2', 10)], apps, instances)).node).size).toBe(2);
    expect(solve(aProblem([aNode('N1', 10), aNode('N2', 5)], apps, instances)).node).toEqual([0, 0]);
  });
});

describe('how much may move', () => {
  const nodes = [aNode('N1', 100), ...[2, 3, 4].map((n) => aNode(`N${n}`, 100))];
  const crowd = Array.from({ length: 9 }, (_, a) => anApplication(`a${a}`, 10));
  const crowded = aProblem(
    nodes,
    crowd,
    crowd.map((_, a) => anInstance(a, 0)),
  );

  test('by choice, no more than is allowed; as many as help without a limit', () => {
    expect(solve(crowded).moves).toBeGreaterThan(5);
    for (const maxMoves of [0, 1, 3]) expect(solve({ ...crowded, maxMoves }).moves).toBe(maxMoves);
  });

  test('a lost node and one to be emptied are left all the same', () => {
    for (const openness of ['draining', 'gone'] as const) {
      const left = { ...crowded, nodes: [aNode('N1', 100, { openness }), ...nodes.slice(1)], maxMoves: 0 };
      expect(solve(left).node).not.toContain(0);
    }
  });

  test('nobody is moved aside beyond the limit: what that would have placed waits', () => {
    const apps = [anApplication('small', 4), anApplication('large', 9)];
    const full = aProblem([aNode('N1', 10), aNode('N2', 5)], apps, [anInstance(0, 0), anInstance(1)]);
    expect(solve({ ...full, maxMoves: 0 }).node).toEqual([0, -1]);
    expect(solve({ ...full, maxMoves: 1 }).node).toEqual([1, 0]);
  });
});

describe('expected use below what is demanded', () => {
  const idle = { load: [1] };
  const apps = [anApplication('a', 60), anApplication('b', 60), anApplication('c', 60)];

  test('does not let more onto a node than demand allows', () => {
    const instances = [0, 1, 2].map((a) => anInstance(a, -1, idle));
    const { node } = solve(aProblem([aNode('N1', 100), aNode('N2', 100)], apps, instances));
    expect(node.filter((n) => n < 0)).toHaveLength(1);
  });

  test('levels what is used, not what is demanded', () => {
    const nodes = [aNode('N1', 200), aNode('N2', 200)];
    const busy = [anInstance(0, 0), anInstance(1, 0), anInstance(2, 1, idle)];
    expect(solve(aProblem(nodes, apps, busy)).moves).toBe(1); // two that use 60 side by side, one that uses 1
    const even = [anInstance(0, 0, idle), anInstance(1, 0, idle), anInstance(2, 1, idle)];
    expect(solve(aProblem(nodes, apps, even)).moves).toBe(0);
  });
});

test('all blockers of a node are told at once', () => {
  const node = aNode('N1', 3000, { reserve: [150], labels: { disk: 'hdd' }, openness: 'cordoned' });
  const apps = [anApplication('a', 2000, { forbid: [{ label: 'disk', in: ['hdd'] }] }), anApplication('b', 1350)];
  const problem = aProblem([node], apps, [anInstance(0), anInstance(1, 0)]);
  expect(blockersOf(occupancyOf(problem, [-1, 0]), 0, 0).map((one) => one.text)).toEqual([
    'N1 is cordoned: nothing new goes there',
    'needs 2000 of cpu, 1500 free (3000 capacity, 150 reserve, 1350 used)',
    'forbidden where disk=hdd',
  ]);
});

test('amounts beyond 32 bits are scaled, never over capacity', () => {
  const big = 2 ** 50;
  const apps = [anApplication('a', big - 1), anApplication('b', 2)];
  const { node } = solve(aProblem([aNode('N1', big), aNode('N2', big)], apps, [anInstance(0), anInstance(1)]));
  expect(new Set(node)).toEqual(new Set([0, 1]));
});

test('bad input is refused with field, value and what is allowed', () => {
  const good = aProblem([aNode('N1', 1)], [anApplication('a', 1)], [anInstance(0)]);
  const bad = { ...good, nodes: [aNode('N1', 1.5)] };
  expect(() => solver.solve(bad, { seed: 1, steps: 1 })).toThrow(
    new PlacementError('nodes[0].capacity[0]', 1.5, 'an integer from 0 to 2^53-1'),
  );
  const unknown = { ...good, instances: [anInstance(3)] };
  expect(() => solver.solve(unknown, { seed: 1, steps: 1 })).toThrow('instances[0].application is 3');
  const tooUsed = { ...good, instances: [anInstance(0, -1, { load: [2] })] };
  expect(() => solver.solve(tooUsed, { seed: 1, steps: 1 })).toThrow(
    'instances[0].load[0] is 2; allowed: at most its demand, 1',
  );
  const crowd = (count: number) => new Array(count).fill(good.instances[0]);
  expect(() => solver.solve({ ...good, instances: crowd(65_536) }, { seed: 1, steps: 1 })).toThrow(
    'instances of applications[0] is 65536; allowed: at most 65535',
  );
  const vast = {
    ...good,
    nodes: Array.from({ length: 60_000 }, (_, n) => aNode(`N${n}`, 1)),
    applications: Array.from({ length: 30_000 }, (_, a) => anApplication(`a${a}`, 1, { spread: 'domain' })),
    instances: Array.from({ length: 60_000 }, (_, i) => anInstance(i >> 1)),
  };
  expect(() => solver.solve(vast, { seed: 1, steps: 1 })).toThrow('memory for this problem is "3.6 GiB');
  expect(() => solver.solve({ ...good, maxMoves: -1 }, { seed: 1, steps: 1 })).toThrow('maxMoves is -1');
  expect(() => solver.solve(good, { seed: -1, steps: 1 })).toThrow('seed is -1');
  expect(() => solver.solve(good, { seed: 1, steps: 0.5 })).toThrow('steps is 0.5');
});
