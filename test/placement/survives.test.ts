import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absorption } from '../../placement/absorb.ts';
import { violationsOf } from '../../placement/check.ts';
import type { Problem } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { type Survival, survives } from '../../placement/survives.ts';
import { aNode, anApplication, anInstance, aProblem, smallProblems } from './problems.ts';

const solver = await loadSolver();
const SEED = 20261123;
const ask = (problem: Problem, placement: readonly number[]): Survival =>
  survives(solver, problem, placement, { seed: 1, steps: 5000 })!;

/** The problem after a loss: what ran before runs there or waits, and may go anywhere. */
function after(problem: Problem, placement: readonly number[], lost: readonly number[]): Problem {
  const { maxMoves: _, ...rest } = problem;
  return {
    ...rest,
    nodes: problem.nodes.map((node, n) => (lost.includes(n) ? { ...node, openness: 'gone' as const } : node)),
    instances: problem.instances.flatMap((one, i) =>
      placement[i]! < 0 ? [] : [{ ...one, home: placement[i]!, pinned: false }],
    ),
  };
}

/** With nodes that mostly take something: of others hardly any loss could be absorbed. */
const clusters = fc.tuple(smallProblems, fc.constantFrom(0, 4, 8)).map(([problem, more]) => ({
  ...problem,
  nodes: problem.nodes.map((node) =>
    more === 0 ? node : { ...node, openness: 'open' as const, capacity: node.capacity.map((amount) => amount + more) },
  ),
}));

/** Whether any placement of everything keeps the rules. */
function canAllRun(problem: Problem): boolean {
  const placement = problem.instances.map(() => 0);
  const tryFrom = (i: number): boolean => {
    if (i === placement.length) return violationsOf(problem, placement).length === 0;
    return problem.nodes.some((node, n) => {
      placement[i] = n;
      return node.openness !== 'gone' && tryFrom(i + 1);
    });
  };
  return tryFrom(0);
}

test('small clusters survive what some arrangement survives, and nothing else', () => {
  const seen = { absorbed: 0, searched: 0, lost: 0, domains: 0 };
  fc.assert(
    fc.property(clusters, (problem) => {
      const placement = solver.solve(problem, { seed: 1, steps: 200 }).node;
      const { anyNode, anyDomain, losses } = ask(problem, placement);
      const used = new Set(placement.filter((n) => n >= 0));
      const unabsorbed = absorption(
        after(problem, placement, []),
        placement.filter((n) => n >= 0),
      );
      const survived = (lost: readonly number[], domain: string | null): boolean => {
        const possible = canAllRun(after(problem, placement, lost));
        const told = losses.find((loss) => loss.domain === domain && loss.nodes.join() === lost.join());
        expect({ lost, survived: told === undefined }).toEqual({ lost, survived: possible });
        if (unabsorbed(new Set(lost)) === 0) {
          expect(possible).toBe(true);
          seen.absorbed++;
        } else if (possible) seen.searched++;
        else seen.lost++;
        return possible;
      };
      const standing = [...problem.nodes.keys()].filter((n) => problem.nodes[n]!.openness !== 'gone');
      const nodes = standing.filter((n) => used.has(n)).map((n) => survived([n], null));
      expect(anyNode).toBe(nodes.length === 0 ? null : nodes.every((one) => one));
      const groups = [...Map.groupBy(standing, (n) => problem.nodes[n]!.domain)];
      const several = groups.filter(([, inside]) => inside.length > 1 && inside.some((n) => used.has(n)));
      const domains = groups.length < 2 ? [] : several.map(([domain, inside]) => survived(inside, domain));
      expect(anyDomain).toBe(domains.length === 0 ? null : domains.every((one) => one));
      seen.domains += domains.length;
    }),
    { numRuns: 1000, seed: SEED },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(15);
});

test('with the room that is said to be short, all would run', () => {
  let told = 0;
  fc.assert(
    fc.property(clusters, (problem) => {
      const placement = solver.solve(problem, { seed: 1, steps: 200 }).node;
      const { losses, worstNode, worstDomain } = ask(problem, placement);
      for (const [worst, of] of [
        [worstNode, losses.filter(({ domain }) => domain === null)],
        [worstDomain, losses.filter(({ domain }) => domain !== null)],
      ] as const) {
        expect(worst === null).toBe(of.length === 0);
        if (worst === null) continue;
        expect(of).toContainEqual({ nodes: worst.nodes, domain: worst.domain });
        expect(worst.waiting.length).toBeGreaterThan(0);
        if (worst.ruledOut.length > 0) continue;
        const without = after(problem, placement, worst.nodes);
        const nodes = without.nodes.map((node, n) => {
          const here = worst.short.filter((one) => one.node === n);
          const more = (amount: number, r: number) => {
            const short = here.find(({ resource }) => resource === r);
            return short === undefined ? amount : Math.max(amount, node.reserve[r]!) + short.amount;
          };
          return { ...node, capacity: node.capacity.map(more) };
        });
        expect(worst.short.length).toBeGreaterThan(0);
        expect(canAllRun({ ...without, nodes })).toBe(true);
        told++;
      }
    }),
    { numRuns: 1000, seed: SEED },
  );
  expect(told).toBeGreaterThan(50);
});

describe('what is told', () => {
  test('which node, who would wait, and what is lacking', () => {
    const apps = [anApplication('a', 6), anApplication('b', 4)];
    const problem = aProblem([aNode('N1', 10), aNode('N2', 9)], apps, [anInstance(0, 0), anInstance(1, 1)]);
    expect(ask(problem, [0, 1])).toEqual({
      anyNode: false,
      anyDomain: null,
      losses: [{ nodes: [0], domain: null }],
      worstNode: {
        ...{ nodes: [0], domain: null, waiting: [0], counted: 1 },
        short: [{ node: 1, resource: 0, amount: 1 }],
        ruledOut: [],
      },
      worstDomain: null,
      taking: 2,
      searched: 0, // there is too little in all
    });
  });

  test('a failure domain is lost with all its nodes', () => {
    const nodes = ['A', 'A', 'B', 'B'].map((domain, n) => aNode(`N${n}`, 10, { domain }));
    const apps = [0, 1, 2, 3].map((a) => anApplication(`a${a}`, 4));
    const problem = aProblem(
      nodes,
      apps,
      apps.map((_, a) => anInstance(a, a)),
    );
    expect(ask(problem, [0, 1, 2, 3])).toMatchObject({ anyNode: true, anyDomain: true, losses: [], searched: 0 });
    const larger = { ...problem, applications: apps.map((one) => ({ ...one, demand: [6] })) };
    const roomy = { ...larger, nodes: nodes.map((node) => ({ ...node, capacity: [12] })) };
    expect(ask(roomy, [0, 1, 2, 3])).toMatchObject({ anyNode: true, anyDomain: true });
    const tight = { ...roomy, nodes: roomy.nodes.map((node, n) => (n === 3 ? { ...node, capacity: [11] } : node)) };
    const { anyNode, anyDomain, losses, worstDomain } = ask(tight, [0, 1, 2, 3]);
    expect({ anyNode, anyDomain }).toEqual({ anyNode: true, anyDomain: false });
    expect(losses).toEqual([{ nodes: [0, 1], domain: 'A' }]);
    expect(worstDomain?.waiting).toHaveLength(1);
    expect(worstDomain?.short).toEqual([{ node: 3, resource: 0, amount: 1 }]);
  });

  test('others may have to move aside', () => {
    const apps = [6, 3, 4].map((demand, a) => anApplication(`a${a}`, demand));
    const nodes = [aNode('N1', 10), aNode('N2', 8), aNode('N3', 8)];
    const problem = aProblem(
      nodes,
      apps,
      apps.map((_, a) => anInstance(a, a)),
    );
    expect(ask(problem, [0, 1, 2])).toMatchObject({ anyNode: true, searched: 1 });
  });

  test('rules can keep one from every node that is left, and what waits already does not count', () => {
    const allow = [{ label: 'node', in: ['N1'] }];
    const apps = [anApplication('a', 1, { allow }), anApplication('b', 100)];
    const problem = aProblem([aNode('N1', 10), aNode('N2', 10)], apps, [anInstance(1), anInstance(0, 0)]);
    const { losses, worstNode, searched } = ask(problem, [-1, 0]);
    expect(losses).toEqual([{ nodes: [0], domain: null }]);
    expect(worstNode).toMatchObject({ waiting: [1], short: [], ruledOut: [1], counted: 1 });
    expect(searched).toBe(1);
  });

  test('one that is ended has no answer', () => {
    const apps = [anApplication('a', 6), anApplication('b', 4)];
    const problem = aProblem([aNode('N1', 10), aNode('N2', 9)], apps, [anInstance(0, 0), anInstance(1, 1)]);
    expect(survives(solver, problem, [0, 1], { seed: 1, steps: 100, isOver: () => true })).toBeNull();
  });
});
