import type { Level, Reading, Unit } from '../../protocol/reading.ts';
import { criticalLimit } from '../limits.ts';
import { uniquelyNamed } from '../unique-names.ts';

/*
 * What `ipmitool sdr elist all` and `ipmitool -v sensor` print. Parsed from the right, since names are free text:
 *   CPU1 Temp        | 01h | ucr |  3.1 | 97 degrees C
 *   PSU2 Status      | 18h | ok  | 10.2 | Presence detected, Power Supply AC lost
 * A discrete sensor's status says `ok` whatever its states are, so its level comes from them. Lines that are none of these
 * are passed over; a sensor without a value has the value null.
 */

/** What `-v sensor` tells of an analog sensor: its limits, which are read once, not in each cycle. */
export interface SensorLimits {
  readonly unit: Unit | null;
  readonly limits: Readonly<Record<string, number>>; // by ipmitool's short names: lnr, lcr, lnc, unc, ucr, unr
}

const ROW = /^(.*?)\s*\|\s*([0-9A-Fa-f]{1,2})h\s*\|\s*([a-z]{2,3})\s*\|\s*([0-9]{1,3}\.[0-9]{1,3})\s*\|(.*)$/;
const NUMBER = /^([-+]?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)(?: \(\+\/- [^)]*\))?(?: (\S.*))?$/i;
const NO_SENSOR = /^(?:(?:dynamic|static) mc @|log(?:ical)? fru @|fru @|generic @|event-only|\S* ?mc @)/i;
const MAX_SENSORS = 500;

const UNITS: Readonly<Record<string, Unit>> = {
  'degrees c': 'C',
  rpm: 'RPM',
  volts: 'V',
  amps: 'A',
  watts: 'W',
  percent: '%',
  '%': '%',
};
const UNIT_OF_TYPE: Readonly<Record<string, Unit>> = { temperature: 'C', fan: 'RPM', voltage: 'V', current: 'A' };
const LEVELS: Readonly<Record<string, Level>> = {
  ok: 'ok',
  nc: 'warning',
  lnc: 'warning',
  unc: 'warning',
  cr: 'critical',
  lcr: 'critical',
  ucr: 'critical',
  nr: 'critical',
  lnr: 'critical',
  unr: 'critical',
};

/** States of discrete sensors (IPMI 2.0, tables 42-2 and 42-3) that are not well, as ipmitool words them. */
const CRITICAL_STATES =
  /uncorrectable|ierr|thermal trip|frb[123]|insufficient resources|non-recoverable|transition to critical|run-time stop|soft-off|power off\/power down due to/i;
const WARNING_STATES =
  /ac lost|ac out-of-range|dc lost|failure|failed|fault|predictive|redundancy lost|redundancy degraded|non-redundant|degraded|correctable ecc|logging limit|config(?:uration)? error|throttled|not functional|critical array|rebuild|going (?:low|high)|limit exceeded|transition to non-critical/i;
/** Said of the sensor, not of what it watches. */
const NO_READING = /^(?:|no reading|disabled|not readable|not present|device absent|n\/?a|unknown|init in progress)$/i;
const NEEDS_PRESENCE = /\b(?:psu|ps|pwr supply|power supply)\s*\d*\b.*(?:status|state)/i;

export function parseSensors(
  lines: readonly string[],
  known: ReadonlyMap<string, SensorLimits> = new Map(),
): Reading[] {
  const readings: Reading[] = [];
  for (const line of lines) {
    const [, rawName, number, status, , rest] = ROW.exec(line) ?? [];
    if (rawName === undefined || number === undefined || status === undefined || rest === undefined) continue;
    const name = rawName.trim() || `sensor ${number.toUpperCase()}`;
    const text = rest.trim();
    if (NO_SENSOR.test(text)) continue;
    const limits = known.get(limitKey(name, Number.parseInt(number, 16)));
    readings.push({ sensor: `bmc/${name}`, ...judge(name, status, text, limits) });
    if (readings.length === MAX_SENSORS) break;
  }
  return uniquelyNamed(readings);
}

type Judged = Omit<Reading, 'sensor'>;

function judge(name: string, status: string, text: string, known: SensorLimits | undefined): Judged {
  const [, digits, unitText = ''] = NUMBER.exec(text) ?? [];
  if (digits === undefined)
    return known
      ? { ...none(known.unit), ...criticalOf(known.unit ?? 'count', known.limits, (value) => value) }
      : states(name, status, text);
  const fahrenheit = unitText.toLowerCase() === 'degrees f';
  const toOurs = (value: number) => (fahrenheit ? (value - 32) / 1.8 : value);
  const unit = fahrenheit ? 'C' : (UNITS[unitText.toLowerCase()] ?? (unitText === '' ? known?.unit : null) ?? 'count');
  const value = toOurs(Number(digits));
  const critical = known === undefined ? {} : criticalOf(unit, known.limits, toOurs);
  if (status === 'ns' || status === 'na' || !Number.isFinite(value)) return { ...none(unit), ...critical };
  const level = LEVELS[status];
  if (level === undefined) return { value, unit, ...critical };
  const limit = level === 'ok' ? undefined : known?.limits[status];
  return { value, unit, level, ...(limit === undefined ? {} : { limit: toOurs(limit) }), ...critical };
}

const none = (unit: Unit | null): Judged => ({ value: null, unit: unit ?? 'count' });

function criticalOf(
  unit: Unit,
  { lcr, lnc, unc, ucr, unr }: SensorLimits['limits'],
  toOurs: (value: number) => number,
) {
  const ours = (limit: number | undefined) => (limit === undefined ? undefined : toOurs(limit));
  return criticalLimit(unit, {
    criticalAbove: ours(ucr ?? unr),
    warningAbove: ours(unc),
    warningBelow: ours(lnc),
    criticalBelow: ours(lcr),
  });
}

/** 1: well, 0: a state is asserted that is not. A state that is neither good nor bad (an opened lid) is 0 without a level. */
function states(name: string, status: string, text: string): Judged {
  if (status === 'ns' || status === 'na') return { value: null, unit: 'state' };
  if (text === '') return NEEDS_PRESENCE.test(name) ? { value: null, unit: 'state' } : well;
  if (NO_READING.test(text)) return { value: null, unit: 'state' };
  if (CRITICAL_STATES.test(withoutHarmless(text))) return { value: 0, unit: 'state', level: 'critical' };
  if (WARNING_STATES.test(withoutHarmless(text))) return { value: 0, unit: 'state', level: 'warning' };
  if (/intrusion/i.test(text)) return { value: 0, unit: 'state' };
  return well;
}
const well: Judged = { value: 1, unit: 'state', level: 'ok' };

/** `Non-redundant: Sufficient …` is bad enough for a warning; `State Deasserted` and `No …` tell of nothing. */
function withoutHarmless(text: string): string {
  return text
    .split(',')
    .filter((state) => !/deasserted|^\s*no /i.test(state))
    .join(',');
}

export function limitKey(name: string, number: number): string {
  return `${number} ${name}`;
}

const LIMIT_NAMES: Readonly<Record<string, string>> = {
  'lower non-recoverable': 'lnr',
  'lower critical': 'lcr',
  'lower non-critical': 'lnc',
  'upper non-critical': 'unc',
  'upper critical': 'ucr',
  'upper non-recoverable': 'unr',
};

/** `ipmitool -v sensor`: a block of `field : value` per sensor. Limits that are absent (`na`) are left out. */
export function parseLimits(lines: readonly string[]): Map<string, SensorLimits> {
  const found = new Map<string, SensorLimits>();
  let key: string | null = null;
  let unit: Unit | null = null;
  let limits: Record<string, number> = {};
  let analog = false;
  const finish = () => {
    if (key !== null && analog) found.set(key, { unit, limits });
  };
  for (const line of lines) {
    const [, name, number] = /^Sensor ID\s*: (.*?)\s*\(0x([0-9a-fA-F]{1,2})\)$/.exec(line) ?? [];
    if (name !== undefined && number !== undefined) {
      finish();
      key = limitKey(name, Number.parseInt(number, 16));
      unit = null;
      limits = {};
      analog = false;
      continue;
    }
    const [, field = '', value = ''] = /^ (\S.*?)\s*: (.*)$/.exec(line) ?? [];
    if (/^sensor type \(threshold\)/i.test(field)) {
      analog = true;
      unit = UNIT_OF_TYPE[value.trim().toLowerCase()] ?? null;
    }
    const short = LIMIT_NAMES[field.toLowerCase()];
    if (short !== undefined && /^-?[0-9]+(\.[0-9]+)?$/.test(value.trim())) limits[short] = Number(value);
  }
  finish();
  return found;
}
