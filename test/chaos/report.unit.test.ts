import { expect, test } from 'vitest';
import { planOf, type RunResult } from './campaign.ts';
import { KINDS, type Need } from './kinds.ts';
import { spreadOf, summaryOf, targets } from './report.ts';

const NOTHING: RunResult = {
  run: 1,
  seed: 1,
  kind: 'node-hung',
  cluster: 'embedded',
  violations: [],
  story: [],
  failovers: [],
  crashMs: null,
  overlaps: 0,
  fences: 0,
  needlessFences: 0,
  moves: 0,
  restarts: 0,
  leaseStops: 0,
  afterThawMs: null,
  changes: null,
  tookMs: 1000,
  folder: null,
};
const started = (afterMs: number | null) => ({ instance: 'web/0', afterMs, by: 'started' as const });

test('percentiles are values that were measured', () => {
  expect(spreadOf([])).toBeNull();
  expect(spreadOf([5])).toEqual({ count: 1, p50Ms: 5, p99Ms: 5, maxMs: 5 });
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(spreadOf(hundred)).toEqual({ count: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
});

test('what was never replaced has no time, and what was is counted by how', () => {
  const results = [
    { ...NOTHING, failovers: [started(4000), { ...started(2000), by: 'promoted' as const }] },
    { ...NOTHING, failovers: [started(null)], violations: ['nothing acts'], overlaps: 2 },
    { ...NOTHING, kind: 'app-crash', crashMs: 300 },
  ];
  expect(summaryOf('node-hung', results)).toMatchObject({
    runs: 2,
    violations: 1,
    overlaps: 2,
    started: { count: 1, maxMs: 4000 },
    promoted: { count: 1, maxMs: 2000 },
    crash: null,
  });
  expect(summaryOf('app-crash', results)).toMatchObject({ runs: 1, crash: { p50Ms: 300 } });
});

test('targets are met, missed, or not played', () => {
  const metBy = (results: RunResult[]) => targets(results).map(({ met }) => met);
  expect(metBy([])).toEqual([null, null, null, null, null, null, null, null, null]);
  expect(metBy([{ ...NOTHING, failovers: [started(7900)] }])).toEqual([
    true,
    true,
    null,
    null,
    null,
    null,
    null,
    null,
    true,
  ]);
  expect(metBy([{ ...NOTHING, failovers: [started(8100)], overlaps: 1 }]).slice(0, 2)).toEqual([false, false]);
  expect(metBy([{ ...NOTHING, kind: 'app-crash', crashMs: 2500 }])[5]).toBe(false);
  expect(metBy([{ ...NOTHING, kind: 'coordinator-killed', restarts: 1 }])[6]).toBe(false);
  expect(metBy([{ ...NOTHING, kind: 'half-cut-off', fences: 1 }])[7]).toBe(false);
  const changes = { accepted: 9, unanswered: 0, lost: 0, doubled: 1 };
  expect(metBy([{ ...NOTHING, changes }])[8]).toBe(false);
});

test('a plan has every kind as often, each seed once, and the clusters one after the other', () => {
  const lacks = new Set<Need>();
  const runs = 3 * KINDS.length;
  const plan = planOf({ runs, seed: 7, kinds: KINDS, lacks, oneCluster: false });
  for (const { name } of KINDS) expect(plan.filter(({ kind }) => kind.name === name)).toHaveLength(3);
  expect(new Set(plan.map(({ seed }) => seed)).size).toBe(runs);
  const changes = plan.filter(({ flavour }, i) => i > 0 && plan[i - 1]?.flavour !== flavour).length;
  expect(changes).toBeLessThanOrEqual(2);
  const wrong = plan.filter(
    ({ kind: { needs = [] }, flavour }) =>
      (needs.includes('mosquitto') && flavour !== 'mosquitto') ||
      ((needs.includes('wallClock') || needs.includes('smallDisk')) && flavour !== 'special'),
  );
  expect(wrong).toEqual([]);
});
