import type { NodeName } from '../../protocol/ids.ts';
import { Reading } from '../../protocol/reading.ts';
import { countFrom, numbersOfCount } from './daily-count.ts';
import { type Cause, type HealthTrack, NOTHING_JUDGED, type SensorTrack } from './health-track.ts';
import { UNHEARD } from './sensor-health.ts';
import type { HealthSettings } from './settings.ts';
import { numbersOfTrend, trendFrom } from './trend.ts';

/*
 * What is judged of a node's hardware over days, as it survives the coordinator: trends, counts, and whether they make a sensor
 * degraded. What is judged by its limits is judged anew within seconds. Times are on a clock that goes on over restarts; only
 * the time in which no coordinator ran is told by the wall clock, and one that was set back counts as none.
 */

export interface HealthRecord {
  readonly node: NodeName;
  readonly server: string; // serial number: what was measured of another server says nothing
  readonly at: number;
  readonly wallMs: number;
  readonly bucketMs: number; // of the trends
  readonly sensors: readonly Memory[];
}
interface Memory {
  readonly sensor: string;
  readonly trend?: readonly number[];
  readonly count?: readonly number[];
  /** Where one of them makes it degraded: since when, and why. */
  readonly since?: number;
  readonly cause?: Cause;
}

/** Sensors of a node that are remembered at most; those that are not well come first. */
const MOST_REMEMBERED = 256;

/** Of a node as it is judged at `at`. */
export function recordOf(
  settings: HealthSettings,
  node: NodeName,
  server: string,
  { sensors, aheadMs }: HealthTrack,
  at: number,
  wallMs: number,
): HealthRecord {
  const all = [...sensors].flatMap(([sensor, track]) => memoryOf(sensor, track, aheadMs) ?? []);
  if (all.length > MOST_REMEMBERED) all.sort((a, b) => Number(b.cause !== undefined) - Number(a.cause !== undefined));
  const { bucketMs } = settings.trend;
  return { node, server, at: at + aheadMs, wallMs, bucketMs, sensors: all.slice(0, MOST_REMEMBERED) };
}

function memoryOf(sensor: string, { trend, count, cause, health, since }: SensorTrack, aheadMs: number): Memory | null {
  if (trend === null && count === null) return null;
  const because = health === 'degraded' ? cause?.because : undefined;
  return {
    sensor,
    ...(trend && { trend: numbersOfTrend(trend) }),
    ...(count && { count: numbersOfCount(count) }),
    ...(cause && (because === 'trend' || because === 'count')
      ? { since: since + aheadMs, cause: shifted(cause, aheadMs) }
      : {}),
  };
}

const shifted = (cause: Cause, byMs: number): Cause => ({
  ...cause,
  reachedAt: cause.reachedAt === null ? null : cause.reachedAt + byMs,
});

/** Goes on from what was stored, until the first readings as lost ones do. Null where it cannot be understood. */
export function recalled(
  settings: HealthSettings,
  record: HealthRecord,
  at: number,
  wallMs: number,
): HealthTrack | null {
  if (!isWhole(record)) return null;
  const aheadMs = record.at + Math.max(0, wallMs - record.wallMs) - at;
  const keepsTrends = record.bucketMs === settings.trend.bucketMs;
  const sensors = new Map<string, SensorTrack>();
  for (const memory of record.sensors) {
    const { sensor, since, cause } = memory;
    const trend = memory.trend && keepsTrends ? trendFrom(settings.trend, memory.trend) : null;
    const count = memory.count ? countFrom(memory.count) : null;
    if ((memory.trend && keepsTrends && !trend) || (memory.count && !count)) return null;
    const explains = cause?.because === 'trend' ? trend : count;
    sensors.set(sensor, {
      ...unheard(trend, count, at),
      ...(cause && explains && since !== undefined
        ? { health: 'degraded', since: since - aheadMs, cause: shifted(cause, -aheadMs) }
        : {}),
    });
  }
  const isWell = [...sensors.values()].every(({ health }) => health === 'ok');
  return { ...NOTHING_JUDGED, health: isWell ? 'ok' : 'degraded', sensors, aheadMs, saved: { at, sensors } };
}

/** That nothing damaged it, its checksum says; that this version understands it, nothing. */
function isWhole({ at, wallMs, bucketMs, sensors }: HealthRecord): boolean {
  if (![at, wallMs, bucketMs].every(Number.isFinite) || !Array.isArray(sensors)) return false;
  return sensors.every((memory: Memory | null) => {
    if (typeof memory?.sensor !== 'string') return false;
    const { trend = [], count = [], since = 0, cause } = memory;
    if (!Array.isArray(trend) || !Array.isArray(count) || ![...trend, ...count, since].every(Number.isFinite))
      return false;
    if (cause === undefined) return true;
    const numbers = [cause?.limit, cause?.amount, cause?.reachedAt];
    const isCause = cause?.because === 'trend' || cause?.because === 'count';
    return (
      isCause && Reading.safeParse(cause.reading).success && numbers.every((n) => n === null || Number.isFinite(n))
    );
  });
}

/** Of a node that was lost: what is judged over days goes on when it is back, the rest is judged anew. */
export function onlyOverDays({ sensors, aheadMs, saved }: HealthTrack, at: number): HealthTrack {
  const kept = [...sensors].filter(([, { trend, count }]) => trend !== null || count !== null);
  return {
    ...NOTHING_JUDGED,
    sensors: new Map(kept.map(([sensor, { trend, count }]) => [sensor, unheard(trend, count, at)])),
    aheadMs,
    saved,
  };
}

function unheard(trend: SensorTrack['trend'], count: SensorTrack['count'], at: number): SensorTrack {
  return { ...UNHEARD, at, lostSince: at, trend, count };
}
