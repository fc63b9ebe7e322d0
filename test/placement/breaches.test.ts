import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breachesOf } from '../../placement/breaches.ts';
import { costOf } from '../../placement/cost.ts';
import { loadSolver } from '../../placement/solver.ts';
import { aNode, anApplication, anInstance, aProblem, smallProblems } from './problems.ts';

const solver = await loadSolver();

test('something is told exactly where the cost counts a breach', () => {
  let told = 0;
  fc.assert(
    fc.property(smallProblems, (problem) => {
      const { node } = solver.solve(problem, { seed: 1, steps: 200 });
      const breaches = breachesOf(problem, node);
      expect(breaches.length > 0).toBe(costOf(problem, node).breachPpm > 0);
      told += breaches.length;
    }),
    { numRuns: 1500, seed: 20261123 },
  );
  expect(told).toBeGreaterThan(200);
});

test('each kind in words', () => {
  const nodes = [
    aNode('N1', 10, { openness: 'draining', labels: { disk: 'hdd' } }),
    aNode('N2', 1, { labels: { disk: 'ssd' }, openness: 'cordoned' }),
  ];
  const apps = [
    anApplication('a', 6, { allow: [{ label: 'disk', in: ['ssd'] }], antiAffinity: [1] }),
    anApplication('b', 6, { forbid: [{ label: 'disk', in: ['hdd'] }], affinity: [2] }),
    anApplication('c', 1),
  ];
  const instances = [anInstance(0, 0, { name: 'a/0' }), anInstance(1, 0, { name: 'b/0' })];
  expect(breachesOf(aProblem(nodes, apps, instances), [0, 0])).toEqual([
    'N1 holds 12 of cpu and has 10',
    'a/0, b/0 stay on N1, which is draining',
    'a/0 stays on N1, and is allowed only where disk=ssd',
    'b/0 stays on N1, and is forbidden where disk=hdd',
    'a/0 and b/0 are both on N1, and may not be',
    'b/0 is on N1 without c, which it must be beside',
  ]);
});

test('of very many a thousand', () => {
  const many = aProblem(
    [aNode('N1', 10)],
    [anApplication('a', 0)],
    Array.from({ length: 3000 }, () => anInstance(0, 0)),
  );
  expect(breachesOf(many, new Array(3000).fill(0))).toHaveLength(1000);
});
