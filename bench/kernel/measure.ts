/* Contenders in turn, so that what else the machine does meets all of them alike. */
import type { Outcome } from './task.ts';

export interface Contender {
  readonly name: string;
  readonly run: () => Outcome;
}

/** Million steps a second: of each contender a figure a round. Throws where two runs differ in any result. */
export function race(contenders: readonly Contender[], steps: number, rounds: number): readonly (readonly number[])[] {
  const speeds: number[][] = contenders.map(() => []);
  let first: Outcome | null = null;
  for (let round = 0; round < rounds; round++) {
    for (const [c, { name, run }] of contenders.entries()) {
      const outcome = run();
      first ??= outcome;
      requireSame(contenders[0]!.name, first, name, outcome);
      speeds[c]!.push(steps / outcome.ms / 1000);
    }
  }
  return speeds;
}

/** Throws where two outcomes are not the same to the last process. */
export function requireSame(name: string, one: Outcome, otherName: string, other: Outcome): void {
  for (const field of ['presentCost', 'bestCost'] as const) {
    if (one[field] === other[field]) continue;
    throw new Error(`${field} is ${one[field]} in ${name}, ${other[field]} in ${otherName}`);
  }
  for (const field of ['present', 'best'] as const) {
    const length = Math.max(one[field].length, other[field].length);
    for (let p = 0; p < length; p++) {
      if (one[field][p] === other[field][p]) continue;
      throw new Error(`${field}: process ${p} is on ${one[field][p]} in ${name}, ${other[field][p]} in ${otherName}`);
    }
  }
}

/** "median (least to most)". */
export function summary(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, middle, most] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((one) => one.toFixed(2));
  return `${middle} (${least} to ${most})`;
}
