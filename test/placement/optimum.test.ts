import fc from 'fast-check';
import { expect, test } from 'vitest';
import { softBound } from '../../placement/bound.ts';
import { violationsOf } from '../../placement/check.ts';
import { type Cost, compareCosts, costOf } from '../../placement/cost.ts';
import type { Problem } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { contendedProblems, smallProblems } from './problems.ts';

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

/** What of the rules made a difference to an answer. */
function featuresOf(problem: Problem, node: readonly number[]): string[] {
  const { nodes, applications, instances, maxMoves } = problem;
  const features = instances.flatMap(({ home, application, role, pinned, load, demand }, i) => {
    const { affinity, antiAffinity, priority } = applications[application]!;
    const placed = node[i]! >= 0;
    const ran = home >= 0 && nodes[home]!.openness !== 'gone';
    const isOver = (j: number) =>
      node[j]! >= 0 && node[j] !== instances[j]!.home && applications[instances[j]!.application]!.priority > priority;
    return [
      ran && !placed && [...instances.keys()].some(isOver) ? 'stopped for a more important one' : '',
      ran && placed && node[i] !== home && nodes[home]!.openness === 'draining' ? 'off a draining node' : '',
      placed && affinity.length > 0 ? 'affinity' : '',
      placed && antiAffinity.length > 0 ? 'anti-affinity' : '',
      pinned && ran ? 'pinned' : '',
      role === 'standby' && !placed ? 'standby that waits' : '',
      load !== undefined && placed ? 'load' : '',
      demand !== null && placed ? 'demand of its own' : '',
      placed && nodes[node[i]!]!.reserve.some((amount) => amount > 0) ? 'reserve' : '',
    ];
  });
  const { maxMoves: _, ...unlimited } = problem;
  if (maxMoves !== undefined && compareCosts(leastCost(unlimited), costOf(problem, node)) < 0)
    features.push('limit on moves');
  return features;
}

test('small problems are solved to the optimum', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.oneof(smallProblems, smallProblems, contendedProblems), (problem) => {
      const { node } = solver.solve(problem, { seed: 1, steps: 20_000 });
      const least = leastCost(problem);
      expect(compareCosts(costOf(problem, node), least)).toBe(0);
      for (const one of new Set(featuresOf(problem, node))) seen.set(one, (seen.get(one) ?? 0) + 1);
      if (least.waiting.every((count) => count === 0)) expect(softBound(problem)).toBeLessThanOrEqual(least.soft / 1e9);
    }),
    { numRuns: 1500, seed: SEED },
  );
  seen.delete('');
  expect(seen.size).toBe(10);
  for (const [feature, count] of seen) expect({ feature, often: count > 5 }).toEqual({ feature, often: true });
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
