import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCosts, costOf } from '../../placement/cost.ts';
import { compareDifferences, weighElsewhere } from '../../placement/elsewhere.ts';
import { loadSolver } from '../../placement/solver.ts';
import { smallProblems } from './problems.ts';

const solver = await loadSolver();

test('going elsewhere costs what the definition says, term by term', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(smallProblems, (problem) => {
      const placement = solver.solve(problem, { seed: 1, steps: 100 }).node;
      const weigh = weighElsewhere(problem, placement);
      const today = costOf(problem, placement);
      for (const [i, at] of placement.entries()) {
        if (at < 0) continue;
        const asked = [...problem.nodes.keys()].filter((n) => n !== at);
        const told = asked.map((n) => {
          const there = costOf(
            problem,
            placement.map((node, j) => (j === i ? n : node)),
          );
          const difference = weigh(i, n);
          for (const term of Object.keys(there.terms) as (keyof typeof there.terms)[]) {
            const by = there.terms[term] - today.terms[term];
            expect({ term, by: difference.terms[term] + 0 }).toEqual({ term, by: by + 0 });
            if (by !== 0) seen.add(term);
          }
          expect(difference).toMatchObject({
            breachPpm: there.breachPpm - today.breachPpm,
            domainShortage: there.domainShortage - today.domainShortage,
            soft: there.soft - today.soft,
            maxLoadPpm: there.maxLoadPpm,
          });
          return { difference, there };
        });
        const best = [...told].sort((a, b) => compareDifferences(a.difference, b.difference))[0];
        for (const { there } of told) expect(compareCosts(best!.there, there)).toBeLessThanOrEqual(0);
      }
    }),
    { numRuns: 1500, seed: 20261123 },
  );
  expect([...seen].sort()).toEqual(['company', 'imbalance', 'load', 'move', 'preference', 'unease']);
});
