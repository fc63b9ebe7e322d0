import type { Reading } from '../../protocol/reading.ts';
import type { Health } from '../../protocol/view.ts';
import { isDenied } from './denied-sensors.ts';
import type { HealthTrack, LoggedPart, SensorTrack } from './health-track.ts';
import { isWorse, judgeSensor, lost } from './sensor-health.ts';
import type { HealthSettings } from './settings.ts';

/*
 * A node's health from what its devices say: that of its worst component. Failing: the node is emptied; degraded: it gets
 * nothing new. What has lost its readings keeps its judgement for a while and is unknown then, which is neither.
 */

/** Without readings for this long, or for `keepMs` if that is longer, a sensor is forgotten. */
const FORGET_MS = 86_400_000;
/** Sensors without readings, and components with logged events, that are remembered at most. */
const MOST_LOST = 1000;
const MOST_LOGGED = 200;

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
    const judged = judgeSensor(settings, track.sensors.get(reading.sensor) ?? null, reading, at);
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
  const logged = stillLogged(settings, track.logged, at);
  return { health: worstOf(settings, sensors, logged, at), sensors, logged, denied: denied.sort() };
}

/** With an entry of a device's log more. */
export function judgeLogged(
  settings: HealthSettings,
  track: HealthTrack,
  part: Pick<LoggedPart, 'component' | 'level'> & { readonly asserted: boolean },
  text: string,
  at: number,
): HealthTrack {
  const logged = new Map(stillLogged(settings, track.logged, at));
  const before = logged.get(part.component);
  logged.delete(part.component); // so that the newest stand last
  if (part.asserted) {
    const staysWorse = before && isWorse(loggedHealth(before), loggedHealth(part));
    logged.set(part.component, staysWorse ? before : { component: part.component, level: part.level, at, text });
  }
  for (const component of logged.keys()) if (logged.size > MOST_LOGGED) logged.delete(component);
  return { ...track, logged, health: worstOf(settings, track.sensors, logged, at) };
}

/** `unknown` once its readings have been away for too long. */
export function healthOf(settings: HealthSettings, sensor: SensorTrack, at: number): Health | 'unknown' {
  return sensor.lostSince !== null && at - sensor.lostSince >= settings.keepMs ? 'unknown' : sensor.health;
}

function stillLogged(
  settings: HealthSettings,
  logged: ReadonlyMap<string, LoggedPart>,
  at: number,
): ReadonlyMap<string, LoggedPart> {
  const isOver = (part: LoggedPart) => part.level !== 'unknown' && at - part.at >= settings.eventMs;
  return logged.values().some(isOver) ? new Map([...logged].filter(([, part]) => !isOver(part))) : logged;
}

function worstOf(
  settings: HealthSettings,
  sensors: ReadonlyMap<string, SensorTrack>,
  logged: ReadonlyMap<string, LoggedPart>,
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

function loggedHealth({ level }: Pick<LoggedPart, 'level'>): Health {
  return level === 'critical' ? 'failing' : level === 'warning' ? 'degraded' : 'ok';
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
