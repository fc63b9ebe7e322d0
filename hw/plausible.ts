import type { Unit } from '../protocol/reading.ts';

/** Outside of these no server works: a sensor that says so is broken or not connected (0xFFFF, -128 °C, 1.35 million RPM). */
const RANGE: Partial<Record<Unit, readonly [number, number]>> = {
  C: [-60, 200],
  RPM: [0, 50_000],
  V: [-500, 1000],
  A: [-1000, 1000],
  W: [0, 100_000],
  '%': [0, 100],
};
/** What no part heats up by within one cycle: such a value must be seen twice. A CPU may well gain 50 °C in a second. */
const JUMP_C = 60;

/** The value, or null where it cannot be one. */
export function plausible(value: number | null, unit: Unit): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  const range = RANGE[unit];
  return range !== undefined && (value < range[0] || value > range[1]) ? null : value;
}

/** Holds back a temperature that jumps until a second reading confirms it: a bus error is not a fire. */
export class JumpFilter {
  #accepted: number | null = null;
  #candidate: number | null = null;

  pass(value: number | null, unit: Unit): number | null {
    if (value === null || unit !== 'C') return value;
    const near = (other: number | null) => other !== null && Math.abs(value - other) <= JUMP_C;
    const believed = this.#accepted === null || near(this.#accepted) || near(this.#candidate);
    this.#candidate = value;
    if (believed) this.#accepted = value;
    return believed ? value : null;
  }
}
