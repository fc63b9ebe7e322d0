/** The n-th delay in a row (n from 0): doubled each time, up to a limit. */
export function backoffDelayMs(
  limits: { readonly backoffMs: number; readonly maxBackoffMs: number },
  n: number,
): number {
  return Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** Math.min(n, 30));
}

/** So long that of 500 agents which lose their broker at one moment at most a tenth come back within any 100 ms. */
const SPREAD_MS = 3000;
const MOST_SPREAD_MS = 10_000;

/**
 * Before the next try to reach a broker that has been away for so long: anywhere below a limit (full jitter), which grows as the
 * loss does. `random` is from 0 to 1. Who loses its connection alone is back before its node is given up for its silence, 5 s.
 */
export function reconnectDelayMs(awayMs: number, random: number): number {
  return random * Math.min(MOST_SPREAD_MS, SPREAD_MS + awayMs);
}
