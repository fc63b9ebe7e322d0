import { isJump, isPossible } from '../../protocol/possible.ts';
import type { Reading, ReadingKind } from '../../protocol/reading.ts';
import type { Health } from '../../protocol/view.ts';
import { type DailyCount, grownWithinDay, withCount, withRate } from './daily-count.ts';
import type { Cause, SensorTrack } from './health-track.ts';
import { kindOf } from './reading-kind.ts';
import type { HealthSettings } from './settings.ts';
import { reachedAt, type Trend, withSample } from './trend.ts';

/*
 * One sensor. A level counts when it has lasted, and is forgotten when it has been well for longer: for `clearMs`, clear of the limit that was
 * crossed, and four times as long as it was bad, up to four times `clearMs`. So what jitters around a limit stays where it is.
 * Counts and trends look at days and need no holding; they have a margin of their own for the way back.
 */

const RANK: Readonly<Record<Health, number>> = { ok: 0, degraded: 1, failing: 2 };
export const isWorse = (a: Health, b: Health): boolean => RANK[a] > RANK[b];

/** So much longer than it was bad, and so many times `clearMs` at most, it has to be well. */
const OWED_FACTOR = 4;
/** Share of a limit by which a value has to be clear of it before it is well again. */
const LIMIT_MARGIN = 0.02;
/** Below this share of its limit a count is well again; beyond so many times the horizon a trend is. */
const COUNT_CLEAR = 0.5;
const TREND_CLEAR = 1.5;
const WORN_PERCENT = 100;

export const UNHEARD: SensorTrack = {
  health: 'ok',
  since: 0,
  at: 0,
  wasBad: false,
  badSince: null,
  criticalSince: null,
  wellSince: null,
  owedMs: 0,
  limit: null,
  cause: null,
  lostSince: null,
  last: null,
  odd: null,
  trend: null,
  count: null,
};

/**
 * With a reading more. Null for a sensor that has never had a value: an empty slot is no loss. The clock of trends and counts is
 * `aheadMs` ahead.
 */
export function judgeSensor(
  settings: HealthSettings,
  before: SensorTrack | null,
  reading: Reading,
  at: number,
  aheadMs: number,
): SensorTrack | null {
  if (reading.value === null && reading.level === undefined) return before && lost(before, at);
  if (reading.value !== null) {
    if (!isPossible(reading.value, reading.unit))
      return lost(before ?? { ...UNHEARD, last: { ...reading, value: null } }, at);
    if (before && isUnconfirmedJump(before, reading.value, reading)) return { ...lost(before, at), odd: reading.value };
  }
  const kind = kindOf(reading);
  if (before && isPlain(before, reading, kind)) return reading.unit === 'C' ? { ...before, last: reading } : before;
  // of what was away for long, only what looks at days still says something
  const isAnew = before !== null && before.lostSince !== null && at - before.lostSince >= settings.keepMs;
  const known: SensorTrack =
    before === null
      ? { ...UNHEARD, at }
      : isAnew
        ? { ...UNHEARD, at, trend: before.trend, count: before.count }
        : before;
  return judged(settings, known, reading, kind, at, aheadMs);
}

/** Without a value now: its judgement stands as it is. */
export function lost(before: SensorTrack, at: number): SensorTrack {
  const unknown = { wasBad: false, badSince: null, criticalSince: null, wellSince: null };
  return before.lostSince === null ? { ...before, ...unknown, at, lostSince: at } : before;
}

/** Far from the value before it, and from the jump before it if there was one. */
function isUnconfirmedJump({ last, odd }: SensorTrack, value: number, { unit }: Reading): boolean {
  if (last === null || last.value === null || !isJump(last.value, value, unit)) return false;
  return odd === null || isJump(odd, value, unit);
}

/** Well before and now, and nothing to remember of it. */
function isPlain(before: SensorTrack, reading: Reading, kind: ReadingKind | null): boolean {
  return (
    (reading.level === undefined || reading.level === 'ok') &&
    reading.critical === undefined &&
    kind === null &&
    before.health === 'ok' &&
    before.lostSince === null &&
    before.badSince === null &&
    before.owedMs === 0 &&
    before.odd === null
  );
}

function judged(
  settings: HealthSettings,
  before: SensorTrack,
  reading: Reading,
  kind: ReadingKind | null,
  at: number,
  aheadMs: number,
): SensorTrack {
  const isCritical = reading.level === 'critical';
  const isBad = isCritical || reading.level === 'warning';
  const limit = isBad && reading.value !== null ? limitOf(reading, reading.value) : before.limit;
  const isWell = !isBad && isClear(reading.value, limit);
  const sinceMs = Math.max(0, at - before.at);
  const owedMs = before.wasBad
    ? Math.min(OWED_FACTOR * settings.clearMs, before.owedMs + OWED_FACTOR * sinceMs)
    : Math.max(0, before.owedMs - (before.wellSince !== null ? sinceMs : 0));
  const badSince = isBad ? (before.badSince ?? at) : null;
  const criticalSince = isCritical ? (before.criticalSince ?? at) : null;
  const wellSince = isWell ? (before.wellSince ?? at) : null;

  const trend = trendOf(settings, before.trend, reading, kind, at + aheadMs);
  const count = countOf(before.count, reading, kind, at + aheadMs);
  const overDays = judgeDays(settings, before.cause, trend, count, reading, kind, at, aheadMs);
  const held = heldLevel(settings, badSince, criticalSince, at);
  const isCleared = wellSince !== null && at - wellSince >= settings.clearMs && owedMs === 0;
  const now = overDays !== null && isWorse(overDays.health, held) ? overDays.health : held;
  const health = isWorse(before.health, now) && !isCleared ? before.health : now;
  return {
    health,
    since: health === before.health ? before.since : startOf(health, held, badSince, criticalSince, at),
    at,
    wasBad: isBad,
    badSince,
    criticalSince,
    wellSince,
    owedMs,
    limit: isCleared ? null : limit,
    cause: causeOf(health, before, isCritical ? 'failing' : isBad ? 'degraded' : 'ok', reading, overDays),
    lostSince: null,
    last: reading,
    odd: null,
    trend,
    count,
  };
}

function heldLevel(
  settings: HealthSettings,
  badSince: number | null,
  criticalSince: number | null,
  at: number,
): Health {
  if (criticalSince !== null && at - criticalSince >= settings.criticalHoldMs) return 'failing';
  if (badSince !== null && at - badSince >= settings.warningHoldMs) return 'degraded';
  return 'ok';
}

function startOf(health: Health, held: Health, badSince: number | null, criticalSince: number | null, at: number) {
  if (health !== held) return at;
  return (health === 'failing' ? criticalSince : badSince) ?? at;
}

/** Of what it is now where that explains its health, else of what it was. */
function causeOf(
  health: Health,
  before: SensorTrack,
  level: Health,
  reading: Reading,
  overDays: { readonly health: Health; readonly cause: Cause } | null,
): Cause | null {
  if (health === 'ok') return null;
  if (level === health)
    return { because: 'limit', reading, limit: reading.limit ?? null, amount: null, reachedAt: null };
  return overDays?.health === health ? overDays.cause : before.cause;
}

function limitOf(reading: Reading, value: number): SensorTrack['limit'] {
  const { limit } = reading;
  return limit === undefined ? null : { value: limit, isUpper: value >= limit };
}

function isClear(value: number | null, limit: SensorTrack['limit']): boolean {
  if (value === null || limit === null) return true;
  const margin = Math.abs(limit.value) * LIMIT_MARGIN;
  return limit.isUpper ? value <= limit.value - margin : value >= limit.value + margin;
}

function trendLimit(reading: Reading, kind: ReadingKind | null): number | null {
  return reading.critical ?? (kind === 'wear' ? WORN_PERCENT : null);
}

function trendOf(
  settings: HealthSettings,
  before: Trend | null,
  reading: Reading,
  kind: ReadingKind | null,
  at: number,
): Trend | null {
  if (reading.value === null || trendLimit(reading, kind) === null) return before;
  return withSample(settings.trend, before, reading.value, at);
}

function countOf(before: DailyCount | null, reading: Reading, kind: ReadingKind | null, at: number): DailyCount | null {
  if (reading.value === null || kind === null || kind === 'wear' || kind === 'uncorrected') return before;
  if (reading.unit === 'ops/s') return withRate(before, reading.value, at);
  return reading.unit === 'count' ? withCount(before, reading.value, at) : before;
}

/** What counts, wear and trends say. */
function judgeDays(
  settings: HealthSettings,
  before: Cause | null,
  trend: Trend | null,
  count: DailyCount | null,
  reading: Reading,
  kind: ReadingKind | null,
  at: number,
  aheadMs: number,
): { readonly health: Health; readonly cause: Cause } | null {
  const cause = { reading, limit: null, amount: null, reachedAt: null };
  const { value } = reading;
  // the kernel counts from the machine's start, so that one stays until the part was looked at
  if (kind === 'uncorrected' && value !== null && value > 0)
    return { health: 'failing', cause: { ...cause, because: 'count', limit: 0, amount: value } };
  if (count !== null && kind !== null && kind !== 'wear' && kind !== 'uncorrected') {
    const amount = grownWithinDay(count, at + aheadMs);
    const limit = settings.perDay[kind];
    const isOver = amount >= limit * (before?.because === 'count' ? COUNT_CLEAR : 1);
    if (isOver && amount > 0) return { health: 'degraded', cause: { ...cause, because: 'count', limit, amount } };
  }
  const limit = trendLimit(reading, kind);
  if (kind === 'wear' && value !== null && limit !== null && value >= limit)
    return { health: 'degraded', cause: { ...cause, because: 'limit', limit } };
  if (!trend?.line || limit === null) return null;
  const isUpper = reading.unit === 'C' || kind === 'wear' || (reading.unit !== 'RPM' && limit > trend.line.value);
  const reached = reachedAt(trend.line, limit, isUpper, at + aheadMs);
  const horizonMs = settings.trend.horizonMs * (before?.because === 'trend' ? TREND_CLEAR : 1);
  if (reached === null || reached - aheadMs - at > horizonMs) return null;
  return { health: 'degraded', cause: { ...cause, because: 'trend', limit, reachedAt: reached - aheadMs } };
}
