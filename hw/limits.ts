import type { Level, Unit } from '../protocol/reading.ts';

/** A device's own limits, in the reading's unit. */
export interface Limits {
  readonly criticalAbove?: number | undefined;
  readonly warningAbove?: number | undefined;
  readonly warningBelow?: number | undefined;
  readonly criticalBelow?: number | undefined;
}

/** As the device judges itself: `limit` is the one crossed. Nothing where there is no value, or no limit. */
export function judge(value: number | null, limits: Limits): { level?: Level; limit?: number } {
  const { criticalAbove, warningAbove, warningBelow, criticalBelow } = limits;
  if (value === null || (criticalAbove ?? warningAbove ?? warningBelow ?? criticalBelow) === undefined) return {};
  if (criticalAbove !== undefined && value >= criticalAbove) return { level: 'critical', limit: criticalAbove };
  if (criticalBelow !== undefined && value < criticalBelow) return { level: 'critical', limit: criticalBelow };
  if (warningAbove !== undefined && value >= warningAbove) return { level: 'warning', limit: warningAbove };
  if (warningBelow !== undefined && value < warningBelow) return { level: 'warning', limit: warningBelow };
  return { level: 'ok' };
}

/** Where nobody has set one, chips have 0, -128, 127, 255 or 65,261 °C for a limit; nothing on a server is too hot below, or works above. */
const LIMIT_C = [25, 125] as const;

/**
 * The critical upper limit of a temperature, for a trend to be measured against: a part of its reading whatever its value is, as
 * it says of the sensor and not of the moment. Nothing of limits that cannot be, or that contradict each other.
 */
export function criticalLimit(unit: Unit, limits: Limits): { critical?: number } {
  const { criticalAbove, warningAbove, warningBelow, criticalBelow } = limits;
  if (unit !== 'C' || criticalAbove === undefined) return {};
  const isPossible = criticalAbove >= LIMIT_C[0] && criticalAbove <= LIMIT_C[1];
  const isHighest = [warningAbove, warningBelow, criticalBelow].every(
    (one) => one === undefined || one <= criticalAbove,
  );
  return isPossible && isHighest ? { critical: criticalAbove } : {};
}
