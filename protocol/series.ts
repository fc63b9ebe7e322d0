import * as z from 'zod';
import { type Reading, ReadingKind, Unit } from './reading.ts';

/*
 * What of a sensor's readings stays the same from one to the next, as the name table tells it. Units in runs, since neighbours
 * share theirs; what few sensors have beside a unit by the sensor's number; a component that the sensor's own name begins with, as
 * it mostly does, by its length.
 */

/** All of a reading but what changes: its value, level and limit. */
export type Series = Pick<Reading, 'sensor' | 'unit' | 'critical' | 'kind' | 'component'>;

const MAX_NAME = 96;
export const SeriesName = z.string().min(1).max(MAX_NAME);
/** [unit, how many sensors in a row have it]. */
export const UnitRun = z.tuple([Unit, z.int().positive()]);
/** [which sensor, its critical limit, kind, component or so many letters of the sensor's name]; nulls at the end are left out. */
export const SeriesFacts = z.tuple([
  z.int().nonnegative(),
  z.number().nullable(),
  ReadingKind.nullable().optional(),
  z.union([SeriesName, z.int().positive().max(MAX_NAME)]).optional(),
]);
export type SeriesFacts = z.infer<typeof SeriesFacts>;

export interface SeriesTable {
  readonly sensors: string[];
  readonly units: [Unit, number][];
  readonly facts?: SeriesFacts[] | undefined;
}

/** What is wrong with it, beyond the form of each part: [field, what]. */
export function* inconsistencies({ sensors, units, facts = [] }: SeriesTable): Generator<[string, string]> {
  const counted = units.reduce((sum, [, count]) => sum + count, 0);
  if (counted !== sensors.length) yield ['units', `stand for ${counted} sensors of ${sensors.length}`];
  if (new Set(sensors).size !== sensors.length) yield ['sensors', 'each name once'];
  let last = -1;
  for (const [index, , , component] of facts) {
    if (index <= last) return yield ['facts', 'the sensors they are of grow'];
    last = index;
    const sensor = sensors[index];
    if (sensor === undefined) return yield ['facts', `of sensor ${index} of ${sensors.length}`];
    if (typeof component === 'number' && component > sensor.length)
      yield ['facts', `${component} letters of '${sensor}' for a component`];
  }
}

export function seriesTable(series: readonly Series[]): SeriesTable {
  const facts = series.flatMap((one, index) => factsOf(one, index) ?? []);
  return {
    sensors: series.map(({ sensor }) => sensor),
    units: runsOfUnits(series.map(({ unit }) => unit)),
    ...(facts.length > 0 ? { facts } : {}),
  };
}

function factsOf({ sensor, critical, kind, component }: Series, index: number): [SeriesFacts] | null {
  if (component !== undefined)
    return [[index, critical ?? null, kind ?? null, sensor.startsWith(component) ? component.length : component]];
  if (kind !== undefined) return [[index, critical ?? null, kind]];
  return critical === undefined ? null : [[index, critical]];
}

/** In order; of a table that has passed its schema. */
export function seriesOf({ sensors, units, facts = [] }: SeriesTable): readonly Series[] {
  const unitOf = units.flatMap(([unit, count]) => new Array<Unit>(count).fill(unit));
  const series = sensors.map((sensor, index): Series => ({ sensor, unit: unitOf[index] ?? 'state' }));
  for (const [index, critical, kind = null, component] of facts) {
    const { sensor = '', unit = 'state' } = series[index] ?? {};
    series[index] = {
      sensor,
      unit,
      ...(critical === null ? {} : { critical }),
      ...(kind === null ? {} : { kind }),
      ...(component === undefined
        ? {}
        : { component: typeof component === 'number' ? sensor.slice(0, component) : component }),
    };
  }
  return series;
}

export function isSameSeries(one: Series, other: Series): boolean {
  return (
    one.sensor === other.sensor &&
    one.unit === other.unit &&
    one.critical === other.critical &&
    one.kind === other.kind &&
    one.component === other.component
  );
}

function runsOfUnits(units: readonly Unit[]): [Unit, number][] {
  const runs: [Unit, number][] = [];
  for (const unit of units) {
    const last = runs.at(-1);
    if (last?.[0] === unit) last[1]++;
    else runs.push([unit, 1]);
  }
  return runs;
}
