import type { Reading } from '../../protocol/reading.ts';
import type { Health } from '../../protocol/view.ts';
import type { DailyCount } from './daily-count.ts';
import type { Trend } from './trend.ts';

/* What is remembered of a node's hardware from report to report. Bounded: per sensor some numbers, and what a trend or a count needs. */

/** Why a sensor is not well. */
export interface Cause {
  readonly because: 'limit' | 'trend' | 'count';
  readonly reading: Reading;
  readonly limit: number | null; // in the reading's unit
  readonly amount: number | null; // of a count: its growth within a day
  readonly reachedAt: number | null; // of a trend: when the limit is reached, on the coordinator's clock
}

export interface SensorTrack {
  readonly health: Health;
  readonly since: number; // since when it has been so; of what is well it says nothing
  readonly at: number; // of the reading before
  readonly wasBad: boolean; // then
  readonly badSince: number | null; // at warning or worse, without a break
  readonly criticalSince: number | null;
  readonly wellSince: number | null; // well without a break, and clear of the limit
  readonly owedMs: number; // how long it has to be well yet: grows while it is bad
  readonly limit: { readonly value: number; readonly isUpper: boolean } | null; // crossed last
  readonly cause: Cause | null; // of its health, or of what is not held long enough yet
  readonly lostSince: number | null; // it had a value and has none any more
  readonly last: Reading | null; // with a value; of a sensor that was never well heard: null
  readonly odd: number | null; // a jump that nothing has confirmed yet
  readonly trend: Trend | null;
  readonly count: DailyCount | null;
}

/** Something that a device logged of one of its components. */
export interface LoggedPart {
  readonly component: string;
  readonly level: 'warning' | 'critical' | 'unknown'; // unknown: it cannot be asked
  readonly at: number;
  readonly text: string;
}

export interface HealthTrack {
  readonly health: Health; // of the node
  readonly sensors: ReadonlyMap<string, SensorTrack>;
  readonly logged: ReadonlyMap<string, LoggedPart>; // by component
  readonly denied: readonly string[]; // sensors in the newest report that are not believed
  /** The clock of trends and counts, which goes on over restarts, is so far ahead of the coordinator's. */
  readonly aheadMs: number;
  /** What was last made durable for trends and counts, or begun with; null: nothing. */
  readonly saved: { readonly at: number; readonly sensors: ReadonlyMap<string, SensorTrack> } | null;
}

export const NOTHING_JUDGED: HealthTrack = {
  health: 'ok',
  sensors: new Map(),
  logged: new Map(),
  denied: [],
  aheadMs: 0,
  saved: null,
};
