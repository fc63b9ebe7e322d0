/** Counters that only grow, as the kernel gives them, by name. */
export type Counters = ReadonlyMap<string, number>;

/** A counter as written; NaN, which gives no rate, for what cannot be one. */
export function parseCounter(text: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Faster than any device there is: the counter lied. */
const MAX_PER_SECOND = 1e12;

/**
 * Growth per second of each counter between two samples. Null where there is nothing to compare with: on the first sample,
 * for a device that has just appeared, after a reset (the counter fell), or when no time has passed; and for an absurd jump.
 */
export function ratesPerSecond(before: Counters | null, now: Counters, elapsedMs: number): Map<string, number | null> {
  const rates = new Map<string, number | null>();
  for (const [name, value] of now) {
    const earlier = before?.get(name);
    const comparable = earlier !== undefined && value >= earlier && elapsedMs > 0;
    const rate = comparable ? ((value - earlier) * 1000) / elapsedMs : null;
    rates.set(name, rate !== null && rate <= MAX_PER_SECOND ? rate : null);
  }
  return rates;
}
