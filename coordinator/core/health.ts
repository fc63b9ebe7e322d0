import type { Reading } from '../../protocol/reading.ts';
import type { Settings } from './settings.ts';
import type { HealthTrack } from './state.ts';

/**
 * A node's health from what its devices say of themselves: a reading that stays critical makes it failing (it is emptied),
 * one that stays at warning makes it degraded (it gets nothing new). Both are held for a while before they count, and
 * forgotten only after everything has been well for longer. Trends and counts are not judged here.
 */
export function judgeHealth(
  settings: Settings,
  track: HealthTrack,
  readings: readonly Reading[],
  at: number,
): HealthTrack {
  const bad = new Map<string, { level: 'warning' | 'critical'; since: number; text: string }>();
  for (const reading of readings) {
    if (reading.level !== 'warning' && reading.level !== 'critical') continue;
    const before = track.bad.get(reading.sensor);
    const since = before?.level === reading.level ? before.since : at;
    bad.set(reading.sensor, { level: reading.level, since, text: describe(reading, reading.level) });
  }
  const held = [...bad.values()].filter(
    ({ level, since }) =>
      at - since >= (level === 'critical' ? settings.health.criticalHoldMs : settings.health.warningHoldMs),
  );
  const okSince = bad.size > 0 ? null : (track.okSince ?? at);
  if (held.length === 0) {
    const cleared = okSince !== null && at - okSince >= settings.health.clearMs;
    if (track.health === 'ok' || cleared) return { health: 'ok', reasons: [], bad, okSince };
    return { ...track, bad, okSince };
  }
  const worst = held.some(({ level }) => level === 'critical') ? 'failing' : 'degraded';
  // what has failed does not become merely degraded before it has been well for a while
  const health = track.health === 'failing' ? 'failing' : worst;
  return { health, reasons: held.map(({ text }) => text), bad, okSince };
}

function describe(reading: Reading, level: 'warning' | 'critical'): string {
  const value =
    reading.value === null ? 'no value' : reading.unit === 'state' ? '' : `${reading.value} ${reading.unit}`;
  const limit = reading.limit === undefined ? '' : `, limit ${reading.limit} ${reading.unit}`;
  return `${reading.sensor} is ${level}${value === '' ? '' : ` (${value}${limit})`}`;
}
