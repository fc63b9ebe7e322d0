import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectHeld, type Play, play } from './play.ts';

let demo: Play;
beforeAll(() => {
  demo = play('8a', '8b', '8c', '8d');
});
afterAll(() => demo?.end());

test('8A: as 7A, with the servers’ hardware and this machine’s real sensor values', async () => {
  expectHeld(await demo.outcome('8a'));
});

test('8B: a real CPU hog makes an application miss its latency objective: that one is moved, without a gap', async () => {
  expectHeld(await demo.outcome('8b'));
});

test('8C: a server whose fan fails is emptied before it dies', async () => {
  const outcome = await demo.outcome('8c');
  expectHeld(outcome);
  expect(outcome.measured.gatewayGapMs).toBeLessThan(5000);
});

test('8D: a server is drained, powered off through its BMC and replaced; the new one takes over name and work', async () => {
  expectHeld(await demo.outcome('8d'));
  expect(await demo.exitCode()).toBe(0);
});
