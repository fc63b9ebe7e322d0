import type { Unit } from './reading.ts';

/*
 * What a reading can be at all: sensors are judged by it where they are read, and readings where they arrive, since not all come from
 * sensors of ours. Outside of these no server works: a sensor that says so is broken or not connected (0xFFFF RPM, -128 °C).
 */

const POSSIBLE: Readonly<Record<Unit, readonly [least: number, most: number]>> = {
  C: [-60, 200],
  RPM: [0, 50_000],
  V: [-500, 1000],
  A: [-1000, 1000],
  W: [-1000, 100_000], // a battery that is charged takes some
  '%': [0, 500], // a worn disk says up to 255, and a UPS with too much behind it more than 100
  bytes: [0, Number.MAX_VALUE],
  'bytes/s': [0, Number.MAX_VALUE],
  'ops/s': [0, Number.MAX_VALUE],
  ms: [0, Number.MAX_VALUE],
  count: [0, Number.MAX_VALUE],
  state: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

export function isPossible(value: number, unit: Unit): boolean {
  const [least, most] = POSSIBLE[unit];
  return value >= least && value <= most; // not for NaN
}

/** Of what is left of something, in %: more than all of it is not there (0xFF for not known). */
export function isPartOfWhole(percent: number): boolean {
  return percent >= 0 && percent <= 100;
}

/** Nothing on a server warms or cools by so much from one reading to the next; a CPU may well gain 50 °C in a second. */
const LARGEST_JUMP: Partial<Record<Unit, number>> = { C: 60 };

/** To be believed when a second reading says so: a bus error is not a fire. */
export function isJump(from: number, to: number, unit: Unit): boolean {
  return Math.abs(to - from) > (LARGEST_JUMP[unit] ?? Number.POSITIVE_INFINITY);
}
