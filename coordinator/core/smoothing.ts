import type { Settings } from './settings.ts';
import type { Track } from './state.ts';

/**
 * Exponential average with a time constant, so that samples at any interval weigh right; missed above the limit, met again
 * only below `clearShare` of it.
 */
export function smooth(settings: Settings, track: Track | null, sample: number, limit: number, at: number): Track {
  const { smoothingMs, clearShare } = settings.performance;
  const weight = track?.value == null ? 1 : 1 - Math.exp(-Math.max(0, at - track.at) / smoothingMs);
  const value = track?.value == null ? sample : track.value + weight * (sample - track.value);
  const missed = track?.missedSince ?? null;
  if (value > limit) return { value, at, missedSince: missed ?? at };
  return { value, at, missedSince: value > limit * clearShare ? missed : null };
}
