import type { Reading } from '../../protocol/reading.ts';
import type { CauseView, ComponentView } from '../../protocol/view.ts';
import { healthOf } from './health.ts';
import type { Cause, HealthTrack, LoggedPart, SensorTrack } from './health-track.ts';
import { componentOf, kindOf } from './reading-kind.ts';
import type { HealthSettings } from './settings.ts';
import { byName } from './state.ts';

/* Why a node's hardware is not well: for people, and as data. */

const ORDER: readonly CauseView['health'][] = ['failing', 'degraded', 'unknown', 'ok'];

/** The components that are not well or have lost readings, the worst first. */
export function componentsOf(settings: HealthSettings, track: HealthTrack, at: number): readonly ComponentView[] {
  const causes = new Map<string, CauseView[]>();
  const add = (component: string, cause: CauseView) => causes.set(component, [...(causes.get(component) ?? []), cause]);
  for (const [sensor, known] of track.sensors) {
    if (known.cause !== null && healthOf(settings, known, at) === known.health)
      add(componentOf(known.cause.reading), causeView(sensor, known, known.cause, at));
    if (known.lostSince !== null && known.last !== null && isMissed(known, known.last))
      add(componentOf(known.last), lostView(settings, known, known.last, known.lostSince, at));
  }
  for (const part of track.logged.values()) add(part.component, loggedView(part, at));
  return [...causes]
    .map(([component, all]) => {
      const sorted = all.sort(
        (a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health) || byName(a.sensor, b.sensor),
      );
      return { component, health: sorted[0]?.health ?? 'ok', causes: sorted };
    })
    .sort((a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health) || byName(a.component, b.component));
}

/** Of what nobody judges, such as the progress of a rebuild that is over, no health can be unknown. */
function isMissed({ health, odd }: SensorTrack, last: Reading): boolean {
  const isJudged = last.level !== undefined || last.critical !== undefined || kindOf(last) !== null;
  return isJudged || health !== 'ok' || odd !== null;
}

/** One sentence for each cause that makes the node degraded or failing. */
export function reasonsOf(components: readonly ComponentView[]): readonly string[] {
  const causes = components.flatMap((component) => component.causes);
  return ['failing', 'degraded'].flatMap((health) =>
    causes.filter((cause) => cause.health === health && cause.because !== 'lost').map((cause) => cause.text),
  );
}

function causeView(sensor: string, known: SensorTrack, cause: Cause, at: number): CauseView {
  const { because, reading, limit, amount, reachedAt } = cause;
  const leftMs = reachedAt === null ? null : Math.max(0, reachedAt - at);
  return {
    because,
    health: known.health,
    sensor,
    value: amount ?? reading.value,
    unit: amount === null ? reading.unit : 'count',
    limit,
    forMs: at - known.since,
    leftMs,
    text: textOf(sensor, cause, leftMs ?? 0),
  };
}

function textOf(sensor: string, { because, reading, limit, amount }: Cause, leftMs: number): string {
  const { unit } = reading;
  if (because === 'trend')
    return `${sensor} is heading for its limit of ${limit} ${unit} (${reading.value} ${unit} now, ${days(leftMs)} left)`;
  if (because === 'count' && limit === 0) return `${sensor} counts ${amount}, where one is too many`;
  if (because === 'count') return `${sensor} grew by ${round(amount ?? 0)} within a day (limit ${limit})`;
  const value = reading.value === null ? 'no value' : unit === 'state' ? '' : `${reading.value} ${unit}`;
  const bound = limit === null ? '' : `, limit ${limit} ${unit}`;
  return `${sensor} is ${reading.level ?? 'at its limit'}${value === '' ? '' : ` (${value}${bound})`}`;
}

function lostView(
  settings: HealthSettings,
  known: SensorTrack,
  last: Reading,
  lostSince: number,
  at: number,
): CauseView {
  const health = healthOf(settings, known, at);
  const keepMs = Math.max(0, lostSince + settings.keepMs - at);
  const kept = health === 'unknown' ? 'what it is like is unknown' : `counts as ${health} for ${minutes(keepMs)} more`;
  const why = known.odd === null ? 'has no value that can be true' : `has jumped to ${known.odd} ${last.unit}`;
  return {
    because: 'lost',
    health,
    sensor: last.sensor,
    value: known.odd,
    unit: last.unit,
    limit: null,
    forMs: at - lostSince,
    leftMs: null,
    text: `${last.sensor} ${why}: ${kept}`,
  };
}

function loggedView({ component, level, at: since, text }: LoggedPart, at: number): CauseView {
  return {
    because: 'event',
    health: level === 'critical' ? 'failing' : level === 'warning' ? 'degraded' : 'unknown',
    sensor: component,
    value: null,
    unit: 'state',
    limit: null,
    forMs: at - since,
    leftMs: null,
    text,
  };
}

const round = (amount: number) => Number(amount.toPrecision(3));
const days = (ms: number) => `${(ms / 86_400_000).toFixed(1)} days`;
const minutes = (ms: number) => `${Math.ceil(ms / 60_000)} min`;
