import type { BmcEvent } from '../bmc.ts';
import { FIRST_RECORD, LAST_RECORD, type SelMark, type SelRecord, type SelWords, selEvent } from './parse-sel.ts';
import type { SelMemory, SelPosition } from './sel-memory.ts';

/*
 * Reads a BMC's log on from the last record known. Each record names the next one, and only that leads through the log: ids
 * may jump. They mostly count up, so the following ones are asked for on suspicion in the same session. (ipmitool's own
 * `sel list last N` walks the whole log from its beginning, one packet for each record.)
 */

export interface SelReader {
  /** What is new, with `mark` as the log's present state. The very first look only finds where the log ends. */
  look(mark: SelMark): Promise<BmcEvent[]>;
}

/** Of one look, since saying one in words takes four packets. The rest follows with the next. */
const MAX_NEW = 16;
/** A log that has gone round once since the last look is read from its beginning up to this length. */
const SHORT_LOG = 64;
const MAX_SUSPECTED = 15;

/**
 * `read`: those records, in one session; what is not there is left out, and FIRST_RECORD and LAST_RECORD stand for the ones
 * at the ends. `tell`: record id → what it says, in words. `memory`: how far an earlier reader came.
 */
export function openSelReader(
  read: (ids: readonly number[]) => Promise<SelRecord[]>,
  tell: (ids: readonly number[]) => Promise<ReadonlyMap<number, SelWords>>,
  memory: SelMemory,
): SelReader {
  let known = memory.load();
  let isRemembered = known !== null;
  const reached = (position: SelPosition): void => {
    known = position;
    isRemembered = false;
    memory.save(position);
  };

  /** The records from that id on, at most MAX_NEW; whether that is the end of the log. */
  async function walk(from: number, expected: number): Promise<{ records: SelRecord[]; ended: boolean }> {
    const records: SelRecord[] = [];
    const seen = new Set<number>();
    let at = from;
    while (records.length < MAX_NEW) {
      const ahead = at === FIRST_RECORD ? 0 : Math.min(Math.max(expected - records.length, 0), MAX_SUSPECTED);
      const got = await read([
        at,
        ...Array.from({ length: ahead }, (_, index) => at + 1 + index).filter((id) => id < LAST_RECORD),
      ]);
      const byId = new Map(got.map((record) => [record.id, record]));
      let record = at === FIRST_RECORD ? got[0] : byId.get(at);
      if (record === undefined) return { records, ended: false };
      while (record !== undefined && records.length < MAX_NEW) {
        records.push(record);
        seen.add(record.id);
        // one that leads back would lead in circles
        if (record.next === LAST_RECORD || seen.has(record.next)) return { records, ended: true };
        at = record.next;
        record = byId.get(at);
      }
    }
    return { records, ended: false };
  }

  async function newest(): Promise<{ records: SelRecord[]; ended: boolean }> {
    return { records: (await read([LAST_RECORD])).slice(0, 1), ended: true };
  }

  /** What follows the position; null where it says nothing of this log. */
  async function after({ last, mark: before }: SelPosition, mark: SelMark) {
    const grown = mark.entries - before.entries;
    if (last !== null) {
      const { records, ended } = await walk(last.id, Math.max(1, grown));
      const [same, ...fresh] = records;
      if (same !== undefined && same.bytes.join() === last.bytes.join()) return { records: fresh, ended };
    }
    // another board may have taken the place of the one that is remembered
    if (isRemembered && last !== null) return null;
    // it was empty or has been cleared: all is new. Otherwise it has gone round, and of a long one only the end is told
    const all = last === null || mark.erased !== before.erased || mark.entries <= SHORT_LOG;
    return all ? walk(FIRST_RECORD, 0) : newest();
  }

  return {
    look: async (mark) => {
      const before = known;
      if (before !== null && sameMark(before.mark, mark)) return [];
      const found = before === null || mark.entries === 0 ? null : await after(before, mark);
      if (before === null || found === null) {
        reached({ mark, last: mark.entries === 0 ? null : ((await newest()).records[0] ?? null) });
        return [];
      }
      const { records, ended } = found;
      const texts = records.length === 0 ? new Map<number, SelWords>() : await tell(records.map(({ id }) => id));
      // where the log went on beyond what was read, it still counts as changed
      if (ended || records.length > 0)
        reached({ mark: ended ? mark : before.mark, last: records.at(-1) ?? before.last });
      return records.map((record) => selEvent(record, texts.get(record.id)));
    },
  };
}

const sameMark = (one: SelMark, other: SelMark) =>
  one.entries === other.entries && one.added === other.added && one.erased === other.erased;
