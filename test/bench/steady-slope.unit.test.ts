import { expect, test } from 'vitest';
import { steadySlope } from '../../bench/agent/steady-slope.ts';

/** A look every 5 s: what is kept, and the saw of what waits to be collected. */
function looks(minutes: number, keptMiB: (hours: number) => number) {
  return Array.from({ length: minutes * 12 }, (_, i) => ({
    atMs: i * 5000,
    mib: keptMiB((i * 5000) / 3_600_000) + (i % 17) * 0.2,
  }));
}

test('what grows is told, whatever waits to be collected', () => {
  expect(steadySlope(looks(60, (hours) => 24 + 3 * hours))).toBeCloseTo(3, 0);
  expect(Math.abs(steadySlope(looks(60, () => 24)) ?? 9)).toBeLessThan(0.2);
});

test('settling at the beginning and one step do not count', () => {
  const settling = looks(60, (hours) => 24 + 8 * Math.min(hours, 0.3));
  expect(Math.abs(steadySlope(settling) ?? 9)).toBeLessThan(0.2);
  const stepping = looks(60, (hours) => (hours > 0.93 ? 25 : 24));
  expect(Math.abs(steadySlope(stepping) ?? 9)).toBeLessThan(0.5);
});

test('a run that is too short says nothing', () => {
  expect(steadySlope(looks(15, (hours) => 24 + hours))).toBeNull();
  expect(steadySlope([])).toBeNull();
});
