/*
 * How much worse a change may be. A change worse by d is to be accepted with probability exp(-d / heat), so the limit is
 * drawn first: -heat times the logarithm of a chance. Logarithms of 1,024 chances are kept, because a search draws tens of
 * millions of them a second.
 */
import { randomBelow } from './random';

const CHANCES: i32 = 1024;
const COOL_EVERY: i32 = 16; // steps between two coolings

export let heat: f64 = 0;
let factor: f64 = 1; // by which heat goes down every COOL_EVERY steps
let untilCooler: i32 = COOL_EVERY;
const logarithm = new StaticArray<f32>(CHANCES);

/**
 * Cools from `from` to `to` by equal factors, of which this run takes the part between two shares of the whole, 0 to 1, in so
 * many steps. Reckoned here and not by the host, whose logarithms may differ from another's in the last digit.
 */
export function setHeat(from: f64, to: f64, shareFrom: f64, shareTo: f64, steps: f64): void {
  if (logarithm[0] == 0) for (let k = 0; k < CHANCES; k++) logarithm[k] = <f32>-Math.log((<f64>k + 0.5) / <f64>CHANCES);
  const slope = Math.log(to / from);
  heat = from * Math.exp(slope * shareFrom);
  factor = Math.exp((slope * (shareTo - shareFrom) * <f64>COOL_EVERY) / max(<f64>COOL_EVERY, steps));
  untilCooler = COOL_EVERY;
}

/** By how much a change may raise the cost, this time. */
export function drawTolerance(): f64 {
  return heat * <f64>logarithm[randomBelow(CHANCES)];
}

/** After so many steps. */
export function cool(steps: i32): void {
  untilCooler -= steps;
  while (untilCooler <= 0) {
    untilCooler += COOL_EVERY;
    heat *= factor;
  }
}
