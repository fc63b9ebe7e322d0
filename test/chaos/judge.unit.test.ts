import { expect, test } from 'vitest';
import { judge, type Seen } from './judge.ts';

const QUIET: Seen = {
  before: [],
  after: [],
  orders: [],
  overlaps: [],
  given: new Set(),
  crashed: null,
  leasesMayEnd: false,
  thawed: null,
};
const web = { instance: 'web/0', node: 'N1', pids: [7] };
const orders = { instance: 'orders/0', node: 'N1', pids: [8] };
const span = (instance: string, node: string, pid: number, fromMs: number, toMs: number) => ({
  ...{ instance, node, pid, fromMs, toMs },
  generation: pid,
});

test('what stays as it was violates nothing', () => {
  const same = [web, orders];
  expect(judge({ ...QUIET, before: same, after: same })).toMatchObject({
    violations: [],
    moves: 0,
    restarts: 0,
    fences: 0,
  });
});

test('a move, a restart and a fence need a reason', () => {
  const before = [web, orders];
  const moved = judge({ ...QUIET, before, after: [{ ...web, node: 'N2' }, orders] });
  expect(moved).toMatchObject({ moves: 1, violations: [expect.stringContaining('web/0 from N1 to N2')] });
  const gone = judge({ ...QUIET, before, after: [orders] });
  expect(gone).toMatchObject({ moves: 1, violations: [expect.stringContaining('nowhere')] });
  const restarted = judge({ ...QUIET, before, after: [{ ...web, pids: [9] }, orders] });
  expect(restarted).toMatchObject({ restarts: 1, violations: [expect.stringContaining('web/0 on N1')] });
  const after = [{ ...web, pids: [9] }, orders];
  expect(judge({ ...QUIET, before, after, crashed: 'web/0' }).violations).toEqual([]);
  const off = [{ node: 'N1', to: 'off' as const }];
  expect(judge({ ...QUIET, orders: off })).toMatchObject({ needlessFences: 1, violations: ['N1 was switched off'] });
  const given = new Set(['N1']);
  const failedOver = judge({ ...QUIET, before, after: [{ ...web, node: 'N2' }], orders: off, given });
  expect(failedOver).toMatchObject({ violations: [], fences: 1, needlessFences: 0, moves: 0 });
});

test('a lease ends what is under it and nothing else', () => {
  const before = [web, orders];
  const after = [
    { ...web, pids: [9] },
    { ...orders, pids: [10] },
  ];
  expect(judge({ ...QUIET, before, after })).toMatchObject({ restarts: 2, leaseStops: 0 });
  expect(judge({ ...QUIET, before, after, leasesMayEnd: true })).toMatchObject({
    restarts: 1,
    leaseStops: 1,
    violations: [expect.stringContaining('web/0 on N1')],
  });
});

test('after a thaw, what its lease had ended may act for as long as its guard needs; what is kept may not have been taken over', () => {
  const thawed = { node: 'N1', atMs: 10_000 };
  const taken = (oldToMs: number, instance = 'orders/0') => ({
    of: instance,
    a: span(instance, 'N1', 8, 0, oldToMs),
    b: span(instance, 'N2', 9, 8000, 20_000),
  });
  expect(judge({ ...QUIET, overlaps: [taken(10_030)], thawed })).toMatchObject({
    overlaps: 0,
    violations: [],
    afterThawMs: 30,
  });
  expect(judge({ ...QUIET, overlaps: [taken(10_030)] })).toMatchObject({ overlaps: 1, afterThawMs: null });
  expect(judge({ ...QUIET, overlaps: [taken(11_500)], thawed })).toMatchObject({ overlaps: 1 });
  expect(judge({ ...QUIET, overlaps: [taken(9000)], thawed })).toMatchObject({ overlaps: 1 });
  expect(judge({ ...QUIET, overlaps: [taken(10_030, 'web/0')], thawed })).toMatchObject({ overlaps: 1 });
});
