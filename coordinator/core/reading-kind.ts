import type { Reading, ReadingKind, Unit } from '../../protocol/reading.ts';

/* What a reading is a reading of. */

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
