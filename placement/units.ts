import type { Problem } from './problem.ts';
import { demandOf } from './rules.ts';

const MOST_AMOUNT = 2 ** 30; // sums of two fit an i32

/** In what amounts are counted where they must fit 32 bits. Demand is rounded up, capacity down: safe, a little coarser. */
export interface Units {
  readonly sizes: readonly number[]; // per resource, a power of two: what is stated in whole KiB or MiB loses nothing
  down(amounts: readonly number[]): number[];
  up(amounts: readonly number[]): number[];
}

export function unitsOf(problem: Problem): Units {
  const sizes = unitSizes(problem);
  return {
    sizes,
    down: (amounts) => amounts.map((amount, r) => Math.floor(amount / sizes[r]!)),
    up: (amounts) => amounts.map((amount, r) => Math.ceil(amount / sizes[r]!)),
  };
}

function unitSizes(problem: Problem): readonly number[] {
  return problem.resources.map((_, r) => {
    const most = problem.nodes.map((node) => node.capacity[r]!);
    const atHome = problem.nodes.map(() => 0);
    let largest = 0;
    problem.instances.forEach((one, i) => {
      const amount = demandOf(problem, i)[r]!;
      largest = Math.max(largest, amount);
      if (one.home >= 0) atHome[one.home]! += amount;
    });
    // Rounding up adds at most one per instance.
    const range = Math.max(1, MOST_AMOUNT - problem.instances.length);
    const highest = [...most, ...atHome].reduce((a, b) => Math.max(a, b), largest);
    return highest <= range ? 1 : 2 ** Math.ceil(Math.log2(highest / range));
  });
}
