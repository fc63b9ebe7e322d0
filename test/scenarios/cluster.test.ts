import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectHeld, type Play, play } from './play.ts';

let demo: Play;
beforeAll(() => {
  demo = play('7a', '7b', '7c', '7d');
});
afterAll(() => demo?.end());

test('7A: every instance runs, replicas on different failure domains, load level', async () => {
  const outcome = await demo.outcome('7a');
  expectHeld(outcome);
  expect(outcome.after?.nodes).toHaveLength(9);
  expect(outcome.measured.highestLoad).toBeLessThanOrEqual(0.75);
});

test('7B: N1 loses power: standby promoted at once, the rest restarted elsewhere, nothing active twice', async () => {
  const outcome = await demo.outcome('7b');
  expectHeld(outcome);
  expect(outcome.measured.ordersGapMs).toBeLessThan(8000);
  expect(outcome.after?.nodes.find(({ node }) => node === 'N1')?.instances).toEqual([]);
});

test('7C: redundancy is restored by itself, proved by a second failure', async () => {
  expectHeld(await demo.outcome('7c'));
});

test('7D: N10 joins: a bounded number of moves levels the load', async () => {
  const outcome = await demo.outcome('7d');
  expectHeld(outcome);
  expect(outcome.measured.moves).toBeGreaterThanOrEqual(1);
  expect(outcome.measured.moves).toBeLessThanOrEqual(4);
  expect(await demo.exitCode()).toBe(0);
});
