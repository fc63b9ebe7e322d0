import type { Reading } from '../../protocol/reading.ts';
import type { Health } from '../../protocol/view.ts';
import { isDenied } from './denied-sensors.ts';
import type { HealthTrack, LoggedPart, SensorTrack } from './health-track.ts';
import { BMC, type Logged, loggedHealth, notDisproved, stillLogged, withEntry, withSilence } from './logged-parts.ts';
import { isWorse, judgeSensor, lost } from './sensor-health.ts';
import type { HealthSettings } from './settings.ts';

/*
 * A node's health from what its devices say: that of its worst component. Failing: the node is emptied; degraded: it gets
 * nothing new. What has lost its readings is unknown, which is neither; what was not well keeps its judgement for a while.
 */

/** Without readings for this long, or for `keepMs` if that is longer, a sensor is forgotten. */
const FORGET_MS = 86_400_000;
/** Sensors without readings that are remembered at most. */
const MOST_LOST = 1000;

/** With a whole report of readings more; in which order they stand in it makes no difference. */
export function judgeHealth(
  settings: HealthSettings,
  node: string,
  track: HealthTrack,
  readings: readonly Reading[],
  at: number,
): HealthTrack {
  const sensors = new Map<string, SensorTrack>();
  const denied: string[] = [];
  for (const reading of worstOfEach(readings)) {
    if (isDenied(settings.deny, node, reading.sensor)) {
      denied.push(reading.sensor);
      continue;
    }
    const judged = judgeSensor(settings, track.sensors.get(reading.sensor) ?? null, reading, at, track.aheadMs);
    if (judged) sensors.set(reading.sensor, judged);
  }
  const gone: [string, SensorTrack][] = [];
  for (const [sensor, before] of track.sensors) {
    if (sensors.has(sensor) || isDenied(settings.deny, node, sensor)) continue;
    const after = lost(before, at);
    if (at - (after.lostSince ?? at) < Math.max(FORGET_MS, settings.keepMs)) gone.push([sensor, after]);
  }
  if (gone.length > MOST_LOST) gone.sort(([, a], [, b]) => (b.lostSince ?? 0) - (a.lostSince ?? 0));
  for (const [sensor, after] of gone.slice(0, MOST_LOST)) sensors.set(sensor, after);
  const fresh = notDisproved(settings, stillLogged(settings, track.logged, at), sensors, at);
  const logged = withSilence(fresh, readings, isDenied(settings.deny, node, BMC), at);
  return { ...track, health: worstOf(settings, sensors, logged, at), sensors, logged, denied: denied.sort() };
}

/** With an entry of a device's log more. */
export function judgeLogged(
  settings: HealthSettings,
  track: HealthTrack,
  part: Pick<LoggedPart, 'component' | 'level'> & { readonly asserted: boolean },
  text: string,
  at: number,
): HealthTrack {
  const logged = withEntry(stillLogged(settings, track.logged, at), part, text, at);
  return { ...track, logged, health: worstOf(settings, track.sensors, logged, at) };
}

/** `unknown` once its readings have been away for too long; at once where it was well: nobody can say that it still is. */
export function healthOf(settings: HealthSettings, sensor: SensorTrack, at: number): Health | 'unknown' {
  const { lostSince, health } = sensor;
  return lostSince !== null && (health === 'ok' || at - lostSince >= settings.keepMs) ? 'unknown' : health;
}

function worstOf(
  settings: HealthSettings,
  sensors: ReadonlyMap<string, SensorTrack>,
  logged: Logged,
  at: number,
): Health {
  let worst: Health = 'ok';
  for (const sensor of sensors.values()) {
    const health = healthOf(settings, sensor, at);
    if (health !== 'unknown' && isWorse(health, worst)) worst = health;
  }
  for (const part of logged.values()) {
    const health = loggedHealth(part);
    if (isWorse(health, worst)) worst = health;
  }
  return worst;
}

const LEVELS = ['ok', 'warning', 'critical'];

/** A name that is given twice is two readings of one sensor: the worse one counts, and of equals the higher. */
function worstOfEach(readings: readonly Reading[]): Iterable<Reading> {
  const bySensor = new Map<string, Reading>();
  for (const reading of readings) {
    const other = bySensor.get(reading.sensor);
    if (!other || isMore(reading, other)) bySensor.set(reading.sensor, reading);
  }
  return bySensor.values();
}

function isMore(a: Reading, b: Reading): boolean {
  const levels = LEVELS.indexOf(a.level ?? 'ok') - LEVELS.indexOf(b.level ?? 'ok');
  return levels > 0 || (levels === 0 && (a.value ?? Number.NEGATIVE_INFINITY) > (b.value ?? Number.NEGATIVE_INFINITY));
}
