import type { EventPart } from '../bmc.ts';

/*
 * What a record of a BMC's log says of a component: by its event type and offset (IPMI 2.0, tables 42-1 to 42-3), not by words,
 * which differ between versions of ipmitool. What is not listed says nothing of anybody's health: presence, power, logins, and
 * single corrected errors, of which only many mean anything.
 */

type Says = 'warning' | 'critical' | 'well';

const THRESHOLD = 0x01;
const SENSOR_SPECIFIC = 0x6f;
/** In the order of offsets: lower non-critical, critical, non-recoverable, each going low and high; then the upper ones. */
const THRESHOLD_LEVELS = ['warning', 'critical', 'critical', 'warning', 'critical', 'critical'] as const;
const UPPER_FROM = 6;

type Offsets = Readonly<Record<number, Says>>;
/** Event types that mean the same with every type of sensor. */
const GENERIC: Readonly<Record<number, Offsets>> = {
  4: { 0: 'well', 1: 'warning' }, // predictive failure
  5: { 0: 'well', 1: 'warning' }, // limit exceeded
  7: { 0: 'well', 1: 'warning', 2: 'critical', 3: 'critical', 4: 'warning', 5: 'critical', 6: 'critical' }, // severity
  11: { 0: 'well', 1: 'warning', 2: 'warning', 3: 'warning', 4: 'warning', 5: 'critical', 6: 'warning', 7: 'warning' }, // redundancy
};
/** By type of sensor. */
const SPECIFIC: Readonly<Record<number, Offsets>> = {
  // processor: internal error, thermal trip, three kinds of failed self-tests, configuration, throttled, machine check
  7: {
    0: 'critical',
    1: 'critical',
    2: 'critical',
    3: 'critical',
    4: 'critical',
    5: 'warning',
    10: 'warning',
    11: 'critical',
  },
  // power supply: failure, predicted failure, no input, input out of range (two), configuration
  8: { 1: 'warning', 2: 'warning', 3: 'warning', 4: 'warning', 5: 'warning', 6: 'warning' },
  // memory: uncorrectable, parity, scrubbing failed, disabled, too many corrected, configuration, throttled, too hot
  12: {
    1: 'critical',
    2: 'critical',
    3: 'warning',
    4: 'warning',
    5: 'warning',
    7: 'warning',
    9: 'warning',
    10: 'critical',
  },
  // drive bay: fault, predicted failure, in a critical array, in a failed one, being rebuilt, rebuilding given up
  13: { 1: 'warning', 2: 'warning', 5: 'warning', 6: 'critical', 7: 'warning', 8: 'warning' },
  // bus: timeout of ISA, PERR, SERR, EISA fail safe, uncorrectable, fatal
  19: { 2: 'critical', 4: 'critical', 5: 'critical', 6: 'critical', 8: 'critical', 10: 'critical' },
};

/** `sensor`: its name where that is known. Undefined where the record is about no component, or says nothing of its health. */
export function selPart(bytes: readonly number[], sensor: string): EventPart | undefined {
  const at = (index: number) => bytes[index] ?? 0;
  if (at(2) !== 0x02) return undefined; // a record of another form
  const [sensorType, number, eventType, offset] = [at(10), at(11), at(12) & 0x7f, at(13) & 0x0f];
  const says = saysOf(sensorType, eventType, offset);
  if (says === undefined) return undefined;
  const asserted = (at(12) & 0x80) === 0; // the byte's top bit: it has passed (29.7)
  if (says === 'well' && !asserted) return undefined; // what followed it has a record of its own
  const component = `bmc/${sensor || `sensor ${number.toString(16).toUpperCase().padStart(2, '0')}`}`.slice(0, 96);
  return says === 'well'
    ? { component, level: 'critical', asserted: false } // whatever it was
    : { component, level: says, asserted };
}

function saysOf(sensorType: number, eventType: number, offset: number): Says | undefined {
  if (eventType !== THRESHOLD)
    return eventType === SENSOR_SPECIFIC ? SPECIFIC[sensorType]?.[offset] : GENERIC[eventType]?.[offset];
  // a lower limit is crossed going low, an upper one going high; the other direction is the way back
  const isCrossed = offset < UPPER_FROM ? offset % 2 === 0 : offset % 2 === 1;
  return isCrossed ? THRESHOLD_LEVELS[offset >> 1] : undefined;
}
