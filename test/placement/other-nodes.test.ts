import fc from 'fast-check';
import { expect, test } from 'vitest';
import { violationsOf } from '../../placement/check.ts';
import { compareCosts, costOf } from '../../placement/cost.ts';
import { bestOther, isAllowed, otherNodesOf } from '../../placement/other-nodes.ts';
import type { Problem } from '../../placement/problem.ts';
import { demandOf } from '../../placement/rules.ts';
import { loadSolver } from '../../placement/solver.ts';
import { unitsOf } from '../../placement/units.ts';
import { aNode, anApplication, anInstance, aProblem, smallProblems } from './problems.ts';

const solver = await loadSolver();

/** Lawful, but not levelled: there is something to gain. A half of them in amounts so large that the solver counts in units. */
const running = fc.tuple(smallProblems, fc.boolean()).map(([problem, isLarge]): Problem => {
  const careless = {
    ...problem,
    weights: { load: 0, imbalance: 0, move: 1 },
    applications: problem.applications.map(({ prefer: _, near: __, ...one }) => one),
  };
  const { node } = solver.solve(careless, { seed: 1, steps: 100 });
  const scaled = (amounts: readonly number[]) =>
    isLarge ? amounts.map((amount) => amount * 2 ** 34 + (amount % 3)) : amounts;
  return {
    ...problem,
    applications: problem.applications.map((one) => ({ ...one, demand: scaled(one.demand) })),
    nodes: problem.nodes.map((one) => ({ ...one, capacity: scaled(one.capacity), reserve: scaled(one.reserve) })),
    instances: problem.instances.flatMap(({ load: _, demand, ...one }, i) =>
      node[i]! < 0 ? [] : [{ ...one, home: node[i]!, demand: demand && scaled(demand) }],
    ),
  };
});

/** A node that is filled to its last byte, or nearly, is more than full as the solver counts: it would be relieved of that. */
function isFullInUnits(problem: Problem): boolean {
  const { up, down } = unitsOf(problem);
  return problem.nodes.some(({ capacity }, n) => {
    const here = [...problem.instances.keys()].filter((i) => problem.instances[i]!.home === n);
    const held = here.map((i) => up(demandOf(problem, i)));
    return down(capacity).some((amount, r) => held.reduce((sum, row) => sum + row[r]!, 0) > amount);
  });
}

const moved = (placement: readonly number[], instance: number, node: number) =>
  placement.map((at, i) => (i === instance ? node : at));

test('allowed is exactly what breaks no rule, and what is called cheapest the solver would choose, were it free to', () => {
  const seen = { cheaper: 0, dearer: 0, heldByDomain: 0, forbidden: 0, barely: 0 };
  fc.assert(
    fc.property(running, (problem) => {
      const home = problem.instances.map((one) => one.home);
      const othersOf = otherNodesOf(problem, home);
      const today = costOf(problem, home);
      for (const i of home.keys()) {
        const others = othersOf(i);
        expect(others.map(({ node }) => node)).toEqual([...problem.nodes.keys()].filter((n) => n !== home[i]));
        for (const other of others) {
          const isLawful = violationsOf(problem, moved(home, i, other.node)).length === 0;
          expect(other.blockers.length === 0).toBe(isLawful);
          expect(other.difference !== null).toBe(isAllowed(other));
          if (!isLawful) seen.forbidden++;
          if (other.barely !== null) seen.barely++;
          if (other.difference !== null && other.difference.domainShortage > 0 && other.difference.soft < 0)
            seen.heldByDomain++;
        }
        if (isFullInUnits(problem)) continue;
        const best = bestOther(others);
        // all others held, it alone may move: the solver's answer is the best there is
        const alone = {
          ...problem,
          instances: problem.instances.map((one, k) => (k === i ? one : { ...one, pinned: true })),
        };
        const answer = solver.solve(alone, { seed: 1, steps: 300 }).node;
        const then = best === null ? today : costOf(problem, moved(home, i, best.node));
        const isCheaper = compareCosts(then, today) < 0;
        expect(compareCosts(costOf(problem, answer), isCheaper ? then : today)).toBe(0);
        if (isCheaper) seen.cheaper++;
        else if (best !== null) seen.dearer++;
      }
    }),
    { numRuns: 2000, seed: 20261125 },
  );
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(1);
});

test('a failure domain comes before every price', () => {
  const nodes = [aNode('N1', 10, { domain: 'A' }), aNode('N2', 10, { domain: 'B' }), aNode('N3', 100, { domain: 'B' })];
  const web = anApplication('web', 8, { spread: 'domain' });
  const problem = aProblem(nodes, [web], [anInstance(0, 0), anInstance(0, 1)]);
  const best = bestOther(otherNodesOf(problem, [0, 1])(0));
  expect(best).toMatchObject({ node: 2, difference: { domainShortage: 1 } });
});

test('what fits by less than the solver counts is not allowed, and says why', () => {
  const huge = 2 ** 50;
  const problem = aProblem([aNode('N1', huge), aNode('N2', huge + 1)], [anApplication('a', huge)], [anInstance(0, 0)]);
  const [fits] = otherNodesOf(problem, [0])(0);
  expect(fits).toMatchObject({ barely: null });
  const odd = {
    ...problem,
    nodes: [aNode('N1', huge), aNode('N2', huge - 1)],
    applications: [anApplication('a', huge - 1)],
  };
  const [barely] = otherNodesOf(odd, [0])(0);
  expect(barely).toMatchObject({ blockers: [], barely: 'cpu in units of 2097152', difference: null });
});
