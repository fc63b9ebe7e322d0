import { afterAll, expect, test } from 'vitest';
import { openSolver, type SolverClient } from '../../coordinator/shell/solver-client.ts';
import { violationsOf } from '../../placement/check.ts';
import { compareCosts, costOf } from '../../placement/cost.ts';
import type { Problem } from '../../placement/problem.ts';
import { aNode, anApplication, anInstance, aProblem } from '../placement/problems.ts';

const opened: SolverClient[] = [];
const open = (threads?: number) => {
  const solver = openSolver(threads === undefined ? {} : { threads });
  opened.push(solver);
  return solver;
};
afterAll(() => Promise.all(opened.map((solver) => solver.close())));

/** Uneven demands, so that few steps from different seeds end in different places. */
const uneven: Problem = aProblem(
  Array.from({ length: 12 }, (_, n) => aNode(`N${n}`, 1000 + 37 * n)),
  Array.from({ length: 90 }, (_, a) => anApplication(`A${a}`, 20 + ((a * 7919) % 113))),
  Array.from({ length: 90 }, (_, a) => anInstance(a, a % 5)),
);
const endless = { seed: 1, budget: { timeMs: 3_600_000 } };

test('the better of both threads is the answer, and steps make it repeat', async () => {
  const steps = 300;
  const both = open();
  const { solution } = await both.solve(uneven, { seed: 7, budget: { steps } });
  const alone = open(1);
  const first = await alone.solve(uneven, { seed: 7, budget: { steps } });
  const second = await alone.solve(uneven, { seed: (7 + 0x9e3779b9) >>> 0, budget: { steps } });
  const [a, b] = [first, second].map((one) => costOf(uneven, one.solution.node));
  expect(compareCosts(a!, b!)).not.toBe(0);
  expect(costOf(uneven, solution.node)).toEqual(compareCosts(a!, b!) < 0 ? a : b);
  expect(solution).toMatchObject({ seed: 7, steps: first.solution.steps + second.solution.steps });
  expect((await both.solve(uneven, { seed: 7, budget: { steps } })).solution).toEqual(solution);
});

test('a search that is cancelled answers with the best so far; progress shows cost, bound and moves', async () => {
  const solver = open();
  const controller = new AbortController();
  const seen: { cost: number; bound: number; moves: number }[] = [];
  const { solution } = await solver.solve(uneven, {
    ...endless,
    signal: controller.signal,
    onProgress: (progress) => {
      seen.push(progress);
      if (seen.length === 4) controller.abort();
    },
  });
  expect(violationsOf(uneven, solution.node)).toEqual([]);
  expect(solution.unplaced).toEqual([]);
  for (const [k, { cost, bound, moves }] of seen.entries()) {
    expect(bound).toBeLessThanOrEqual(cost);
    expect(moves).toBeGreaterThanOrEqual(0);
    if (k > 0) expect(cost).toBeLessThanOrEqual(seen[k - 1]!.cost);
  }
  expect(costOf(uneven, solution.node).soft / 1e9).toBeLessThanOrEqual(seen.at(-1)!.cost);
});

test('one cancelled before it begins still has an answer', async () => {
  const { solution } = await open().solve(uneven, { ...endless, signal: AbortSignal.abort() });
  expect(violationsOf(uneven, solution.node)).toEqual([]);
});

test('a survey of losses that is overtaken by the next ends without an answer', async () => {
  const solver = open();
  const tight = aProblem(
    Array.from({ length: 40 }, (_, n) => aNode(`N${n}`, 100)),
    Array.from({ length: 40 }, (_, a) => anApplication(`A${a}`, 99)),
    Array.from({ length: 40 }, (_, a) => anInstance(a, a)),
  );
  const first = solver.survey(tight);
  const second = solver.survey(uneven);
  expect(await first).toBeNull();
  expect(await second).toMatchObject({ anyNode: true, anyDomain: null });
  expect(await solver.survey(tight)).toMatchObject({
    anyNode: false,
    node: { waiting: [expect.any(String)], short: [{ resource: 'cpu', amount: 98 }], others: 39 },
  });
});

test('a problem that is none is refused, and the next one is solved', async () => {
  const solver = open();
  const wrong = { ...uneven, weights: { ...uneven.weights, load: -1 } };
  await expect(solver.solve(wrong, { seed: 1, budget: { steps: 10 } })).rejects.toThrow('weights.load');
  expect(solver.queued()).toBe(0);
  expect((await solver.solve(uneven, { seed: 1, budget: { steps: 10 } })).solution.unplaced).toEqual([]);
});
