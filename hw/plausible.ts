import { isJump, isPartOfWhole, isPossible } from '../protocol/possible.ts';
import type { Unit } from '../protocol/reading.ts';

/** The value, or null where it cannot be one. */
export function plausible(value: number | null, unit: Unit): number | null {
  return value !== null && isPossible(value, unit) ? value : null;
}

/** The same for what is left of something, in %. */
export function plausibleShare(percent: number | null): number | null {
  return percent !== null && isPartOfWhole(percent) ? percent : null;
}

/** Holds back a value that jumps until a second reading confirms it. */
export class JumpFilter {
  #accepted: number | null = null;
  #candidate: number | null = null;

  pass(value: number | null, unit: Unit): number | null {
    if (value === null) return value;
    const near = (other: number | null) => other !== null && !isJump(other, value, unit);
    const believed = this.#accepted === null || near(this.#accepted) || near(this.#candidate);
    this.#candidate = value;
    if (believed) this.#accepted = value;
    return believed ? value : null;
  }
}
