import fc from 'fast-check';
import { expect, test } from 'vitest';
import { softBound } from '../../placement/bound.ts';
import { violationsOf } from '../../placement/check.ts';
import { type Cost, compareCosts, costOf } from '../../placement/cost.ts';
import type { Problem } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { smallProblems } from './problems.ts';

const solver = await loadSolver();
const checked = await loadSolver({ checked: true });
const SEED = 20261123;

/** The least cost of all placements that keep the hard rules. */
function leastCost(problem: Problem): Cost {
  let best: Cost | undefined;
  const placement = problem.instances.map(() => -1);
  const tryFrom = (i: number): void => {
    if (i < placement.length) {
      for (let node = -1; node < problem.nodes.length; node++) {
        placement[i] = node;
        tryFrom(i + 1);
      }
      return;
    }
    if (violationsOf(problem, placement).length > 0) return;
    const cost = costOf(problem, placement);
    if (best === undefined || compareCosts(cost, best) < 0) best = cost;
  };
  tryFrom(0);
  return best!;
}

test('answers keep every hard rule, and cost what cost.ts says', () => {
  fc.assert(
    fc.property(smallProblems, fc.nat(), (problem, seed) => {
      const search = solver.begin(problem, seed);
      for (const steps of [0, 1, 50, 300]) {
        search.run(steps);
        const { node } = search.best();
        expect(violationsOf(problem, node)).toEqual([]);
        const { breachPpm, domainShortage, soft } = costOf(problem, node);
        expect(search.levels()).toEqual({ breachPpm, domainShortage, soft });
      }
    }),
    { numRuns: 1500, seed: SEED },
  );
});

test('small problems are solved to the optimum', () => {
  fc.assert(
    fc.property(smallProblems, (problem) => {
      const { node } = solver.solve(problem, { seed: 1, steps: 20_000 });
      const least = leastCost(problem);
      expect(compareCosts(costOf(problem, node), least)).toBe(0);
      if (least.waiting.every((count) => count === 0)) expect(softBound(problem)).toBeLessThanOrEqual(least.soft / 1e9);
    }),
    { numRuns: 400, seed: SEED },
  );
});

test('the checked build, other slices and another run give the same answer', () => {
  fc.assert(
    fc.property(smallProblems, fc.nat(), (problem, seed) => {
      const answer = solver.solve(problem, { seed, steps: 500 });
      expect(checked.solve(problem, { seed, steps: 500 })).toEqual(answer);
      expect(solver.solve(problem, { seed, steps: 500 })).toEqual(answer);
    }),
    { numRuns: 300, seed: SEED },
  );
});
