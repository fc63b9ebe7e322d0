import fc from 'fast-check';
import type { Problem, ProblemApplication, ProblemInstance, ProblemNode } from '../../placement/problem.ts';

export const aNode = (name: string, capacity: number, over: Partial<ProblemNode> = {}): ProblemNode => ({
  name,
  capacity: [capacity],
  reserve: [0],
  domain: name,
  labels: {},
  openness: 'open',
  ...over,
});
export const anApplication = (
  name: string,
  demand: number,
  over: Partial<ProblemApplication> = {},
): ProblemApplication => ({
  name,
  priority: 50,
  demand: [demand],
  allow: [],
  forbid: [],
  affinity: [],
  antiAffinity: [],
  spread: 'node',
  ...over,
});
export const anInstance = (application: number, home = -1, over: Partial<ProblemInstance> = {}): ProblemInstance => ({
  name: `app${application}`,
  application,
  role: 'active',
  home,
  pinned: false,
  unease: 0,
  demand: null,
  ...over,
});
export const aProblem = (
  nodes: readonly ProblemNode[],
  applications: readonly ProblemApplication[],
  instances: readonly ProblemInstance[],
): Problem => ({ resources: ['cpu'], nodes, applications, instances, weights: { load: 100, imbalance: 4, move: 1 } });

const openness = fc.constantFrom(
  'open',
  'open',
  'open',
  'cordoned',
  'unheard',
  'degraded',
  'draining',
  'gone' as const,
);

/** Small problems of every kind, small enough to try all placements. */
export const smallProblems: fc.Arbitrary<Problem> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 4 }),
    applications: fc.integer({ min: 1, max: 4 }),
    resources: fc.integer({ min: 1, max: 2 }),
  })
  .chain((size) => {
    const amounts = (max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: size.resources, maxLength: size.resources });
    const others = fc.uniqueArray(fc.integer({ min: 0, max: size.applications - 1 }), { maxLength: 1 });
    const rules = fc.array(
      fc.record({
        label: fc.constantFrom('disk', 'node', 'domain'),
        in: fc.constantFrom(['hdd'], ['N0', 'N1'], ['D0'], ['D1']),
      }),
      { maxLength: 1 },
    );
    const seldom = <T>(values: fc.Arbitrary<T[]>) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: values });
    return fc.record({
      resources: fc.constant(Array.from({ length: size.resources }, (_, r) => `R${r}`)),
      nodes: fc.tuple(
        ...Array.from({ length: size.nodes }, (_, n) =>
          fc.record({
            name: fc.constant(`N${n}`),
            capacity: amounts(12),
            reserve: amounts(2),
            domain: fc.constantFrom('D0', 'D1'),
            labels: fc.constantFrom<Record<string, string>>({}, { disk: 'hdd' }),
            openness,
          }),
        ),
      ),
      applications: fc.tuple(
        ...Array.from({ length: size.applications }, (_, a) =>
          fc.record({
            name: fc.constant(`A${a}`),
            priority: fc.constantFrom(0, 50, 100),
            demand: amounts(6),
            allow: seldom(rules),
            forbid: seldom(rules),
            affinity: seldom(others).map((list) => list.filter((b) => b !== a)),
            antiAffinity: seldom(others).map((list) => list.filter((b) => b !== a)),
            spread: fc.constantFrom('domain', 'node' as const),
            prefer: seldom(
              fc.array(
                fc.record({
                  label: fc.constantFrom('disk', 'node', 'domain'),
                  in: fc.constantFrom(['hdd'], ['N0', 'N1'], ['D0'], ['D1']),
                  gain: fc.constantFrom(-20, -2, 0.5, 3, 30),
                }),
                { maxLength: 2 },
              ),
            ),
            near: seldom(
              fc.array(
                fc.record({
                  application: fc.integer({ min: 0, max: size.applications - 1 }),
                  gain: fc.constantFrom(-20, -2, 0.5, 3, 30),
                }),
                { maxLength: 2 },
              ),
            ).map((list) => list.filter((one) => one.application !== a)),
          }),
        ),
      ),
      instances: fc.array(
        fc.record({
          name: fc.constant('I'),
          application: fc.integer({ min: 0, max: size.applications - 1 }),
          role: fc.constantFrom('active', 'active', 'standby' as const),
          home: fc.integer({ min: -1, max: size.nodes - 1 }),
          pinned: fc.integer({ min: 0, max: 9 }).map((x) => x === 0),
          unease: fc.constantFrom(0, 0, 2),
          demand: fc.option(amounts(8), { freq: 5 }),
          load: fc.option(amounts(12), { freq: 3 }),
        }),
        { maxLength: 5 },
      ),
      weights: fc.constant({ load: 100, imbalance: 4, move: 1 }),
      maxMoves: fc.constantFrom(null, null, null, 0, 1, 2),
    });
  })
  .map(({ maxMoves, instances, ...problem }) => ({
    ...problem,
    instances: instances.map(({ load, ...one }) =>
      load === null ? one : { ...one, load: loadOf(problem, one, load) },
    ),
    ...(maxMoves !== null && { maxMoves }),
  }));

/** The same with little room, every other instance yet to be placed: the more important ones have others stopped. */
export const contendedProblems: fc.Arbitrary<Problem> = smallProblems.map((problem) => ({
  ...problem,
  nodes: problem.nodes.map((node) => ({
    ...node,
    openness: 'open' as const,
    capacity: node.capacity.map((amount) => amount % 8),
  })),
  instances: problem.instances.map((one, i) => ({
    ...one,
    home: i % 2 === 0 ? Math.max(0, one.home) : -1,
    pinned: false,
  })),
}));

/** A share of what the instance needs, in twelfths. */
function loadOf(
  { applications }: Pick<Problem, 'applications'>,
  { application, demand }: ProblemInstance,
  twelfths: readonly number[],
): readonly number[] {
  return (demand ?? applications[application]!.demand).map((amount, r) => Math.floor((amount * twelfths[r]!) / 12));
}
