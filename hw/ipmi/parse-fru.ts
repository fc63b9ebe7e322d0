import { isSerialNumber } from '../serial-number.ts';

/** `ipmitool fru print 0`: ` Product Serial        : SN-1`. The first of several equal fields counts; empty ones are left out. */
export function parseFru(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, field, value] = /^ (\S[^:]*?)\s*: (.*)$/.exec(line) ?? [];
    const text = value?.trim().slice(0, 128) ?? '';
    if (field !== undefined && text !== '' && !fields.has(field)) fields.set(field, text);
  }
  return fields;
}

/** The number on the server's own label, before its board's and its chassis'. '' where there is none. */
export function serialOf(fru: ReadonlyMap<string, string>): string {
  for (const field of ['Product Serial', 'Board Serial', 'Chassis Serial']) {
    const serial = fru.get(field);
    if (serial !== undefined && isSerialNumber(serial)) return serial;
  }
  return '';
}
