import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeSensor } from '../../coordinator/core/sensor-health.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import { JumpFilter, plausible, plausibleShare } from '../../hw/plausible.ts';
import { Unit } from '../../protocol/reading.ts';

/* Sensors and the coordinator judge by one set of limits. */

const isLost = (value: number, unit: Unit) =>
  judgeSensor(DEFAULT_SETTINGS.health, null, { sensor: 's', value, unit }, 0, 0)?.lostSince !== null;

test('what a sensor may give, the coordinator believes, and nothing else', () => {
  const seen = { possible: 0, not: 0 };
  const values = fc.oneof(
    fc.double({ min: -2e6, max: 2e6, noNaN: true }),
    fc.constantFrom(
      -500,
      -128,
      -60,
      0,
      100,
      101,
      200,
      255,
      500,
      50_000,
      65_535,
      100_001,
      1e300,
      Infinity,
      -Infinity,
      NaN,
    ),
  );
  fc.assert(
    fc.property(values, fc.constantFrom(...Unit.options), (value, unit) => {
      const given = plausible(value, unit);
      expect({ value, unit, lost: isLost(value, unit) }).toEqual({ value, unit, lost: given === null });
      if (given === null) seen.not++;
      else {
        expect(given).toBe(value);
        seen.possible++;
      }
    }),
    { numRuns: 2000, seed: 20261125 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200);
});

test.each<[number, Unit]>([
  [65_535, 'RPM'],
  [-128, 'C'],
  [255, 'C'],
  [-1, 'count'],
  [-0.1, '%'],
])('%d %s is no reading', (value, unit) => {
  expect(plausible(value, unit)).toBeNull();
});

test('what is left is a part of the whole; a load and a wear may be more', () => {
  expect([0, 100, 101, 255].map(plausibleShare)).toEqual([0, 100, null, null]);
  expect([101, 255].map((value) => plausible(value, '%'))).toEqual([101, 255]);
});

test('a jump is held back alike: at the sensor and at the coordinator', () => {
  for (const [from, to, unit] of [
    [40, 101, 'C'],
    [40, 100, 'C'],
    [1000, 9000, 'RPM'],
  ] as const) {
    const filter = new JumpFilter();
    filter.pass(from, unit);
    const before = judgeSensor(DEFAULT_SETTINGS.health, null, { sensor: 's', value: from, unit }, 0, 0);
    const after = judgeSensor(DEFAULT_SETTINGS.health, before, { sensor: 's', value: to, unit }, 1, 0);
    expect(filter.pass(to, unit) === null).toBe(after?.lostSince !== null);
    expect(filter.pass(to, unit)).toBe(to); // confirmed
  }
});
