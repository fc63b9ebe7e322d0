import type { Ranges } from '../protocol/ranges.ts';
import type { Entry, Spool } from './spool.ts';

/*
 * What waits in the spool as messages, a few records in each, in the order of their numbers. Gaps are told in between, where
 * their numbers belong, so that what the coordinator has counted stays in few ranges.
 */

/** Of one message: small enough to hold up nothing that is more urgent. */
const MAX_RECORDS = 64;
const MAX_BYTES = 16_384;
const MAX_GAPS = 256;

export interface BacklogMessage {
  readonly stream: number;
  readonly entries: readonly Entry[];
  readonly gaps: Ranges;
}

/** One pass over all that waits now. Empties as it is taken; whatever is acknowledged meanwhile is left out. */
export function* backlogMessages(spool: Spool): Generator<BacklogMessage> {
  for (const stream of spool.ledger.streams()) {
    let told = 0; // gaps below this number
    let entries: Entry[] = [];
    const message = (end: number): BacklogMessage => {
      const gaps = spool.ledger.gapsOf(stream).filter(([from, to]) => to > told && from < end);
      const some = gaps.slice(0, MAX_GAPS);
      told = some.length < gaps.length ? (some.at(-1)?.[1] ?? end) : end;
      const taken = entries;
      entries = [];
      return { stream, entries: taken, gaps: some };
    };
    let bytes = 0;
    for (const entry of spool.waiting(stream)) {
      if (entries.length >= MAX_RECORDS || (entries.length > 0 && bytes + entry.wire.length > MAX_BYTES)) {
        yield message(entry.first);
        bytes = 0;
      }
      entries.push(entry);
      bytes += entry.wire.length;
    }
    if (entries.length > 0) yield message(Number.MAX_SAFE_INTEGER);
    while (spool.ledger.gapsOf(stream).some(([, to]) => to > told)) yield message(Number.MAX_SAFE_INTEGER);
  }
}
