import type { Reading, ReadingKind, Unit } from '../../protocol/reading.ts';

/* What a reading is a reading of, and what it can be at all. */

/** Where a reading does not say it itself: by the last part of its name. */
const NAMED: readonly (readonly [RegExp, Unit, ReadingKind])[] = [
  [/\/(ce|corrected)( errors)?$/i, 'count', 'corrected'],
  [/\/(ue|uncorrected)( errors)?$/i, 'count', 'uncorrected'],
  [/\/media errors$/i, 'count', 'media'],
  [/\/pending( sectors)?$/i, 'count', 'pending'],
  [/\/reallocated( sectors)?$/i, 'count', 'reallocated'],
  [/\/(link )?errors$/i, 'count', 'link'],
  [/\/errors$/i, 'ops/s', 'link'],
  [/\/(wear|percentage used)$/i, '%', 'wear'],
];

export function kindOf(reading: Reading): ReadingKind | null {
  if (reading.kind) return reading.kind;
  const { unit, sensor } = reading;
  if (unit !== 'count' && unit !== '%' && unit !== 'ops/s') return null;
  return NAMED.find(([name, of]) => of === unit && name.test(sensor))?.[2] ?? null;
}

/** The component that the reading is of: of counts, what stands before the last `/`; else the sensor is all that is known of it. */
export function componentOf(reading: Reading): string {
  if (reading.component !== undefined) return reading.component;
  const { sensor } = reading;
  const slash = sensor.lastIndexOf('/');
  return slash > 0 && kindOf(reading) !== null ? sensor.slice(0, slash) : sensor;
}

/** What a value of a unit can be on a server; beyond it, the sensor errs. */
const POSSIBLE: Partial<Record<Unit, readonly [number, number]>> = {
  C: [-60, 200],
  RPM: [0, 200_000],
  V: [-1000, 1000],
  A: [-10_000, 10_000],
  W: [-1000, 1_000_000],
  bytes: [0, Number.MAX_VALUE],
  'bytes/s': [0, Number.MAX_VALUE],
  'ops/s': [0, Number.MAX_VALUE],
  ms: [0, Number.MAX_VALUE],
  count: [0, Number.MAX_VALUE],
};

export function isPossible(value: number, unit: Unit): boolean {
  const [least, most] = POSSIBLE[unit] ?? [Number.NEGATIVE_INFINITY, Number.MAX_VALUE];
  return Number.isFinite(value) && value >= least && value <= most;
}

/** Nothing on a server warms or cools by so much from one reading to the next: believed when a second reading says so. */
const LARGEST_JUMP: Partial<Record<Unit, number>> = { C: 60 };

export function isJump(from: number, to: number, unit: Unit): boolean {
  return Math.abs(to - from) > (LARGEST_JUMP[unit] ?? Number.POSITIVE_INFINITY);
}
