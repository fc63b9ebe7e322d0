import { missingOf, type NumberRange, type Ranges, sizeOf, withRange } from '../../protocol/ranges.ts';
import type { StreamTally, TallyRecord } from './durable.ts';

/*
 * Which samples of a node have been counted. Numbers make each count once, in whatever order and however often they come: a
 * sample is received, or lost when its agent says so, and never both. So received + lost = produced, once all was told.
 */

/** Streams kept per node: as many starts of its agent ago, nothing is told any more. */
const MAX_STREAMS = 32;
/** Ranges kept per stream. An honest agent needs a few; what falls out is asked for again by not being acknowledged. */
const MAX_RANGES = 256;

export function emptyTally(node: TallyRecord['node']): TallyRecord {
  return { node, received: 0, lost: 0, duplicates: 0, streams: [] };
}

export interface Counted {
  readonly tally: TallyRecord;
  readonly fresh: number; // of the range, counted now
}

/** Samples that came. */
export function countReceived(tally: TallyRecord, stream: number, range: NumberRange): Counted {
  const { next, fresh, isRefused } = count(tally, stream, range);
  const again = isRefused ? 0 : range[1] - range[0] - fresh;
  return { tally: { ...next, received: next.received + fresh, duplicates: next.duplicates + again }, fresh };
}

/** Samples that nobody has any more. */
export function countLost(tally: TallyRecord, stream: number, range: NumberRange): TallyRecord {
  const { next, fresh } = count(tally, stream, range);
  return { ...next, lost: next.lost + fresh };
}

/** What lies below was acknowledged before this tally began. */
export function beginAt(tally: TallyRecord, stream: number, from: number): TallyRecord {
  return count(tally, stream, [0, from]).next;
}

export function countedOf(tally: TallyRecord, stream: number): Ranges {
  return tally.streams.find((each) => each.stream === stream)?.counted ?? [];
}

function count(
  tally: TallyRecord,
  stream: number,
  range: NumberRange,
): { next: TallyRecord; fresh: number; isRefused: boolean } {
  const before = countedOf(tally, stream);
  const fresh = sizeOf(missingOf(before, range));
  if (fresh === 0) return { next: tally, fresh, isRefused: false };
  const counted = withRange(before, range);
  if (counted.length > MAX_RANGES) return { next: tally, fresh: 0, isRefused: true };
  return { next: { ...tally, streams: put(tally.streams, { stream, counted }) }, fresh, isRefused: false };
}

/** An agent tells its oldest stream first: what goes has been told long ago, and is never the one that is being told. */
function put(streams: readonly StreamTally[], changed: StreamTally): readonly StreamTally[] {
  const others = streams.filter(({ stream }) => stream !== changed.stream);
  return [...others.slice(-(MAX_STREAMS - 1)), changed].sort((a, b) => a.stream - b.stream);
}
