import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reachedAt, type Trend, withSample } from '../../coordinator/core/trend.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const settings = { bucketMs: DAY, leastBuckets: 7 };

function watched(days: number, value: (at: number) => number, steps: readonly number[]): Trend | null {
  let trend: Trend | null = null;
  let index = 0;
  for (let at = 0; at <= days * DAY; at += steps[index++ % steps.length] ?? MINUTE)
    trend = withSample(settings, trend, value(at), at);
  return trend;
}
const minutes = fc.array(
  fc.integer({ min: 5, max: 80 }).map((each) => each * MINUTE),
  { minLength: 1, maxLength: 20 },
);

test('the time left of an exact line is exact, however irregularly it is sampled', () => {
  const cases = fc.record({
    start: fc.double({ min: -50, max: 100, noNaN: true }),
    perDay: fc.double({ min: 0.05, max: 5, noNaN: true }),
    down: fc.boolean(),
    days: fc.integer({ min: 9, max: 30 }),
    steps: minutes,
  });
  fc.assert(
    fc.property(cases, ({ start, perDay, down, days, steps }) => {
      const slope = (down ? -perDay : perDay) / DAY;
      const trend = watched(days, (at) => start + slope * at, steps);
      const reachesAfter = (days + 10) * DAY;
      const reached = reachedAt(trend!.line!, start + slope * reachesAfter, !down, days * DAY);
      expect(Math.abs(reached! - reachesAfter)).toBeLessThan(1000); // a second of 19 days and more
      expect(reachedAt(trend!.line!, start, down, days * DAY)).toBeNull(); // it leads away from there
    }),
    { numRuns: 60 },
  );
});

test('daily swings with noise around a steady mean head for no limit within a month', () => {
  fc.assert(
    fc.property(
      fc.record({
        swing: fc.double({ min: 0, max: 15, noNaN: true }),
        phase: fc.double({ min: 0, max: 6.3, noNaN: true }),
        noise: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 101, maxLength: 101 }),
        steps: minutes,
      }),
      ({ swing, phase, noise, steps }) => {
        let index = 0;
        const trend = watched(
          16,
          (at) => 60 + swing * Math.sin(phase + (at / DAY) * 2 * Math.PI) + (noise[index++ % noise.length] ?? 0),
          steps,
        );
        const reached = trend?.line ? reachedAt(trend.line, 95, true, 16 * DAY) : null;
        expect(reached === null || reached > 46 * DAY).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('a drift under daily swings and with an odd day is seen, and its time left is near', () => {
  const trend = watched(
    14,
    (at) => 60 + at / DAY + 6 * Math.sin((at / DAY) * 2 * Math.PI) + (Math.floor(at / DAY) === 6 ? 9 : 0),
    [10 * MINUTE],
  );
  const leftDays = (reachedAt(trend!.line!, 90, true, 14 * DAY)! - 14 * DAY) / DAY;
  expect(leftDays).toBeGreaterThan(14);
  expect(leftDays).toBeLessThan(18); // 16 without the odd day
});

test('less than the least number of days, or days of which only a part is known, make no trend', () => {
  expect(watched(6.9, (at) => at, [10 * MINUTE])?.line).toBeNull();
  // known in the mornings alone: five hours between two samples each day
  let trend: Trend | null = null;
  for (let at = 0; at < 12 * DAY; at += 10 * MINUTE)
    if (at % DAY < 12 * 60 * MINUTE) trend = withSample(settings, trend, at, at);
  expect(trend?.line).toBeNull();
});

test('what is remembered is bounded, and samples that are not newer change nothing', () => {
  const trend = watched(300, (at) => at / DAY, [30 * MINUTE])!;
  expect(trend.points).toHaveLength(14);
  expect(withSample(settings, trend, 1e9, trend.at)).toBe(trend);
});
