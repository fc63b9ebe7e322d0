import type { Level } from '../protocol/reading.ts';

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
