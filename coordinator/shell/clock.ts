import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** CLOCK_MONOTONIC in ms: it never steps, and goes on over a restart of this process until the machine itself restarts. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** Which start of the machine that clock counts from; where the kernel does not say, another one each time. */
export function bootOfMachine(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
