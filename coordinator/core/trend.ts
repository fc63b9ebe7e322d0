/*
 * Whether a reading is heading for a limit, over days. Readings are averaged over a whole period of what swings (a day), weighted by time, so
 * that neither the swing nor irregular sampling shows as a trend; a line is laid through the averages by the median of all slopes
 * between two of them (Theil and Sen), which an odd day does not bend. Only a line that nearly all pairs agree with, and that has
 * risen well above what scatters around it, counts. What grows faster than over days is left to the limits themselves.
 */

/** The mean of a reading over one bucket, at the mean of the times at which it was known. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Line {
  readonly at: number; // of its middle
  readonly value: number; // there
  readonly slope: number; // per ms
}

export interface Trend {
  readonly at: number; // of the newest sample
  readonly value: number;
  readonly bucket: number;
  readonly spanMs: number; // how much of the bucket is known
  readonly sumAt: number; // ∫ (time since the bucket's begin) dt
  readonly sumValue: number; // ∫ value dt
  readonly points: readonly Point[]; // of full buckets, oldest first
  readonly line: Line | null;
}

export interface TrendSettings {
  readonly bucketMs: number;
  readonly leastBuckets: number;
}

const MAX_POINTS = 14;
/** Of a bucket, that must be known: a day with its nights left out says nothing. */
const LEAST_KNOWN = 0.9;
/** Share of a bucket between two samples above which nothing is known of the time between them. */
const LONGEST_GAP = 1 / 16;
/** Of all pairs of points, so many must agree on the direction: by chance 1 in 200 for 7 points. */
const LEAST_AGREEMENT = 0.9;
/** How often the line's rise must exceed the typical distance of points from it. */
const LEAST_RISE = 4;

/** The trend with one more sample. Samples that are not newer change nothing. */
export function withSample(settings: TrendSettings, before: Trend | null, value: number, at: number): Trend {
  const { bucketMs } = settings;
  const bucket = Math.floor(at / bucketMs);
  const fresh = { at, value, bucket, spanMs: 0, sumAt: 0, sumValue: 0 };
  if (before === null) return { ...fresh, points: [], line: null };
  if (at <= before.at) return before;
  if (at - before.at > bucketMs * LONGEST_GAP) return { ...complete(settings, before, bucket), ...fresh };
  if (bucket === before.bucket)
    return { ...before, ...integrated(before, before.at, before.value, at, value, bucketMs) };
  // at most one border lies between: the value there is on the line between the two samples
  const border = bucket * bucketMs;
  const atBorder = before.value + ((value - before.value) * (border - before.at)) / (at - before.at);
  const ended = { ...before, ...integrated(before, before.at, before.value, border, atBorder, bucketMs) };
  const begun = { ...fresh, at: border, value: atBorder };
  return {
    ...complete(settings, ended, bucket),
    ...begun,
    ...integrated(begun, border, atBorder, at, value, bucketMs),
  };
}

type Sums = Pick<Trend, 'bucket' | 'spanMs' | 'sumAt' | 'sumValue'>;

/** One straight piece more: exact for what is straight. */
function integrated(
  sums: Sums,
  from: number,
  fromValue: number,
  to: number,
  toValue: number,
  bucketMs: number,
): Omit<Trend, 'points' | 'line' | 'bucket'> {
  const dt = to - from;
  const middle = (from + to) / 2 - sums.bucket * bucketMs;
  return {
    at: to,
    value: toValue,
    spanMs: sums.spanMs + dt,
    sumAt: sums.sumAt + middle * dt,
    sumValue: sums.sumValue + ((fromValue + toValue) / 2) * dt,
  };
}

/** Ends the bucket: what is known of it becomes a point, and the line is laid anew. */
function complete(settings: TrendSettings, trend: Trend, next: number): Trend {
  const { bucketMs, leastBuckets } = settings;
  if (trend.bucket === next) return trend;
  const isKnown = trend.spanMs >= LEAST_KNOWN * bucketMs;
  const point = {
    at: trend.bucket * bucketMs + trend.sumAt / trend.spanMs,
    value: trend.sumValue / trend.spanMs,
  };
  const oldest = (next - MAX_POINTS) * bucketMs;
  const points = [...trend.points, ...(isKnown ? [point] : [])].filter(({ at }) => at >= oldest);
  return { ...trend, points, line: points.length < leastBuckets ? null : lineThrough(points) };
}

/** As plain numbers, from which `trendFrom` makes the same. */
export function numbersOfTrend({ at, value, bucket, spanMs, sumAt, sumValue, points }: Trend): readonly number[] {
  return [at, value, bucket, spanMs, sumAt, sumValue, ...points.flatMap((point) => [point.at, point.value])];
}

/** Null for numbers that are no trend. */
export function trendFrom(settings: TrendSettings, numbers: readonly number[]): Trend | null {
  const [at, value, bucket, spanMs, sumAt, sumValue, ...rest] = numbers;
  if (at === undefined || value === undefined || bucket === undefined || spanMs === undefined) return null;
  if (sumAt === undefined || sumValue === undefined || rest.length % 2 === 1 || rest.length > 2 * MAX_POINTS)
    return null;
  if (Math.floor(at / settings.bucketMs) !== bucket) return null;
  const points = Array.from({ length: rest.length / 2 }, (_, index) => ({
    at: rest[2 * index] ?? 0,
    value: rest[2 * index + 1] ?? 0,
  }));
  if (points.some((point, index) => point.at >= (points[index + 1]?.at ?? bucket * settings.bucketMs))) return null;
  const line = points.length < settings.leastBuckets ? null : lineThrough(points);
  return { at, value, bucket, spanMs, sumAt, sumValue, points, line };
}

/** Null where the points follow no line. Two points at least. */
export function lineThrough(points: readonly Point[]): Line | null {
  const slopes: number[] = [];
  for (const [index, a] of points.entries())
    for (const b of points.slice(index + 1)) slopes.push((b.value - a.value) / (b.at - a.at));
  const slope = median(slopes);
  if (slope === 0) return null;
  const agreeing = slopes.filter((each) => Math.sign(each) === Math.sign(slope)).length;
  if (agreeing < LEAST_AGREEMENT * slopes.length) return null;
  const at = median(points.map((point) => point.at));
  const value = median(points.map((point) => point.value - slope * (point.at - at)));
  const scatter = median(points.map((point) => Math.abs(point.value - value - slope * (point.at - at))));
  const spanMs = (points.at(-1)?.at ?? at) - (points[0]?.at ?? at);
  return Math.abs(slope) * spanMs < LEAST_RISE * scatter ? null : { at, value, slope };
}

/** When the line reaches the limit, on the clock of its samples; null where it does not head for it. A limit passed is reached now. */
export function reachedAt(line: Line, limit: number, isUpper: boolean, now: number): number | null {
  if (line.slope === 0 || line.slope > 0 !== isUpper) return null;
  return Math.max(now, line.at + (limit - line.value) / line.slope);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
