import type { Level, Reading, ReadingKind } from '../protocol/reading.ts';
import { criticalLimit, judge } from './limits.ts';
import { plausible, plausibleShare } from './plausible.ts';

/*
 * What `smartctl --json` says of one disk, as readings. ATA, NVMe and SCSI disks say the same things in different places.
 * Nothing is taken for granted: versions of smartctl and disks differ in what they tell, and what is not told has no reading.
 */

/** Bits of smartctl's exit status (smartctl(8), EXIT STATUS). Those from FAILING on speak of the disk, not of the run. */
const BAD_COMMAND_LINE = 1;
const NOT_OPENED = 2;
const FAILING = 8;
const PREFAIL_BELOW_LIMIT = 16;
const SELF_TEST_FAILED = 128;

/** NVMe's critical warning: bit 1 is the temperature, which has a reading of its own. */
const NVME_TOO_HOT = 2;
/** NVMe counts data in thousands of 512 bytes. */
const NVME_DATA_UNIT_BYTES = 512_000;
/**
 * ATA attributes whose raw value is one plain count on all disks that have them, what it is a count of, and whether it counts
 * what is bad now: such a one has a level, beside being judged by its growth.
 */
const ATA_COUNTS: Readonly<Record<number, readonly [name: string, kind: ReadingKind, isPresent: boolean]>> = {
  5: ['reallocated', 'reallocated', false],
  187: ['reported-uncorrectable', 'media', false],
  197: ['pending', 'pending', true],
  198: ['uncorrectable', 'media', true],
  199: ['crc-errors', 'link', false],
};
const MAX_COUNT = 2 ** 40;

export type SmartAnswer =
  | { readonly kind: 'readings'; readonly readings: readonly Reading[] }
  | { readonly kind: 'asleep' }
  /** It could not be asked, or cannot tell: `detail` is smartctl's own word. */
  | { readonly kind: 'none'; readonly detail: string };

type Json = { readonly [key: string]: unknown };
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : []);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const count = (value: unknown): number | null => {
  const counted = number(value);
  return counted !== null && counted >= 0 && counted <= MAX_COUNT ? counted : null;
};

/** The disks of `smartctl --scan --json`: what to open, and as what. */
export function parseScan(output: string): { readonly device: string; readonly type: string }[] {
  return list(parse(output)?.devices).flatMap(({ name, type }) =>
    typeof name === 'string' && /^\/dev\/[\w/.-]+$/.test(name) && typeof type === 'string' && /^[\w,+.-]+$/.test(type)
      ? [{ device: name, type }]
      : [],
  );
}

/** `name` is the sensor's: `smart/sda`. `exitStatus` is that of the run, which the output need not repeat. */
export function parseSmart(name: string, output: string, exitStatus: number): SmartAnswer {
  const said = parse(output);
  if (said === null) return { kind: 'none', detail: 'smartctl gave no answer that can be read' };
  const messages = list(object(said.smartctl).messages).flatMap(({ string }) =>
    typeof string === 'string' ? [string] : [],
  );
  // the same bit as for a disk that cannot be opened; versions differ in what stands before `mode`
  if (exitStatus & NOT_OPENED && messages.some((text) => /Device is in .* mode/.test(text))) return { kind: 'asleep' };
  const readings = [
    ...health(name, said, exitStatus),
    ...temperature(name, said),
    ...wear(name, said),
    ...counts(name, said),
  ].map((reading) => ({ ...reading, component: name }));
  if (readings.length > 0) return { kind: 'readings', readings };
  const why =
    exitStatus & (BAD_COMMAND_LINE | NOT_OPENED) ? 'it could not be opened' : 'it tells nothing of its health';
  return { kind: 'none', detail: messages[0]?.slice(0, 200) ?? why };
}

function parse(output: string): Json | null {
  try {
    return object(JSON.parse(output));
  } catch {
    return null;
  }
}

/** The disk's own verdict. */
function health(name: string, said: Json, exitStatus: number): Reading[] {
  const passed = object(said.smart_status).passed;
  if (typeof passed !== 'boolean') return [];
  const warning = number(object(said.nvme_smart_health_information_log).critical_warning) ?? 0;
  const onlyHot = warning === NVME_TOO_HOT;
  const failing = (!passed && !onlyHot) || (exitStatus & (FAILING | PREFAIL_BELOW_LIMIT) && !onlyHot);
  const level: Level = failing ? 'critical' : exitStatus & SELF_TEST_FAILED ? 'warning' : 'ok';
  return [{ sensor: `${name}/passed`, value: failing ? 0 : 1, unit: 'state', level }];
}

function temperature(name: string, said: Json): Reading[] {
  const { current, drive_trip, critical_limit_max, op_limit_max } = object(said.temperature);
  const celsius = number(current);
  if (celsius === null) return [];
  const nvme = object(said.nvme_composite_temperature_threshold);
  const limit = (...sources: unknown[]) =>
    sources.map(number).find((value) => value !== null && value > 0) ?? undefined;
  const value = celsius === 0 ? null : plausible(celsius, 'C'); // disks without a sensor say 0
  const limits = {
    warningAbove: limit(nvme.warning),
    criticalAbove: limit(nvme.critical, critical_limit_max, drive_trip),
  };
  const within = { ...limits, warningAbove: limits.warningAbove ?? limit(op_limit_max) };
  return [{ sensor: `${name}/temperature`, value, unit: 'C', ...judge(value, within), ...criticalLimit('C', within) }];
}

/** Wear: 100 % is the life that the maker promises, which disks outlive: no limit. Spare has a limit of the disk's own. */
function wear(name: string, said: Json): Reading[] {
  const readings: Reading[] = [];
  const nvme = object(said.nvme_smart_health_information_log);
  const used =
    number(nvme.percentage_used) ??
    number(object(said.endurance_used).current_percent) ??
    number(said.scsi_percentage_used_endurance_indicator) ??
    fromStatistics(said);
  if (used !== null) readings.push({ sensor: `${name}/wear`, value: plausible(used, '%'), unit: '%', kind: 'wear' });
  const offered = object(said.spare_available);
  const spare = number(nvme.available_spare) ?? number(offered.current_percent);
  if (spare !== null) {
    const least = number(nvme.available_spare_threshold) ?? number(offered.threshold_percent);
    const value = plausibleShare(spare);
    const limits = least !== null && least > 0 && least <= 100 ? { criticalBelow: least } : {};
    readings.push({ sensor: `${name}/spare`, value, unit: '%', ...judge(value, limits) });
  }
  return readings;
}

/** ATA device statistics, page 7: `Percentage Used Endurance Indicator`. */
function fromStatistics(said: Json): number | null {
  const page = list(object(said.ata_device_statistics).pages).find((each) => each.number === 7);
  const entry = list(page?.table).find((each) => each.offset === 8);
  return object(entry?.flags).valid === false ? null : number(entry?.value);
}

function counts(name: string, said: Json): Reading[] {
  const readings: Reading[] = [];
  const add = (what: string, kind: ReadingKind, value: unknown, isPresent = false) => {
    if (typeof value !== 'number') return;
    const counted = count(value);
    const level = isPresent && counted !== null ? ({ level: counted > 0 ? 'warning' : 'ok' } as const) : {};
    readings.push({ sensor: `${name}/${what}`, value: counted, unit: 'count', kind, ...level });
  };
  for (const { id, raw } of list(object(said.ata_smart_attributes).table)) {
    const [what, kind, isPresent] = ATA_COUNTS[number(id) ?? 0] ?? [];
    if (what !== undefined && kind !== undefined) add(what, kind, object(raw).value, isPresent);
  }
  const nvme = object(said.nvme_smart_health_information_log);
  add('media-errors', 'media', nvme.media_errors);
  const units = count(nvme.data_units_written);
  if (units !== null) readings.push({ sensor: `${name}/written`, value: units * NVME_DATA_UNIT_BYTES, unit: 'bytes' });
  add('reallocated', 'reallocated', said.scsi_grown_defect_list);
  const errors = ['read', 'write', 'verify'].map((way) =>
    number(object(object(said.scsi_error_counter_log)[way]).total_uncorrected_errors),
  );
  if (errors.some((each) => each !== null))
    add(
      'media-errors',
      'media',
      errors.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    );
  return unique(readings);
}

/** A table that names an attribute twice counts once. */
const unique = (readings: readonly Reading[]) => [...new Map(readings.map((each) => [each.sensor, each])).values()];
