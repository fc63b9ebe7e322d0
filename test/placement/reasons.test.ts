import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockersOf } from '../../placement/blockers.ts';
import { type Violation, violationsOf } from '../../placement/check.ts';
import { smallestCover } from '../../placement/cover.ts';
import { constraintsEverywhere, type Lift, smallestLift } from '../../placement/lift.ts';
import { occupancyOf } from '../../placement/occupancy.ts';
import type { Problem, ProblemApplication } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import { aNode, anApplication, anInstance, aProblem, smallProblems } from './problems.ts';

const solver = await loadSolver();
const SEED = 20261123;
const solved = (problem: Problem) => solver.solve(problem, { seed: 1, steps: 300 }).node;
const put = (placement: readonly number[], instance: number, node: number) =>
  placement.map((at, i) => (i === instance ? node : at));

test('blockers are told exactly where the judge finds a rule broken', () => {
  let blocked = 0;
  fc.assert(
    fc.property(smallProblems, (problem) => {
      const placement = solved(problem);
      const occupancy = occupancyOf(problem, placement);
      placement.forEach((at, i) => {
        for (const node of problem.nodes.keys()) {
          if (node === at) continue;
          const broken = violationsOf(problem, put(placement, i, node)).length > 0;
          expect(blockersOf(occupancy, i, node).length > 0).toBe(broken);
          if (broken) blocked++;
        }
      });
    }),
    { numRuns: 1500, seed: SEED },
  );
  expect(blocked).toBeGreaterThan(1000);
});

/** The constraint that a violation is of, so that those of one constraint count once. */
function constraintOf(problem: Problem, { rule, node, text }: Violation): string {
  if (rule === 'capacity' || rule === 'label') return text;
  return rule === 'antiAffinity' || rule === 'affinity' ? text.replace(problem.nodes[node]!.name, '') : `${rule}`;
}

/** The problem without what is lifted. */
function lift(problem: Problem, instance: number, { node, lifted }: Lift): Problem {
  let lifting = problem;
  for (const { kind, cause, resource, missing } of lifted) {
    const a = lifting.instances[instance]!.application;
    const changeApp = (change: (one: ProblemApplication, k: number) => ProblemApplication) => {
      lifting = { ...lifting, applications: lifting.applications.map(change) };
    };
    const changeNode = (change: Partial<Problem['nodes'][number]>) => {
      lifting = { ...lifting, nodes: lifting.nodes.map((one, n) => (n === node ? { ...one, ...change } : one)) };
    };
    const target = lifting.nodes[node]!;
    const named = (k: number) => lifting.applications[k]!.name === cause;
    if (kind === 'openness') {
      changeNode({ openness: 'open' });
      // those that had to leave it moved by no choice
      const left = lifting.instances.filter((one) => one.home === node).length;
      if (lifting.maxMoves !== undefined) lifting = { ...lifting, maxMoves: lifting.maxMoves + left };
    } else if (kind === 'resource')
      changeNode({
        capacity: target.capacity.map((amount, r) =>
          r === resource ? Math.max(amount, target.reserve[r]!) + missing! : amount,
        ),
      });
    else if (kind === 'moves') lifting = { ...lifting, maxMoves: lifting.maxMoves! + 1 };
    else if (kind === 'allow' || kind === 'forbid')
      changeApp((one, k) =>
        k === a ? { ...one, [kind]: one[kind].filter((rule) => `${rule.label}=${rule.in.join('|')}` !== cause) } : one,
      );
    else if (kind === 'affinity')
      changeApp((one, k) => (k === a ? { ...one, affinity: one.affinity.filter((b) => !named(b)) } : one));
    else if (kind === 'antiAffinity')
      changeApp((one, k) => ({
        ...one,
        antiAffinity: one.antiAffinity.filter((b) => !(k === a && named(b)) && !(named(k) && b === a)),
      }));
    else if (kind === 'replica') {
      // an application of its own, with the same rules
      const copy = lifting.applications.length;
      const applications = lifting.applications.map((one) =>
        one.antiAffinity.includes(a) ? { ...one, antiAffinity: [...one.antiAffinity, copy] } : one,
      );
      lifting = {
        ...lifting,
        applications: [...applications, applications[a]!],
        instances: lifting.instances.map((one, i) => (i === instance ? { ...one, application: copy } : one)),
      };
    } else throw new Error(`an instance that waits is not kept off by ${kind}`);
  }
  return lifting;
}

test('what is said to let an instance run does, and nothing smaller would', () => {
  const sizes = new Map<number, number>();
  fc.assert(
    fc.property(smallProblems, (problem) => {
      const placement = solved(problem);
      const occupancy = occupancyOf(problem, placement);
      for (const [i, at] of placement.entries()) {
        if (at >= 0) continue;
        const found = smallestLift(occupancy, constraintsEverywhere(occupancy, i));
        const standing = [...problem.nodes.keys()].filter((n) => problem.nodes[n]!.openness !== 'gone');
        expect(found === null).toBe(standing.length === 0);
        if (found === null) continue;
        const least = standing.map((n) => {
          const broken = violationsOf(problem, put(placement, i, n));
          return new Set(broken.map((one) => constraintOf(problem, one))).size;
        });
        expect(found.lifted.length).toBe(Math.min(...least));
        sizes.set(found.lifted.length, (sizes.get(found.lifted.length) ?? 0) + 1);
        expect(violationsOf(lift(problem, i, found), put(placement, i, found.node))).toEqual([]);
      }
    }),
    { numRuns: 3000, seed: SEED },
  );
  expect(sizes.get(1)).toBeGreaterThan(300);
  expect(sizes.get(2)).toBeGreaterThan(100);
});

test('a cover has one of each set, and none is smaller', () => {
  const sets = fc.array(fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 }), { maxLength: 8 });
  fc.assert(
    fc.property(sets, (drawn) => {
      const cover = smallestCover(drawn);
      const covers = (reasons: readonly number[]) => drawn.every((set) => set.some((one) => reasons.includes(one)));
      expect(covers(cover)).toBe(true);
      for (let bits = 0; bits < 128; bits++) {
        const reasons = [0, 1, 2, 3, 4, 5, 6].filter((k) => ((bits >> k) & 1) === 1);
        if (reasons.length < cover.length) expect(covers(reasons)).toBe(false);
      }
    }),
    { numRuns: 1000, seed: SEED },
  );
});

describe('in words', () => {
  const reasonsOf = (problem: Problem) => solver.solve(problem, { seed: 1, steps: 100 }).unplaced[0]?.reasons;
  const zone = (name: string) => ({ labels: { zone: name } });

  test('few reasons for many nodes, and what one node lacks', () => {
    const nodes = [aNode('N1', 8, zone('a')), aNode('N2', 12, zone('a')), aNode('N3', 90, zone('b'))];
    const allow = [{ label: 'zone', in: ['a'] }];
    const apps = [anApplication('big', 16, { allow }), anApplication('small', 2)];
    const problem = aProblem(nodes, apps, [anInstance(0), anInstance(1, 1, { pinned: true })]);
    expect(reasonsOf(problem)).toEqual([
      '2 of 3 nodes lack cpu: needs 16, most free is N2 with 10',
      '1 of 3 nodes: not among those allowed (zone=a)',
      'stopping less important instances would not make room on any one of them',
      'N3 would take it without the rule that allows big only where zone=a',
    ]);
  });

  test('of very many that wait on very many nodes, the most important are told why', () => {
    const nodes = Array.from({ length: 4000 }, (_, n) => aNode(`N${n}`, 1));
    const apps = Array.from({ length: 252 }, (_, a) => anApplication(`a${a}`, 2, { priority: a < 250 ? 90 : 10 }));
    const { unplaced } = solver.solve(
      aProblem(
        nodes,
        apps,
        apps.flatMap((_, a) => [anInstance(a), anInstance(a)]),
      ),
      { seed: 1, steps: 0 },
    );
    const why = unplaced.map(({ reasons }) => reasons[0]);
    expect(why).toHaveLength(504);
    expect(new Set(why.slice(0, 500))).toEqual(
      new Set(['4000 of 4000 nodes lack cpu: needs 2, most free is N0 with 1']),
    );
    expect(new Set(why.slice(500))).toEqual(
      new Set(['250 others wait that are no less important: reasons are worked out for those']),
    );
  });

  test('a cordoned node with room, and room that is kept in reserve', () => {
    const apps = [anApplication('a', 8)];
    const closed = [aNode('N1', 4), aNode('N2', 20, { openness: 'cordoned' })];
    expect(reasonsOf(aProblem(closed, apps, [anInstance(0)]))?.at(-1)).toBe('N2 would take it if it were not cordoned');
    expect(reasonsOf(aProblem([aNode('N1', 10, { reserve: [3] })], apps, [anInstance(0)]))?.at(-1)).toBe(
      'N1 would take it with 1 more cpu (1 of it is in its reserve)',
    );
  });

  test('one that would just fit, where amounts are too large to be counted one by one', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const problem = aProblem([aNode('N1', most)], [anApplication('a', most)], [anInstance(0)]);
    expect(reasonsOf(problem)).toEqual([
      '1 of 1 nodes would take it, but the solver counts cpu in units of 16777216, in which it does not quite fit',
    ]);
  });

  test('more than one thing', () => {
    const nodes = [aNode('N1', 5, { openness: 'draining' })];
    const problem = aProblem(nodes, [anApplication('a', 8)], [anInstance(0)]);
    expect(reasonsOf(problem)).toEqual([
      '1 of 1 nodes: draining',
      'N1 would take it if it were not draining and with 3 more cpu',
    ]);
  });
});
