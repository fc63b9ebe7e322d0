import type { Reading, Unit } from '../protocol/reading.ts';
import { MAX_SERIES, type Names, type Sample, type SampleRecord, seriesCount } from '../protocol/samples.ts';
import { isSameSeries, type Series, seriesOf, seriesTable } from '../protocol/series.ts';
import type { Resources } from '../protocol/spec.ts';
import { type Deadband, type DeadbandRules, deadbandOf, isOutside } from './deadband.ts';

/*
 * Report by exception: what of a cycle's readings is worth telling. A value is told when it leaves its deadband around the value
 * told last, when that has become old, and whenever its level, its limit or its being there changes. Names, and whatever else of a
 * reading stays the same, are told once: a new one makes a new table, and with it everything is told afresh.
 */

interface Told {
  readonly sample: Sample;
  readonly atMs: number;
  readonly band: Deadband;
}
export interface Sampler {
  readonly names: Names | null;
  readonly series: readonly Series[]; // of the table's sensors
  readonly told: readonly Told[]; // by index
  readonly next: number; // number of the next sample
}
export const FRESH_SAMPLER: Sampler = { names: null, series: [], told: [], next: 0 };

export interface Taken {
  readonly sampler: Sampler;
  readonly record: SampleRecord; // without samples where nothing has changed
  readonly isNewTable: boolean;
  /** Something is, or has just stopped being, other than well: kept longest when there is no room for all. */
  readonly isNotable: boolean;
}
export interface Cycle {
  readonly readings: readonly Reading[];
  readonly usage: Resources;
  readonly atMs: number; // monotonic
}

/** `id` names a table by its content. */
export function takeSamples(
  sampler: Sampler,
  cycle: Cycle,
  rules: DeadbandRules,
  isWhole: boolean,
  id: (content: string) => string,
): Taken {
  const readings = admissible(cycle.readings);
  const isNewTable = sampler.names === null || !knows(sampler, sampler.names, readings, cycle.usage);
  const names = isNewTable || !sampler.names ? namesOf(readings, cycle.usage, id) : sampler.names;
  const all = isWhole || isNewTable;
  const series = isNewTable ? seriesOf(names) : sampler.series;
  const told: Told[] = isNewTable ? [] : [...sampler.told];
  const now: Told[] = [];
  const news = new Set<number>();
  let isNotable = false;
  for (let index = 0; index < seriesCount(names); index++) {
    const one = series[index - names.usage.length];
    const sample =
      one === undefined ? usageSample(index, names, cycle.usage) : sensorSample(index, readings.get(one.sensor));
    const before = told[index];
    const band = before?.band ?? (one === undefined ? USAGE_BAND : deadbandOf(one.sensor, one.unit, rules));
    const hasTurned = before !== undefined && turned(before.sample, sample);
    const isNews = all || !before || hasTurned || isOutside(band, before.sample.value, sample.value);
    now.push({ sample, atMs: cycle.atMs, band });
    if (!isNews) continue;
    news.add(index);
    if (hasTurned || sample.level === 'warning' || sample.level === 'critical') isNotable = true;
  }
  for (const index of aged(told, news.size, cycle.atMs)) news.add(index);
  const samples: Sample[] = [];
  for (const [index, each] of now.entries()) {
    if (!news.has(index)) continue;
    told[index] = each;
    samples.push(each.sample);
  }
  const record = { first: sampler.next, atMs: Math.round(cycle.atMs), table: names.table, isWhole: all, samples };
  return { sampler: { names, series, told, next: sampler.next + samples.length }, record, isNewTable, isNotable };
}

const USAGE_BAND: Deadband = { absolute: 10, share: 0.05, maxAgeMs: 300_000 };

function turned(before: Sample, now: Sample): boolean {
  return before.level !== now.level || before.limit !== now.limit || before.isGone !== now.isGone;
}

/**
 * Those that have to be told again for their age. A snapshot tells all at one moment; so that they do not grow old at one moment
 * too, the oldest go earlier with messages that have room.
 */
function aged(told: readonly Told[], news: number, nowMs: number): readonly number[] {
  const ages = told
    .map(({ atMs, band }, index) => ({ index, age: (nowMs - atMs) / band.maxAgeMs }))
    .filter(({ age }) => age >= 0.5)
    .sort((a, b) => b.age - a.age);
  const room = SMALL - news;
  return ages.filter(({ age }, i) => age >= 0.97 || i < room).map(({ index }) => index);
}
/** A message with so many samples is a small one. */
const SMALL = 4;

/** Each name once, and none that no table can hold. */
function admissible(readings: readonly Reading[]): ReadonlyMap<string, Reading> {
  const byName = new Map<string, Reading>();
  for (const reading of readings) {
    if (byName.size >= MAX_SERIES - 64) break;
    const { sensor } = reading;
    if (sensor !== '' && sensor.length <= 96 && !byName.has(sensor)) byName.set(sensor, reading);
  }
  return byName;
}

function knows({ series }: Sampler, names: Names, readings: ReadonlyMap<string, Reading>, usage: Resources): boolean {
  const known = new Map(series.map((one) => [one.sensor, one]));
  for (const reading of readings.values()) {
    const one = known.get(reading.sensor);
    if (!one || !isSameSeries(one, seriesIn(reading))) return false;
  }
  return Object.keys(usage).every((resource) => names.usage.includes(resource));
}

function namesOf(readings: ReadonlyMap<string, Reading>, usage: Resources, id: (content: string) => string): Names {
  const content = { usage: Object.keys(usage).slice(0, 64), ...seriesTable([...readings.values()].map(seriesIn)) };
  return { table: id(JSON.stringify(content)), ...content };
}

/** Without what no table can say; a limit that is none is no limit. */
function seriesIn({ sensor, unit, critical, kind, component }: Reading): Series {
  return {
    sensor,
    unit,
    ...(critical !== undefined && Number.isFinite(critical) ? { critical: critical + 0 } : {}), // no -0, as below
    ...(kind === undefined ? {} : { kind }),
    ...(component !== undefined && component !== '' && component.length <= 96 ? { component } : {}),
  };
}

function sensorSample(index: number, reading: Reading | undefined): Sample {
  if (!reading) return { index, value: null, level: null, limit: null, isGone: true };
  const { level = null, limit = null, unit } = reading;
  return { index, value: rounded(reading.value, unit), level, limit: rounded(limit, unit), isGone: false };
}
function usageSample(index: number, names: Names, usage: Resources): Sample {
  const value = usage[names.usage[index] ?? ''];
  return { index, value: rounded(value ?? null, 'bytes'), level: null, limit: null, isGone: value === undefined };
}

/** Five digits say more than any sensor knows; what counts or names a state is told as it is. */
function rounded(value: number | null, unit: Unit): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (Number.isInteger(value) && (unit === 'count' || unit === 'state')) return value;
  return Number(value.toPrecision(5)) + 0; // no -0: JSON does not know it
}
