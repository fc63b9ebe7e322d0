import type { BmcEvent } from '../bmc.ts';
import type { RawRequest } from './parse-raw.ts';
import { selPart } from './sel-part.ts';

/*
 * The log's records (IPMI 2.0, chapters 31 and 32) and what ipmitool makes of them in words, with `sel get`:
 *   SEL Record ID          : 003d
 *    Record Type           : 02
 *    Sensor Type           : Fan
 *    Sensor Number         : 04
 *    Trigger Reading       : 420.000RPM
 *    Trigger Threshold     : 480.000RPM
 *    Description           : Lower Critical going low
 *   Sensor ID              : FAN1 (0x4)
 */

/** What shows that the log has changed, without reading it: the answer to Get SEL Info (31.2). */
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

export const FIRST_RECORD = 0x0000;
export const LAST_RECORD = 0xffff; // as the one after a record: there is none

/** Get SEL Entry (31.5) of one record, whole. */
export function getSelEntry(id: number): RawRequest {
  return { netfn: 0x0a, cmd: 0x43, data: [0, 0, id & 255, id >> 8, 0, 0xff] };
}

export interface SelRecord {
  readonly id: number;
  readonly next: number; // the record after it, or LAST_RECORD
  readonly bytes: readonly number[]; // all 16 of it
}

const RECORD_BYTES = 16;

/** The answers that are records; each says itself which one it is, so a refused one among them does no harm. */
export function selRecords(answers: readonly (readonly number[])[]): SelRecord[] {
  return answers.flatMap((answer): SelRecord[] => {
    const [nextLow, nextHigh, low, high] = answer;
    if (answer.length !== 2 + RECORD_BYTES || nextLow === undefined || nextHigh === undefined) return [];
    if (low === undefined || high === undefined) return [];
    return [{ id: low | (high << 8), next: nextLow | (nextHigh << 8), bytes: answer.slice(2) }];
  });
}

export interface SelWords {
  readonly text: string;
  readonly sensor: string; // the name of the one that it is about; '' where that is not told
}

/** Record id → what it tells, in words. Blocks of which half is missing tell as much as there is. */
export function selTexts(lines: readonly string[]): Map<number, SelWords> {
  const blocks = new Map<number, Map<string, string>>();
  let block: Map<string, string> | undefined;
  for (const line of lines) {
    const [, field = '', value = ''] = /^\s*(\S[^:]*?)\s*: (.*)$/.exec(line) ?? [];
    if (field === 'SEL Record ID') {
      block = new Map();
      const id = Number.parseInt(value, 16);
      if (!Number.isNaN(id)) blocks.set(id, block);
    } else if (field !== '' && block !== undefined && !block.has(field)) block.set(field, value.trim());
  }
  return new Map(
    [...blocks].flatMap(([id, fields]) => {
      const sensor = (fields.get('Sensor ID') ?? '').replace(/\s*\(0x[0-9a-f]+\)$/i, '');
      const text = textOf(fields, sensor);
      return text === '' ? [] : [[id, { text, sensor }] as const];
    }),
  );
}

function textOf(fields: ReadonlyMap<string, string>, name: string): string {
  const get = (field: string) => fields.get(field) ?? '';
  const sensor = name || (get('Sensor Number') && `#${get('Sensor Number')}`);
  const what = get('Description') || (get('OEM Defined') && `${get('Record Type')} ${get('OEM Defined')}`);
  if (what === '') return '';
  const [reading, threshold] = [get('Trigger Reading'), get('Trigger Threshold')];
  const seen = reading && threshold ? `: reading ${reading}, threshold ${threshold}` : '';
  return `${[get('Sensor Type'), sensor].filter(Boolean).join(' ')}${get('Sensor Type') && ': '}${what}${seen}`;
}

/** Below this a timestamp counts seconds since the BMC's start, as long as nobody has told it the time (37.1). */
const CLOCK_IS_SET = 0x2000_0000;
/** Record types from here on are OEM ones without a timestamp (32.3). */
const NO_TIMESTAMP = 0xe0;
const SYSTEM_EVENT = 0x02;

export function selEvent({ id, bytes }: SelRecord, words: SelWords | undefined): BmcEvent {
  const at = (index: number) => bytes[index] ?? 0;
  const type = at(2);
  const seconds = at(3) + at(4) * 2 ** 8 + at(5) * 2 ** 16 + at(6) * 2 ** 24;
  const clocked = type < NO_TIMESTAMP && seconds >= CLOCK_IS_SET && seconds < 0xffff_ffff;
  const part = selPart(bytes, words?.sensor ?? '');
  const raw = bytes.slice(2).map((byte) => byte.toString(16).padStart(2, '0'));
  return {
    id,
    when: clocked ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : '',
    text: (words?.text ?? `record ${raw.join(' ')}`).slice(0, 200),
    asserted: type !== SYSTEM_EVENT || (at(12) & 0x80) === 0, // the byte's top bit: it has passed (29.7)
    ...(part === undefined ? {} : { part }),
  };
}
