import type { BmcEvent } from '../bmc.ts';

/*
 * `ipmitool sel elist`, one record a line, and the answer to Get SEL Info (IPMI 2.0, 31.2):
 *      c | 11/23/2026 | 20:05:01 UTC | Power Supply PSU2 Status | Power Supply AC lost | Asserted
 *      5 |  Pre-Init  |0000017120| Memory ECC | Correctable ECC | Asserted
 */

export function parseSel(lines: readonly string[]): BmcEvent[] {
  return lines.flatMap((line): BmcEvent[] => {
    const [id, date, time, ...what] = line.split('|').map((field) => field.trim());
    if (id === undefined || !/^[0-9a-f]{1,4}$/i.test(id) || date === undefined || time === undefined) return [];
    const told = what.filter((field) => field !== '');
    if (told.length < 2) return []; // half a line
    const text = told.filter((field) => !/^(de)?asserted$/i.test(field)).join(': ');
    const asserted = !told.some((field) => /^deasserted$/i.test(field));
    const when = /^[0-9]{2}\/[0-9]{2}\/[0-9]{2,4}$/.test(date) ? `${date} ${time}` : '';
    return [{ id: Number.parseInt(id, 16), when, text: text.slice(0, 200), asserted }];
  });
}

/** What shows that the log has changed, without reading it. */
export interface SelMark {
  readonly entries: number;
  readonly added: string; // time of the latest addition, as bytes
  readonly erased: string;
}

export function selMark(info: readonly number[]): SelMark | null {
  if (info.length < 14) return null;
  return {
    entries: (info[1] as number) | ((info[2] as number) << 8),
    added: info.slice(5, 9).join('.'),
    erased: info.slice(9, 13).join('.'),
  };
}

/** A log that was rewritten wholesale is not told again from its beginning. */
const MAX_NEW = 64;

/** How many of the newest records to read so that none is missed; 0 where nothing has changed. */
export function recordsToRead(before: SelMark, now: SelMark): number {
  if (before.entries === now.entries && before.added === now.added && before.erased === now.erased) return 0;
  if (before.erased !== now.erased || now.entries < before.entries) return Math.min(now.entries, MAX_NEW);
  // a log that goes round has as many records as before: some are read, and the known ones left out by their ids
  const grown = now.entries - before.entries;
  return Math.min(now.entries, grown === 0 ? 16 : grown + 1, MAX_NEW);
}

/** The records after the last one known; all, where that one is no more among them. */
export function newRecords(records: readonly BmcEvent[], lastId: number | null): BmcEvent[] {
  const known = records.findLastIndex(({ id }) => id === lastId);
  return records.slice(known + 1);
}
