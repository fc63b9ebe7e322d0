/** The n-th delay in a row (n from 0): doubled each time, up to a limit. */
export function backoffDelayMs(
  limits: { readonly backoffMs: number; readonly maxBackoffMs: number },
  n: number,
): number {
  return Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** Math.min(n, 30));
}
