/*
 * By how much a counter has grown within the last day, in eight parts of three hours. A counter that goes back has started anew: it is
 * counted on from there, so that neither a restart nor a wrong reading counts twice.
 */

export interface DailyCount {
  readonly at: number;
  readonly value: number; // of the counter
  readonly part: number; // the newest
  readonly grown: readonly number[]; // per part, the newest first; at most PARTS
}

const PARTS = 8;
const PART_MS = 86_400_000 / PARTS;
/** Beyond this, a rate says nothing of the time since the one before. */
const LONGEST_RATE_MS = 300_000;

/** With a new reading of the counter. The first one only marks where it stands. */
export function withCount(before: DailyCount | null, value: number, at: number): DailyCount {
  const part = Math.floor(at / PART_MS);
  if (before === null) return { at, value, part, grown: [0] };
  const growth = Math.max(0, value - before.value);
  if (growth === 0 && part === before.part && value === before.value) return before;
  return { at, value, part, grown: shifted(before, part, growth) };
}

/** With a new rate per second: what it comes to since the reading before. */
export function withRate(before: DailyCount | null, perSecond: number, at: number): DailyCount {
  const part = Math.floor(at / PART_MS);
  if (before === null) return { at, value: 0, part, grown: [0] };
  const sinceMs = at - before.at;
  const growth = sinceMs > LONGEST_RATE_MS ? 0 : Math.max(0, (perSecond * sinceMs) / 1000);
  return { at, value: 0, part, grown: shifted(before, part, growth) };
}

function shifted(before: DailyCount, part: number, growth: number): readonly number[] {
  const passed = Math.min(PARTS, Math.max(0, part - before.part));
  const [newest = 0, ...older] = passed === 0 ? before.grown : [...Array<number>(passed).fill(0), ...before.grown];
  return [newest + growth, ...older].slice(0, PARTS);
}

/** As plain numbers, from which `countFrom` makes the same. */
export function numbersOfCount({ at, value, part, grown }: DailyCount): readonly number[] {
  return [at, value, part, ...grown];
}

/** Null for numbers that are no count. */
export function countFrom([at, value, part, ...grown]: readonly number[]): DailyCount | null {
  if (at === undefined || value === undefined || part === undefined) return null;
  if (part !== Math.floor(at / PART_MS) || grown.length === 0 || grown.length > PARTS) return null;
  return grown.some((each) => each < 0) ? null : { at, value, part, grown };
}

/** Growth within the last 21 to 24 hours. */
export function grownWithinDay(count: DailyCount, at: number): number {
  const passed = Math.max(0, Math.floor(at / PART_MS) - count.part);
  return count.grown.slice(0, Math.max(0, PARTS - passed)).reduce((sum, each) => sum + each, 0);
}
