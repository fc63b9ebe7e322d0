import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderedPlan } from '../../../placement/plan/ordered-plan.ts';
import { aNode, anApplication, anInstance, aProblem } from '../problems.ts';
import { fewestInterruptions } from './fewest.ts';
import { faultOf } from './judge.ts';
import { tightChanges } from './tight.ts';

/* Plans for changes drawn by chance, held against a judge and against all ways there are. */

const SEED = 20261124;

describe('whatever the change', () => {
  test.each([
    { nodes: 5, instances: 8, runs: 1200 },
    { nodes: 8, instances: 24, runs: 200 },
  ])('every order and overlap of the steps keeps room, rules and limits: %o', ({ nodes, instances, runs }) => {
    const limit = fc.constantFrom(1, 2, 3, undefined);
    const changes = tightChanges({ nodes, instances, rules: true });
    fc.assert(
      fc.property(
        changes,
        limit,
        fc.constantFrom(1, 2),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true })),
        ({ problem, target }, most, movesPerApplication, chance) => {
          const limits = { movesPerApplication, ...(most === undefined ? {} : { movesAtOnce: most }) };
          const random = () => chance.next().value as number;
          expect(
            faultOf(problem, target, orderedPlan(problem, target, limits), limits, { count: 10, random }),
          ).toBeNull();
        },
      ),
      { numRuns: runs, seed: SEED },
    );
  });

  test.each([
    { nodes: 4, instances: 6, runs: 1500 },
    { nodes: 5, instances: 8, runs: 200 },
  ])('everybody arrives, and as few are stopped as can be: %o', ({ nodes, instances, runs }) => {
    fc.assert(
      fc.property(tightChanges({ nodes, instances, rules: false }), ({ problem, target }) => {
        const { steps, left } = orderedPlan(problem, target);
        expect(left).toEqual([]);
        const least = fewestInterruptions(problem, target)!;
        expect(steps.filter(({ interrupts }) => interrupts).length).toBe(least.interruptions);
      }),
      { numRuns: runs, seed: SEED },
    );
  });

  test('who may not be stopped or sent over a third node is not', () => {
    fc.assert(
      fc.property(
        tightChanges({ nodes: 4, instances: 8, rules: true }),
        fc.boolean(),
        fc.boolean(),
        ({ problem, target }, stop, detour) => {
          const plan = orderedPlan(problem, target, { mayStop: () => stop, mayDetour: () => detour });
          expect(faultOf(problem, target, plan)).toBeNull();
          expect(plan.steps.filter((step) => (step.interrupts && !stop) || (step.detour && !detour))).toEqual([]);
        },
      ),
      { numRuns: 500, seed: SEED },
    );
  });
});

describe('the judge', () => {
  const swap = aProblem(
    [aNode('N0', 10), aNode('N1', 10), aNode('N2', 6)],
    [anApplication('a', 6), anApplication('b', 6)],
    [anInstance(0, 0), anInstance(1, 1)],
  );
  test('finds a step that waits for too little, a wrong end, and too much at once', () => {
    const plan = orderedPlan(swap, [1, 0]);
    expect(faultOf(swap, [1, 0], plan)).toBeNull();
    for (const [k, step] of plan.steps.entries()) {
      if (step.after.length === 0) continue;
      const steps = plan.steps.with(k, { ...step, after: [] });
      expect(faultOf(swap, [1, 0], { ...plan, steps })).not.toBeNull();
    }
    const cut = { ...plan, steps: plan.steps.slice(0, -1) };
    expect(faultOf(swap, [1, 0], cut)).toMatch(/ends on/);
    const roomy = { ...swap, nodes: [aNode('N0', 20), aNode('N1', 20)] };
    expect(faultOf(roomy, [1, 0], orderedPlan(roomy, [1, 0]), { movesAtOnce: 1 })).toMatch(/2 moves at once/);
  });

  test('most dependencies in plans are needed: without one of them something breaks', () => {
    let needed = 0;
    let all = 0;
    for (const { problem, target } of fc.sample(tightChanges({ nodes: 4, instances: 7, rules: true }), {
      numRuns: 400,
      seed: SEED,
    })) {
      const plan = orderedPlan(problem, target);
      for (const [k, step] of plan.steps.entries()) {
        for (const before of step.after) {
          const steps = plan.steps.map((one, j) =>
            j === k || step.together.includes(j)
              ? { ...one, after: one.after.filter((x) => x !== before && !plan.steps[before]!.together.includes(x)) }
              : one,
          );
          all++;
          if (faultOf(problem, target, { ...plan, steps }) !== null) needed++;
        }
      }
    }
    expect(needed / all).toBeGreaterThan(0.8);
  });
});
