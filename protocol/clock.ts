import { readFileSync } from 'node:fs';

/**
 * CLOCK_MONOTONIC in ms: it never steps, is the same in every thread and process of the machine, so that agent, worker and guard
 * can hand each other moments, and goes on until the machine itself restarts. It stands still while the machine is suspended.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** New at each start of the machine, and so of that clock. Throws where the kernel does not say. */
export function machineBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
