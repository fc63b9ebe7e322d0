import type { Level, Reading, Unit } from '../../protocol/reading.ts';
import { criticalLimit } from '../limits.ts';
import { number, part, type Resource, text } from './fields.ts';

/*
 * What a sensor of a Redfish service is worth: its value, and the worse of what its thresholds and its own Status.Health say.
 * Services differ in which of the two they keep up.
 */

const SEVERITY: readonly Level[] = ['ok', 'warning', 'critical'];
const HEALTH: Readonly<Record<string, Level>> = { OK: 'ok', Warning: 'warning', Critical: 'critical' };
/** States of a thing (Redfish's Resource.State) in which it is not there to be read. */
const AWAY = /^(absent|disabled|unavailableoffline|standbyoffline|starting|deferring|updating|qualified|intest)$/i;

export const isAway = (thing: Resource) => AWAY.test(text(part(thing, 'Status'), 'State'));

/** What the service itself says of a thing and of what belongs to it; undefined where it does not say. */
export function healthOf(thing: Resource): Level | undefined {
  const status = part(thing, 'Status');
  return worst([HEALTH[text(status, 'Health')], HEALTH[text(status, 'HealthRollup')]]);
}

export function worst(levels: readonly (Level | undefined)[]): Level | undefined {
  return levels.reduce((worse, level) => {
    if (level === undefined) return worse;
    return worse === undefined || SEVERITY.indexOf(level) > SEVERITY.indexOf(worse) ? level : worse;
  }, undefined);
}

/** Most severe first; `sign` 1: crossed from there upwards. */
const THRESHOLDS: readonly (readonly [field: string, level: Level, sign: 1 | -1])[] = [
  ['UpperThresholdFatal', 'critical', 1],
  ['LowerThresholdFatal', 'critical', -1],
  ['UpperThresholdCritical', 'critical', 1],
  ['LowerThresholdCritical', 'critical', -1],
  ['UpperThresholdNonCritical', 'warning', 1],
  ['LowerThresholdNonCritical', 'warning', -1],
];

export function analog(name: string, sensor: Resource, value: number | null, unit: Unit): Reading {
  const critical = criticalOf(sensor, unit);
  if (value === null || isAway(sensor)) return { sensor: `bmc/${name}`, value: null, unit, ...critical };
  // 0 stands for "none" in services that cannot leave a threshold out
  const known = THRESHOLDS.flatMap(([field, level, sign]) => {
    const limit = number(sensor, field);
    return limit === null || limit === 0 ? [] : [{ limit, level, crossed: sign * value >= sign * limit }];
  });
  const crossed = known.find((one) => one.crossed);
  const level = worst([crossed?.level ?? (known.length > 0 ? 'ok' : undefined), healthOf(sensor)]);
  return {
    sensor: `bmc/${name}`,
    value,
    unit,
    ...(level === undefined ? {} : { level }),
    ...(crossed !== undefined && crossed.level === level ? { limit: crossed.limit } : {}),
    ...critical,
  };
}

function criticalOf(sensor: Resource, unit: Unit) {
  const limit = (...fields: string[]) => number(sensor, ...fields) ?? undefined;
  return criticalLimit(unit, {
    criticalAbove: limit('UpperThresholdCritical', 'UpperThresholdFatal'),
    warningAbove: limit('UpperThresholdNonCritical'),
    warningBelow: limit('LowerThresholdNonCritical'),
    criticalBelow: limit('LowerThresholdCritical'),
  });
}

/** 1: well, 0: not; no value where it is not there, or nothing is said of it. */
export function state(name: string, thing: Resource, also?: Level): Reading {
  const level = isAway(thing) ? undefined : worst([healthOf(thing), also]);
  const sensor = `bmc/${name}`;
  if (level === undefined) return { sensor, value: null, unit: 'state' };
  return { sensor, value: level === 'ok' ? 1 : 0, unit: 'state', level };
}
