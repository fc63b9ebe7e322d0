import { randomUUID } from 'node:crypto';
import { machineBoot } from '../../protocol/clock.ts';

/** Which start of the machine the monotonic clock counts from; where the kernel does not say, another one each time. */
export function bootOfMachine(): string {
  try {
    return machineBoot();
  } catch {
    return randomUUID();
  }
}
