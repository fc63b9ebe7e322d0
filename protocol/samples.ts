import * as z from 'zod';
import { BootId, NodeName, Sequence, Term } from './ids.ts';
import type { Level, Reading } from './reading.ts';
import { inconsistencies, type Series, SeriesFacts, SeriesName, type SeriesTable, UnitRun } from './series.ts';
import { STORE_ID } from './store-id.ts';

/*
 * Measured values on the wire: names once, in a table; values as arrays that point into it. What an agent measures is a row of
 * numbered samples (a stream); a record holds some of them, taken at one moment. Numbers let every sample be counted once,
 * however often it is delivered, and let a hole be told exactly. Not handled here: which values are worth sending
 * (agent/sampling.ts), and who has which numbers (ranges.ts).
 */

/** More series than this are not reported. Usage takes some of them. */
export const MAX_SERIES = 1200;
/** Of one message. */
export const MAX_RECORDS = 256;
const MAX_RANGES = 512;
export const MAX_MORE = 8;

export const TableId = z.string().regex(/^[A-Za-z0-9_-]{8}$/, 'a table is named by 8 letters, digits, - and _');

const names = {
  table: TableId,
  usage: z.array(z.string().min(1).max(63)).max(64),
  sensors: z.array(SeriesName).max(MAX_SERIES),
  units: z.array(UnitRun).max(MAX_SERIES),
  facts: z.array(SeriesFacts).max(MAX_SERIES).optional(), // what some sensors have beside a name and a unit
};
/** What the indices of records mean: first the resources of `usage`, then the sensors. */
export const Names = z.strictObject(names).superRefine(consistent);
export type Names = z.infer<typeof Names>;
/** Agent → coordinator, when asked. */
export const NameTable = z.strictObject({ v: z.literal(1), boot: BootId, ...names }).superRefine(consistent);
export type NameTable = z.infer<typeof NameTable>;

function consistent(table: SeriesTable & { readonly usage: string[] }, context: z.core.$RefinementCtx): void {
  const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  for (const [field, what] of inconsistencies(table)) wrong(field, what);
  if (new Set(table.usage).size !== table.usage.length) wrong('usage', 'each name once');
}

/** From the first number up to, and without, the last. */
export const Range = z
  .tuple([Sequence, Sequence])
  .refine(([from, to]) => from < to, 'a range goes from a number to a higher one');
export type Range = z.infer<typeof Range>;

/**
 * [number of its first sample, monotonic ms of the machine, table, indices (null: all of the table, from 0), values, levels, limits].
 * Levels: one letter per value, see LEVELS; left out where no value has any. Limits: one per value, null for none; left out likewise.
 */
const WireRecord = z
  .tuple([
    Sequence,
    z.number().nonnegative(),
    TableId,
    z.array(z.int().min(0).max(MAX_SERIES)).max(MAX_SERIES).nullable(),
    z.array(z.number().nullable()).max(MAX_SERIES),
    z.string().max(MAX_SERIES).optional(),
    z.array(z.number().nullable()).max(MAX_SERIES).optional(),
  ])
  .superRefine(([, , , indices, values, levels, limits], context) => {
    const wrong = (at: number, message: string) => context.addIssue({ code: 'custom', path: [at], message });
    if (indices && indices.length !== values.length) wrong(3, `${indices.length} indices for ${values.length} values`);
    if (indices?.some((index, i) => i > 0 && index <= (indices[i - 1] ?? 0))) wrong(3, 'indices grow');
    if (levels !== undefined && !/^[-owcx]*$/.test(levels)) wrong(5, 'levels are letters of -owcx');
    if (levels !== undefined && levels.length !== values.length)
      wrong(5, `${levels.length} levels for ${values.length} values`);
    if (limits && limits.length !== values.length) wrong(6, `${limits.length} limits for ${values.length} values`);
  });
export type WireRecord = z.infer<typeof WireRecord>;

/** Agent → coordinator, each cycle, also when nothing has changed: what is not in it is as before. And, in the background, what could not be told in its time. */
export const Samples = z.strictObject({
  v: z.literal(1),
  boot: BootId, // of the agent that speaks
  stream: BootId.optional(), // of the agent that measured, where that was an earlier one
  from: Sequence.optional(), // everything of the stream below is acknowledged or was told to be lost; left out: the first record's number
  nowMs: z.number().nonnegative().optional(), // the stream's clock when this was sent; left out: it was just measured
  isGuess: z.literal(true).optional(), // the machine has started since: `nowMs` is worked out from wall clocks
  report: Sequence.optional(), // of the newest `Report` sent: who has not got it asks for one
  records: z.array(WireRecord).max(MAX_RECORDS),
  gaps: z.array(Range).max(MAX_RANGES).optional(), // samples that are lost for good
  waiting: z.literal(true).optional(), // there is more that could not be told in its time
});
export type Samples = z.infer<typeof Samples>;

/** Coordinator → agent: these samples of a stream are counted, on disk. The agent may forget them. */
export const Receipt = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  term: Term,
  store: z.string().regex(STORE_ID).optional(), // as in an assignment
  stream: BootId,
  through: Sequence, // all below
  beyond: z.array(Range).max(MAX_RANGES), // and these
  more: z.int().positive().max(MAX_MORE).optional(), // so many messages of what waits may be sent now
});
export type Receipt = z.infer<typeof Receipt>;

/** One value of one series. `gone`: the sensor is not there any more, as when its BMC is silent. */
export interface Sample {
  readonly index: number;
  readonly value: number | null;
  readonly level: Level | null;
  readonly limit: number | null;
  readonly isGone: boolean;
}
export interface SampleRecord {
  readonly first: number;
  readonly atMs: number;
  readonly table: string;
  readonly isWhole: boolean; // every series of the table is in it
  readonly samples: readonly Sample[];
}

const LETTERS: Record<Level, string> = { ok: 'o', warning: 'w', critical: 'c' };
const LEVELS: Readonly<Record<string, Level>> = { o: 'ok', w: 'warning', c: 'critical' };

export function encodeRecord({ first, atMs, table, isWhole, samples }: SampleRecord): WireRecord {
  const indices = isWhole ? null : samples.map(({ index }) => index);
  const values = samples.map(({ value }) => value);
  const hasLimits = samples.some(({ limit }) => limit !== null);
  const letters = samples.map(({ level, isGone }) => (isGone ? 'x' : level === null ? '-' : LETTERS[level])).join('');
  if (hasLimits) return [first, atMs, table, indices, values, letters, samples.map(({ limit }) => limit)];
  return /^-*$/.test(letters) ? [first, atMs, table, indices, values] : [first, atMs, table, indices, values, letters];
}

/** Of a record that has passed its schema. */
export function decodeRecord([first, atMs, table, indices, values, levels, limits]: WireRecord): SampleRecord {
  const samples = values.map((value, i): Sample => {
    const letter = levels?.[i] ?? '-';
    const isGone = letter === 'x';
    return {
      index: indices?.[i] ?? i,
      value: isGone ? null : value,
      level: LEVELS[letter] ?? null,
      limit: limits?.[i] ?? null,
      isGone,
    };
  });
  return { first, atMs, table, isWhole: indices === null, samples };
}

export function seriesCount(table: Pick<Names, 'usage' | 'sensors'>): number {
  return table.usage.length + table.sensors.length;
}

/** A sample of a sensor as the reading that it was made of; null where the sensor is gone. */
export function readingOf(series: Series, sample: Sample): Reading | null {
  if (sample.isGone) return null;
  return {
    ...series,
    value: sample.value,
    ...(sample.level === null ? {} : { level: sample.level }),
    ...(sample.limit === null ? {} : { limit: sample.limit }),
  };
}
