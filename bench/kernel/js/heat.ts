/** How much worse a change may be: assembly/heat.ts, the heat and its factor being given. */
import type { Random } from './random.ts';

const COOL_EVERY = 16; // steps between two coolings

export type Heat = ReturnType<typeof createHeat>;

/** `logarithm` has minus the logarithm of each of its chances. */
export function createHeat(random: Random, logarithm: Float32Array) {
  const chances = logarithm.length;
  let heat = 0;
  let factor = 1; // by which heat goes down every COOL_EVERY steps
  let untilCooler = COOL_EVERY;

  function set(toHeat: number, toFactor: number): void {
    heat = toHeat;
    factor = toFactor;
    untilCooler = COOL_EVERY;
  }

  /** By how much a change may raise the cost, this time. */
  function drawTolerance(): number {
    return heat * logarithm[random.below(chances)]!;
  }

  /** After a step. */
  function cool(): void {
    if (--untilCooler > 0) return;
    untilCooler = COOL_EVERY;
    heat *= factor;
  }

  return { set, drawTolerance, cool };
}
