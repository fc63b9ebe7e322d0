import type { Reading } from '../../protocol/reading.ts';
import type { Health } from '../../protocol/view.ts';
import type { LoggedPart, SensorTrack } from './health-track.ts';
import { isWorse } from './sensor-health.ts';
import type { HealthSettings } from './settings.ts';

/*
 * What devices have logged of components. An entry counts until it is taken back, until its time is over, or until the very sensor that it is
 * about says better: many BMCs log a limit that is crossed and not the way back.
 */

/** Components with logged events that are remembered at most. */
const MOST_LOGGED = 200;
/** Whether the BMC answers, as the agent says with each report; the component that cannot be asked where it does not. */
const BMC_ANSWERS = 'bmc/self/answers';
export const BMC = 'bmc';

export type Logged = ReadonlyMap<string, LoggedPart>;

/** With an entry more. One that is milder neither replaces what is worse nor takes it back. */
export function withEntry(
  logged: Logged,
  part: Pick<LoggedPart, 'component' | 'level'> & { readonly asserted: boolean },
  text: string,
  at: number,
): Logged {
  const next = new Map(logged);
  const before = next.get(part.component);
  next.delete(part.component); // so that the newest stand last
  if (before && isWorse(loggedHealth(before), loggedHealth(part))) next.set(part.component, before);
  else if (part.asserted) next.set(part.component, { component: part.component, level: part.level, at, text });
  for (const component of next.keys()) if (next.size > MOST_LOGGED) next.delete(component);
  return next;
}

/** Those whose time is not over. */
export function stillLogged(settings: HealthSettings, logged: Logged, at: number): Logged {
  return without(logged, (part) => part.level !== 'unknown' && at - part.at >= settings.eventMs);
}

/** Those whose own sensor has not been well since, for `clearMs`. A state says nothing of it: an error is over as soon as it was logged. */
export function notDisproved(
  settings: HealthSettings,
  logged: Logged,
  sensors: ReadonlyMap<string, SensorTrack>,
  at: number,
): Logged {
  return without(logged, (part) => {
    const { last, lostSince, health, badSince, owedMs } = sensors.get(part.component) ?? {};
    if (last?.level !== 'ok' || last.unit === 'state' || lostSince !== null) return false;
    return health === 'ok' && badSince === null && owedMs === 0 && at - part.at >= settings.clearMs;
  });
}

/** With the BMC as unknown while it is silent: told with each report, so that no event lost and no start of the coordinator changes it. */
export function withSilence(logged: Logged, readings: readonly Reading[], isDenied: boolean, at: number): Logged {
  const answers = readings.find(({ sensor }) => sensor === BMC_ANSWERS)?.value;
  if (answers === 0 && !isDenied && !logged.has(BMC))
    return withEntry(logged, { component: BMC, level: 'unknown', asserted: true }, 'the BMC does not answer', at);
  return answers === 1 ? without(logged, ({ component, level }) => component === BMC && level === 'unknown') : logged;
}

export function loggedHealth({ level }: Pick<LoggedPart, 'level'>): Health {
  return level === 'critical' ? 'failing' : level === 'warning' ? 'degraded' : 'ok';
}

function without(logged: Logged, isOver: (part: LoggedPart) => boolean): Logged {
  const left = [...logged].filter(([, part]) => !isOver(part));
  return left.length === logged.size ? logged : new Map(left);
}
