/** Counters that only grow, as the kernel gives them, by name. */
export type Counters = ReadonlyMap<string, number>;

/**
 * Growth per second of each counter between two samples. Null where there is nothing to compare with: on the first sample,
 * for a device that has just appeared, after a reset (the counter fell), or when no time has passed.
 */
export function ratesPerSecond(before: Counters | null, now: Counters, elapsedMs: number): Map<string, number | null> {
  const rates = new Map<string, number | null>();
  for (const [name, value] of now) {
    const earlier = before?.get(name);
    const comparable = earlier !== undefined && value >= earlier && elapsedMs > 0;
    rates.set(name, comparable ? ((value - earlier) * 1000) / elapsedMs : null);
  }
  return rates;
}
