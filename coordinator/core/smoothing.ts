import type { Settings } from './settings.ts';
import type { Track } from './state.ts';

/** Exponential average with a time constant, so that samples at any interval weigh right. */
export function average(settings: Settings, before: number, sample: number, sinceMs: number): number {
  const weight = 1 - Math.exp(-Math.max(0, sinceMs) / settings.performance.smoothingMs);
  return before + weight * (sample - before);
}

/** The average of samples against a limit: missed above it, met again only below `clearShare` of it. */
export function smooth(settings: Settings, track: Track | null, sample: number, limit: number, at: number): Track {
  const { clearShare } = settings.performance;
  const value = track?.value == null ? sample : average(settings, track.value, sample, at - track.at);
  const missed = track?.missedSince ?? null;
  if (value > limit) return { value, at, missedSince: missed ?? at };
  return { value, at, missedSince: value > limit * clearShare ? missed : null };
}
