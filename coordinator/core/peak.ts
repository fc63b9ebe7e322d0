import type { Settings } from './settings.ts';
import { average } from './smoothing.ts';
import type { Peak } from './state.ts';

/** After three time constants a twentieth is left. */
const TIME_CONSTANTS = 3;

export function raisePeak(settings: Settings, known: Peak | undefined, sample: number, at: number): Peak {
  if (known === undefined) return { mean: sample, peak: sample, at };
  const mean = average(settings, known.mean, sample, at - known.at);
  return { mean, peak: Math.max(mean, peakNow(settings, known, at)), at };
}

/** What is left of a peak: it falls towards what the mean was then. */
export function peakNow(settings: Settings, { mean, peak, at: since }: Peak, at: number): number {
  return mean + (peak - mean) * Math.exp((-TIME_CONSTANTS * Math.max(0, at - since)) / settings.measuredDemand.fallMs);
}
