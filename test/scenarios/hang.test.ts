import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectHeld, type Play, play } from './play.ts';

let demo: Play;
beforeAll(() => {
  demo = play('7b', '--hang');
});
afterAll(() => demo?.end());

test('7B with a hanging N1: its BMC says on, so it is fenced before anything is started elsewhere', async () => {
  const outcome = await demo.outcome('7b --hang');
  expectHeld(outcome);
  const told = outcome.timeline.filter(({ source }) => source === 'journal').map(({ text }) => text);
  expect(told.some((text) => text.includes('N1 is fenced'))).toBe(true);
  expect(await demo.exitCode()).toBe(0);
});
