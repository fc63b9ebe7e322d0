import fc from 'fast-check';
import { expect, test } from 'vitest';
import { violationsOf } from '../../placement/check.ts';
import { compareCosts, costOf } from '../../placement/cost.ts';
import type { Problem } from '../../placement/problem.ts';
import { beginRefill } from '../../placement/refill.ts';
import { classRanks } from '../../placement/rules.ts';
import { loadSolver } from '../../placement/solver.ts';
import { whoCouldWait } from '../../placement/who-could-wait.ts';
import { aNode, anApplication, anInstance, aProblem, contendedProblems, smallProblems } from './problems.ts';

const solver = await loadSolver();
const checked = await loadSolver({ checked: true });
const SEED = 20261125;

/** Nodes cut into instances that fill them to the last unit of two resources but a few, in no order, all new. */
function cutToFit(seed: number, nodes: number, perNode: number, waste: number): Problem {
  let state = seed;
  const below = (end: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const pieces = (total: number) => {
    const cuts = Array.from({ length: perNode - 1 }, () => 1 + below(total - 1)).sort((a, b) => a - b);
    return [...cuts, total].map((cut, k) => cut - (cuts[k - 1] ?? 0));
  };
  const sizes = Array.from({ length: nodes }, (_, n) => (n % 2 === 0 ? 2000 : 4000));
  const demands = sizes.flatMap((size) => {
    const cpu = pieces(size - waste);
    const memory = pieces(size - waste);
    return cpu.map((amount, k) => [amount, memory[k]!]);
  });
  for (let k = demands.length - 1; k > 0; k--) {
    const j = below(k + 1);
    [demands[k], demands[j]] = [demands[j]!, demands[k]!];
  }
  return {
    ...aProblem(
      sizes.map((size, n) => aNode(`N${n}`, size, { capacity: [size, size], reserve: [0, 0] })),
      demands.map((demand, a) => anApplication(`A${a}`, 0, { demand })),
      demands.map((_, a) => anInstance(a)),
    ),
    resources: ['cpu', 'memory'],
  };
}

test('where there is hardly more room than all need, all is placed', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const problem = cutToFit(seed, 6, 6, 15);
    const { node } = solver.solve(problem, { seed, steps: 1_000_000 });
    expect(violationsOf(problem, node)).toEqual([]);
    expect(node.filter((n) => n === -1)).toEqual([]);
    if (seed === 1) expect(checked.solve(problem, { seed, steps: 1_000_000 }).node).toEqual(node);
  }
});

test('less that matters waits, and every rule is kept, whatever the problem', () => {
  let found = 0;
  const tight = fc.integer({ min: 1 }).map((seed) => cutToFit(seed, 3, 4, 20));
  fc.assert(
    fc.property(fc.oneof(smallProblems, contendedProblems, tight), fc.nat(), (problem, seed) => {
      const placed = solver.begin(problem, seed).placement();
      const refill = beginRefill(problem, placed);
      for (let attempt = 0; refill !== null && attempt < 3; attempt++) {
        const { node } = refill.attempt(attempt);
        expect(refill.attempt(attempt).node).toEqual(node);
        if (node === null) continue;
        found++;
        const before = new Set(violationsOf(problem, placed).map(String));
        expect(violationsOf(problem, node).filter((one) => !before.has(String(one)))).toEqual([]);
        expect(compareCosts(costOf(problem, node), costOf(problem, placed))).toBeLessThan(0);
      }
    }),
    { numRuns: 1000, seed: SEED },
  );
  expect(found).toBeGreaterThan(50); // else nothing was put to the test
});

test('those who could wait are fewer or matter less, and leave enough in sum for the rest', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ rank: fc.nat(2), need: fc.tuple(fc.nat(9), fc.nat(9)), waits: fc.boolean() }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.tuple(fc.nat(40), fc.nat(40)),
      (items, room) => {
        const free = [...items.keys()];
        const ranks = items.map(({ rank }) => rank);
        const waits = free.filter((i) => items[i]!.waits);
        fc.pre(waits.length > 0);
        const counts = (set: readonly number[]) => [0, 1, 2].map((rank) => set.filter((i) => ranks[i] === rank).length);
        const isLess = (a: number[], b: number[]) => {
          const k = a.findIndex((count, rank) => count !== b[rank]);
          return k >= 0 && a[k]! < b[k]!;
        };
        const sets = whoCouldWait({ ranks, need: items.map(({ need }) => need), room, free, waits });
        for (const set of sets) {
          expect(isLess(counts(set), counts(waits))).toBe(true);
          for (const r of [0, 1] as const) {
            const used = free.filter((i) => !set.includes(i)).reduce((total, i) => total + items[i]!.need[r], 0);
            expect(used).toBeLessThanOrEqual(room[r]);
          }
        }
      },
    ),
    { numRuns: 2000, seed: SEED },
  );
});

test('what may not move, or is tied to others, is left alone', () => {
  const nodes = [aNode('N0', 10), aNode('N1', 10)];
  const full = [anApplication('big', 6), anApplication('small', 4), anApplication('other', 6), anApplication('new', 4)];
  const instances = [anInstance(0, 0), anInstance(1, 1), anInstance(2, 1), anInstance(3)];
  const placed = [0, 1, 1, -1];
  expect(beginRefill(aProblem(nodes, full, instances), placed)).not.toBeNull();
  const limited = (maxMoves: number) => beginRefill({ ...aProblem(nodes, full, instances), maxMoves }, placed);
  for (const maxMoves of [0, 1, 3]) {
    for (let attempt = 0; attempt < 6; attempt++) {
      const node = limited(maxMoves)?.attempt(attempt).node;
      const moved = node?.filter((at, i) => placed[i] !== -1 && at !== placed[i]) ?? [];
      expect(moved.length).toBeLessThanOrEqual(maxMoves);
    }
  }
  const tied = full.map((one, a) => (a === 3 ? { ...one, affinity: [0] } : one));
  expect(beginRefill(aProblem(nodes, tied, instances), placed)).toBeNull();
  expect(classRanks(aProblem(nodes, full, instances))).toEqual([0, 0, 0, 0]);
});
