import type { Problem, ProblemApplication } from '../placement/problem.ts';

/** Numbers below an end, drawn by chance, the same for the same seed. */
export function drawing(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

const CAPACITY = [16_000, 65_536]; // millicores, MiB
const REPLICAS = 2;
const NODES_PER_DOMAIN = 20;

/** Node 0 is gone; all instances run, on nodes drawn by chance that have room and bear them. `scale` is of demand. */
export function largeCluster(nodeCount: number, instanceCount: number, scale = 1): Problem {
  const below = drawing(42);
  const applications = Array.from(
    { length: instanceCount / REPLICAS },
    (_, a): ProblemApplication => ({
      name: `a${a}`,
      priority: below(5) * 10,
      demand: [200 + below(1600), 1000 + below(6500)].map((amount) => Math.round(amount * scale)),
      allow: [],
      forbid: [],
      affinity: [],
      antiAffinity: a > 0 && below(20) === 0 ? [below(a)] : [],
      spread: 'domain',
    }),
  );
  const free = Array.from({ length: nodeCount }, () => [...CAPACITY]);
  const present = free.map(() => new Set<number>());
  const home = (a: number): number => {
    const { demand, antiAffinity } = applications[a]!;
    for (let tries = 0; tries < 1000; tries++) {
      const n = below(nodeCount);
      if (demand.some((amount, r) => amount > free[n]![r]!)) continue;
      if (present[n]!.has(a) || antiAffinity.some((b) => present[n]!.has(b))) continue;
      present[n]!.add(a);
      demand.forEach((amount, r) => {
        free[n]![r]! -= amount;
      });
      return n;
    }
    throw new Error(`No room for a${a} on ${nodeCount} nodes: give fewer instances or more nodes.`);
  };
  return {
    resources: ['cpu', 'memory'],
    nodes: free.map((_, n) => ({
      name: `n${n}`,
      capacity: CAPACITY,
      reserve: [0, 0],
      domain: `rack${Math.floor(n / NODES_PER_DOMAIN)}`,
      labels: {},
      openness: n === 0 ? 'gone' : 'open',
    })),
    applications,
    instances: applications.flatMap((_, a) =>
      Array.from({ length: REPLICAS }, (_unused, k) => ({
        name: `a${a}/${k}`,
        application: a,
        role: 'active' as const,
        home: home(a),
        pinned: false,
        unease: 0,
        demand: null,
      })),
    ),
    weights: { load: 100, imbalance: 4, move: 1 },
  };
}
