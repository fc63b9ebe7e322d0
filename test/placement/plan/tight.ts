import fc from 'fast-check';
import { violationsOf } from '../../../placement/check.ts';
import type { Problem } from '../../../placement/problem.ts';

/** A change of placement: what runs where today is in the problem. */
export interface Change {
  readonly problem: Problem;
  readonly target: readonly number[];
}

export interface TightOptions {
  readonly nodes: number;
  readonly instances: number;
  readonly rules: boolean; // also allow rules, affinity and nodes that are not open
}

/**
 * Nodes just as large as what is on them today and what shall be, and a little more: swaps, and circles of full nodes, replicas that
 * follow each other, what waits, what is stopped for good, and (with `rules`) everything else that can be in the way.
 */
export const tightChanges = ({ nodes, instances, rules }: TightOptions): fc.Arbitrary<Change> =>
  fc
    .record({
      nodeCount: fc.integer({ min: 2, max: nodes }),
      appCount: fc.integer({ min: 2, max: 2 * instances }),
      resourceCount: fc.integer({ min: 1, max: 2 }),
    })
    .chain(({ nodeCount, appCount, resourceCount }) => {
      const some = <T>(value: fc.Arbitrary<T>, count: number) =>
        fc.array(value, { minLength: count, maxLength: count });
      const amounts = (min: number, max: number) => some(fc.integer({ min, max }), resourceCount);
      const seldom = (value: fc.Arbitrary<number>, weight: number) =>
        fc.oneof({ weight: 12, arbitrary: fc.constant<number[]>([]) }, { weight, arbitrary: fc.tuple(value) });
      const aNode = fc.integer({ min: 0, max: nodeCount - 1 });
      const anApp = fc.integer({ min: 0, max: appCount - 1 });
      return fc.record({
        resources: fc.constant(Array.from({ length: resourceCount }, (_, r) => `R${r}`)),
        spare: some(fc.oneof(amounts(0, 0), amounts(0, 0), amounts(0, 2), amounts(-2, 6)), nodeCount),
        reserve: some(fc.oneof(amounts(0, 0), amounts(0, 2)), nodeCount),
        openness: some(
          fc.oneof(
            { weight: 8, arbitrary: fc.constant('open' as const) },
            { weight: rules ? 1 : 0, arbitrary: fc.constantFrom('cordoned', 'draining', 'degraded', 'gone' as const) },
          ),
          nodeCount,
        ),
        domain: some(fc.constantFrom('D0', 'D1'), nodeCount),
        apps: some(
          fc.record({
            priority: fc.constantFrom(10, 50, 90),
            demand: fc.oneof(amounts(1, 5), amounts(0, 5)),
            forbid: seldom(aNode, rules ? 1 : 0),
            antiAffinity: seldom(anApp, 1),
            affinity: seldom(anApp, rules ? 2 : 0),
          }),
          appCount,
        ),
        places: fc.array(
          fc.record({
            app: anApp,
            home: fc.oneof({ weight: 9, arbitrary: aNode }, { weight: 1, arbitrary: fc.constant(-1) }),
            to: fc.oneof({ weight: 19, arbitrary: aNode }, { weight: 1, arbitrary: fc.constant(-1) }),
            swapped: fc.constantFrom(true, true, false), // goes where another is today
            pinned: fc.oneof(
              { weight: 9, arbitrary: fc.constant(false) },
              { weight: rules ? 1 : 0, arbitrary: fc.constant(true) },
            ),
            role: fc.constantFrom('active', 'standby' as const),
          }),
          { minLength: 2, maxLength: instances, size: 'max' },
        ),
      });
    })
    .map(({ resources, spare, reserve, openness, domain, apps, places }): Change => {
      const homes = places.map(({ home }) => home);
      const wanted = places.map(({ to, swapped }, i) => (swapped ? homes[(i + 1) % homes.length]! : to));
      const used = (at: readonly number[], n: number, r: number) =>
        places.reduce((sum, { app }, i) => sum + (at[i] === n ? apps[app]!.demand[r]! : 0), 0);
      const problem = (target: readonly number[]): Problem => ({
        resources,
        nodes: spare.map((more, n) => ({
          name: `N${n}`,
          capacity: more.map(
            (amount, r) => Math.max(0, Math.max(used(homes, n, r), used(target, n, r)) + amount) + reserve[n]![r]!,
          ),
          reserve: reserve[n]!,
          domain: domain[n]!,
          labels: {},
          openness: openness[n]!,
        })),
        applications: apps.map(({ priority, demand, forbid, antiAffinity, affinity }, a) => ({
          name: `A${a}`,
          priority,
          demand,
          allow: [],
          forbid: forbid.map((n) => ({ label: 'node', in: [`N${n}`] })),
          affinity: affinity.filter((b) => b !== a),
          antiAffinity: antiAffinity.filter((b) => b !== a),
          spread: 'node',
        })),
        instances: places.map(({ app, home, pinned, role }, i) => ({
          ...{ name: `I${i}`, application: app, home, pinned, role },
          ...{ unease: 0, demand: null },
        })),
        weights: { load: 100, imbalance: 4, move: 1 },
      });
      // who may not be where it was to go waits or stays
      const posed = problem(wanted);
      const target = [...wanted];
      for (let tries = 0; tries < 2 * target.length; tries++) {
        const wrong = violationsOf(posed, target);
        if (wrong.length === 0) break;
        for (const { rule, instance, node } of wrong) {
          const who = rule === 'capacity' ? target.findIndex((at, i) => at === node && homes[i] !== node) : instance;
          if (who < 0) continue;
          target[who] = rule === 'pinned' ? homes[who]! : -1;
        }
      }
      return { problem: posed, target };
    })
    .filter(({ problem, target }) => violationsOf(problem, target).length === 0);
