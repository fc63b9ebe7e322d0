import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Unit } from '../protocol/reading.ts';
import type { Limits } from './limits.ts';
import { nameFrom } from './name-book.ts';
import { inOrder, parseNumber } from './text-file.ts';

/*
 * What chips there are and what each can tell: Linux hwmon, one file per value (Documentation/hwmon/sysfs-interface.rst).
 */

export interface Chip {
  readonly key: string; // where the chip sits: the same at the next scan, whatever its number
  readonly name: string; // of its driver: `coretemp`
  readonly folder: string;
  readonly inputs: readonly Input[];
}
export interface Input {
  readonly key: string; // within its chip: `temp1`
  readonly label: string;
  readonly file: string;
  readonly unit: Unit;
  readonly divisor: number; // from the file's unit to ours
  readonly limits: Limits;
  /** Says 1 when the chip cannot measure (a broken wire). */
  readonly faultFile: string | null;
  /** The chip's own alarm: read only where it names no limits to compare with. */
  readonly alarmFile: string | null;
}

const KINDS: Readonly<Record<string, { unit: Unit; divisor: number }>> = {
  temp: { unit: 'C', divisor: 1000 }, // millidegrees
  fan: { unit: 'RPM', divisor: 1 },
  in: { unit: 'V', divisor: 1000 }, // millivolts
  power: { unit: 'W', divisor: 1_000_000 }, // microwatts
  curr: { unit: 'A', divisor: 1000 },
  humidity: { unit: '%', divisor: 1000 },
};
const INPUT = /^(temp|fan|in|power|curr|humidity)([0-9]+)_(input|average)$/;
const LIMIT_FILES: readonly (readonly [keyof Limits, string])[] = [
  ['criticalAbove', 'crit'],
  ['warningAbove', 'max'],
  ['warningBelow', 'min'],
  ['criticalBelow', 'lcrit'],
];

/** The chips of /sys/class/hwmon with these names. Asynchronous: a label or a limit may lie behind a slow bus. */
export async function findChips(root: string, names: readonly string[]): Promise<Chip[]> {
  const chips = await Promise.all(names.map((name) => findChip(join(root, name), name)));
  // by where they sit: the numbers depend on which driver was there first
  chips.sort((a, b) => inOrder(a.key, b.key) || inOrder(a.folder, b.folder));
  const seen = new Map<string, number>(); // one device may have several chips
  return chips.map((chip) => {
    const place = `${chip.key} ${chip.name}`;
    const nth = (seen.get(place) ?? 0) + 1;
    seen.set(place, nth);
    return { ...chip, key: `${place} ${nth}` };
  });
}

async function findChip(folder: string, number: string): Promise<Chip> {
  const device = await realpath(join(folder, 'device')).catch(() => number);
  const name = nameFrom((await text(join(folder, 'name'))) ?? '') || number;
  const files = new Set(await readdir(folder).catch(() => []));
  const inputs = await Promise.all([...files].sort(inOrder).map((file) => findInput(folder, file, files)));
  return { key: device, name, folder, inputs: inputs.filter((input) => input !== null) };
}

async function findInput(folder: string, file: string, files: ReadonlySet<string>): Promise<Input | null> {
  const [, kind = '', index, what] = INPUT.exec(file) ?? [];
  const known = KINDS[kind];
  if (!known) return null;
  const base = `${kind}${index}`;
  if (what === 'average' && (kind !== 'power' || files.has(`${base}_input`))) return null;
  const limits: { -readonly [K in keyof Limits]: number } = {};
  let named = false;
  for (const [limit, suffix] of LIMIT_FILES) {
    if (!files.has(`${base}_${suffix}`)) continue;
    named = true;
    const value = parseNumber(await text(join(folder, `${base}_${suffix}`)));
    // 0 is what drivers write where none is set; below it only a voltage's lower limit is anything but a placeholder
    if (value !== null && value > 0) limits[limit] = value / known.divisor;
  }
  if (kind === 'fan' && limits.warningBelow !== undefined) {
    limits.criticalBelow ??= limits.warningBelow; // a fan below its least speed has failed
    delete limits.warningBelow;
  }
  const alarm = [`${base}_crit_alarm`, `${base}_alarm`].find((each) => files.has(each));
  return {
    key: base,
    label: nameFrom((files.has(`${base}_label`) ? await text(join(folder, `${base}_label`)) : null) ?? '') || base,
    file: join(folder, file),
    ...known,
    limits,
    faultFile: files.has(`${base}_fault`) ? join(folder, `${base}_fault`) : null,
    // limits that exist and are not set make alarms of nothing
    alarmFile: alarm === undefined || named ? null : join(folder, alarm),
  };
}

async function text(file: string): Promise<string | null> {
  const content = await readFile(file, 'utf8').catch(() => null);
  return content?.trim() || null;
}
