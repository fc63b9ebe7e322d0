/**
 * CLOCK_MONOTONIC in ms: it never steps and is the same in every thread and process of the machine, so that agent, worker and
 * guard can hand each other moments. It stands still while the machine is suspended.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
