import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeLines } from '../../../hw/ipmi/lines.ts';
import { parseFru, serialOf } from '../../../hw/ipmi/parse-fru.ts';
import {
  chassisReadings,
  dcmiReading,
  GET_CHASSIS_STATUS,
  GET_DCMI_POWER,
  GET_DEVICE_ID,
  GET_SYSTEM_GUID,
  guidText,
  parseRaw,
  rawAnswers,
  rawLine,
} from '../../../hw/ipmi/parse-raw.ts';
import { selEvent, selMark, selRecords, selTexts } from '../../../hw/ipmi/parse-sel.ts';
import { limitKey, parseLimits, parseSensors } from '../../../hw/ipmi/parse-sensors.ts';
import { selPart } from '../../../hw/ipmi/sel-part.ts';
import { Reading } from '../../../protocol/reading.ts';

const reading = (row: string) => parseSensors([row])[0];

// rows as BMCs of several makers give them through ipmitool 1.8.18 and 1.8.19
test.each<[string, Partial<Reading> | undefined]>([
  ['CPU1 Temp        | 01h | ok  |  3.1 | 47 degrees C', { value: 47, unit: 'C', level: 'ok' }],
  ['CPU1 Temp        | 01h | ucr |  3.1 | 97 degrees C', { value: 97, level: 'critical' }],
  ['Exhaust Temp     | 04h | nc  | 55.2 | 66 degrees C', { value: 66, level: 'warning' }],
  ['DTS Margin       | 11h | ok  |  3.1 | -41 degrees C', { value: -41, unit: 'C' }],
  ['Inlet            | 11h | ok  |  3.1 | 77 degrees F', { value: 25, unit: 'C' }],
  ['VBAT             | 13h | ok  | 40.1 | 3.02 Volts', { value: 3.02, unit: 'V' }],
  ['Fan Tray         | 13h | ok  | 40.1 | 39.20 percent', { value: 39.2, unit: '%' }],
  ['Airflow          | 13h | ok  | 40.1 | 16 CFM', { value: 16, unit: 'count' }],
  ['Temp             | 0Eh | ok  |  3.1 | 23 (+/- 0.5) degrees C', { value: 23, unit: 'C' }],
  ['GPU1 Temp        | 16h | ns  | 11.1 | Disabled', { value: null }],
  ['FAN5             | 45h | ns  | 29.5 | No Reading', { value: null }],
  ['FAN5             | 45h | ns  | 29.5 | 0 RPM', { value: null, unit: 'RPM' }],
  ['Odd              | 45h | ok  | 29.5 | 47', { value: 47, unit: 'count' }],
  ['PSU1 Status      | 17h | ok  | 10.1 | Presence detected', { value: 1, unit: 'state', level: 'ok' }],
  ['PSU2 Status      | 18h | ok  | 10.2 | Presence detected, Power Supply AC lost', { value: 0, level: 'warning' }],
  ['PSU2 Status      | 18h | ok  | 10.2 | ', { value: null, unit: 'state' }],
  ['PSU2 Status      | 18h | ok  | 10.2 |', { value: null, unit: 'state' }],
  ['PS Redundancy    | 19h | ok  | 19.1 | Fully Redundant', { value: 1, level: 'ok' }],
  ['PS Redundancy    | 19h | ok  | 19.1 | Redundancy Lost', { value: 0, level: 'warning' }],
  ['PS Redundancy    | 19h | ok  | 19.1 | Non-Redundant: Insufficient Resources', { value: 0, level: 'critical' }],
  ['CPU1 Status      | 1Bh | ok  |  3.1 | Presence detected, Thermal Trip', { value: 0, level: 'critical' }],
  ['ECC              | 1Dh | ok  | 32.1 | ', { value: 1, level: 'ok' }],
  ['ECC              | 1Dh | ok  | 32.1 | Correctable ECC', { value: 0, level: 'warning' }],
  ['ECC              | 1Dh | ok  | 32.1 | Uncorrectable ECC', { value: 0, level: 'critical' }],
  ['Drive 0          | 1Ch | ok  |  4.1 | Drive Present, Predictive Failure', { value: 0, level: 'warning' }],
  ['Fan State        | 1Ch | ok  |  4.1 | State Deasserted', { value: 1, level: 'ok' }],
  ['Temp | left      | 01h | ok  |  3.1 | 47 degrees C', { sensor: 'bmc/Temp | left', value: 47 }],
  ['                 | 0ah | ok  |  3.1 | 47 degrees C', { sensor: 'bmc/sensor 0A', value: 47 }],
  ['HW-IL BMC        | 00h | ok  |  7.1 | Dynamic MC @ 20h', undefined],
  ['Builtin FRU      | 00h | ns  |  7.1 | Logical FRU @00h', undefined],
  ['CPU1 Temp        | 01h | ok  |  3', undefined],
  ['Get SDR 0012 command failed', undefined],
  ['', undefined],
])('%s', (row, expected) => {
  if (expected === undefined) expect(reading(row)).toBeUndefined();
  else expect(reading(row)).toMatchObject(expected);
});

test('an open lid is a state that judges nothing', () => {
  expect(reading('Intrusion        | 1Ah | ok  | 23.1 | General Chassis intrusion')).toEqual({
    sensor: 'bmc/Intrusion',
    value: 0,
    unit: 'state',
  });
});

test('sensors of one name are told apart', () => {
  const rows = ['Temp | 0Eh | ok |  3.1 | 40 degrees C', 'Temp | 0Fh | ok |  3.2 | 41 degrees C'];
  expect(parseSensors(rows).map(({ sensor }) => sensor)).toEqual(['bmc/Temp', 'bmc/Temp #2']);
});

const VERBOSE = `Sensor ID              : FAN1 (0x9)
 Entity ID             : 29.1
 Sensor Type (Threshold)  : Fan
 Sensor Reading        : 420 (+/- 0) RPM
 Status                : Lower Critical
 Lower Non-Recoverable : na
 Lower Critical        : 480.000
 Lower Non-Critical    : 720.000
 Upper Non-Critical    : na

Sensor ID              : PSU1 Status (0x17)
 Entity ID             : 10.1
 Sensor Type (Discrete): Power Supply
 States Asserted       : Power Supply
`.split('\n');

test('limits: absent ones are absent, and the one that was crossed is named', () => {
  const limits = parseLimits(VERBOSE);
  expect(limits).toEqual(new Map([[limitKey('FAN1', 9), { unit: 'RPM', limits: { lcr: 480, lnc: 720 } }]]));
  const rows = [
    'FAN1 | 09h | lcr | 29.1 | 420 RPM',
    'FAN1 | 09h | lnr | 29.1 | 60 RPM',
    'FAN1 | 09h | ns | 29.1 | Disabled',
  ];
  expect(parseSensors(rows, limits)).toEqual([
    { sensor: 'bmc/FAN1', value: 420, unit: 'RPM', level: 'critical', limit: 480 },
    { sensor: 'bmc/FAN1 #2', value: 60, unit: 'RPM', level: 'critical' },
    { sensor: 'bmc/FAN1 #3', value: null, unit: 'RPM' },
  ]);
});

test('the critical limit of a temperature is told whatever its value is, and no limit of anything else', () => {
  const limits = new Map([
    [limitKey('CPU', 1), { unit: 'C' as const, limits: { unc: 85, ucr: 95, unr: 100 } }],
    [limitKey('Air', 2), { unit: 'C' as const, limits: { unc: 113, ucr: 122 } }],
    [limitKey('Odd', 3), { unit: 'C' as const, limits: { unc: 60, ucr: 5 } }],
    [limitKey('12V', 4), { unit: 'V' as const, limits: { ucr: 13.2 } }],
  ]);
  const rows = [
    'CPU | 01h | ok | 3.1 | 47 degrees C',
    'CPU | 01h | ns | 3.1 | No Reading',
    'Air | 02h | ok | 3.1 | 77 degrees F',
    'Odd | 03h | ok | 3.1 | 30 degrees C',
    '12V | 04h | ok | 7.1 | 12 Volts',
  ];
  expect(parseSensors(rows, limits).map(({ critical }) => critical)).toEqual([95, 95, 50, undefined, undefined]);
});

test('half a line and bytes that are no text do no harm', () => {
  const bytes = Buffer.concat([
    Buffer.from('CPU\xb0 Temp | 01h | ok | 3.1 | 47 degrees C\n', 'latin1'),
    Buffer.from('FAN1 | 09h | ok | 29.1 | 72'), // of 7200 RPM
  ]);
  expect(parseSensors(wholeLines(bytes))).toEqual([{ sensor: 'bmc/CPU� Temp', value: 47, unit: 'C', level: 'ok' }]);
});

/** What a broken BMC or a broken pipe makes of a listing: pieces of real rows, in any order, cut and joined. */
const piece = fc.oneof(
  fc.constantFrom(
    ...VERBOSE,
    ' 51 1f 00',
    '   c | 11/23/2026 | 20:05:01 UTC | Fan FAN1 | Lower',
    ' Product Serial : S1',
  ),
  fc.constantFrom(
    'CPU1 Temp | 01h | ucr | 3.1 | 97 degrees C',
    'FAN1 | 09h | ns | 29.1 | No Reading',
    '| | | |',
    '\0\r',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const output = fc
  .array(fc.tuple(piece, fc.nat(60)).map(([text, length]) => text.slice(0, length)))
  .map((pieces) => Buffer.from(pieces.join('\n')));

test('whatever ipmitool prints, readings are valid, named once, and absent values null', () => {
  fc.assert(
    fc.property(fc.oneof(output, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      const lines = wholeLines(bytes);
      const readings = parseSensors(lines, parseLimits(lines));
      for (const each of readings) Reading.parse(each);
      expect(new Set(readings.map(({ sensor }) => sensor)).size).toBe(readings.length);
      for (const record of selRecords(rawAnswers(lines)))
        expect(selEvent(record, undefined).text).toMatch(/^record( [0-9a-f]{2}){14}$/);
      for (const { text } of selTexts(lines).values()) expect(text).not.toBe('');
      expect(typeof serialOf(parseFru(lines))).toBe('string');
      parseRaw([GET_DEVICE_ID, GET_DCMI_POWER], lines, lines);
    }),
  );
});

test('no row without a value gives the value 0, and every value is one that was printed', () => {
  const value = fc.oneof(
    fc.constantFrom('', 'na', 'No Reading', 'Disabled', 'Not Readable', 'N/A', 'Unknown'),
    fc.double({ noNaN: true, min: -1e4, max: 1e4 }).map((number) => `${number.toFixed(2)} RPM`),
  );
  fc.assert(
    fc.property(value, fc.constantFrom('ok', 'ns', 'na', 'lcr', 'unc'), (text, status) => {
      const got = reading(`X PSU Status | 01h | ${status} | 1.1 | ${text}`);
      if (status === 'ns' || status === 'na' || !/\d/.test(text)) expect(got?.value).toBeNull();
      else expect(got?.value).toBe(Number.parseFloat(text));
    }),
  );
});

const GOT = `SEL Record ID          : 003d
 Record Type           : 02
 Timestamp             : S+ 70/001 S+ 70/001
 Sensor Type           : Fan
 Sensor Number         : 04
 Event Direction       : Assertion Event
 Trigger Reading       : 420.000RPM
 Trigger Threshold     : 480.000RPM
 Description           : Lower Critical going low

Sensor ID              : FAN1 (0x4)
 Sensor Type (Threshold)  : Fan
----------------------

SEL Record ID          : 003e
 Sensor Type           : Power Supply
 Sensor Number         : 0b
 Description           : Power Supply AC lost
SEL Record ID          : 003f
 Sensor Type           : Fan`.split('\n');

test('the log in words: with the sensor, with its number where it has no name, and not from half a record', () => {
  expect(selTexts(GOT)).toEqual(
    new Map([
      [0x3d, { text: 'Fan FAN1: Lower Critical going low: reading 420.000RPM, threshold 480.000RPM', sensor: 'FAN1' }],
      [0x3e, { text: 'Power Supply #0b: Power Supply AC lost', sensor: '' }],
    ]),
  );
});

test('the log as records: with and without a clock, passed ones, and answers that are none', () => {
  const record = (id: number, time: number[], direction: number) => [
    ...[0x00, 0x01, id & 255, id >> 8, 2, ...time, 0x20, 0, 4, 4, 0x0b, direction, 0x50, 7, 8],
  ];
  const [first, second] = selRecords([
    record(0x103, [0x20, 0x43, 0, 0], 0x01),
    [0x51, 1, 0],
    record(7, [0xed, 0xb0, 0x24, 0x69], 0x81),
  ]);
  expect([first?.id, first?.next, second?.id]).toEqual([0x103, 0x100, 7]);
  expect(selEvent(first!, { text: 'words', sensor: 'FAN1' })).toEqual({
    ...{ id: 0x103, when: '', text: 'words', asserted: true },
    part: { component: 'bmc/FAN1', level: 'warning', asserted: true },
  });
  expect(selEvent(second!, undefined)).toEqual({
    ...{ id: 7, when: '2025-11-24T19:24:29Z', asserted: false },
    part: { component: 'bmc/sensor 0B', level: 'warning', asserted: false },
    text: 'record 02 ed b0 24 69 20 00 04 04 0b 81 50 07 08',
  });
  expect(selMark([0x51, 0x0f, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0])).toEqual({
    entries: 15,
    added: '1.2.3.4',
    erased: '5.6.7.8',
  });
  expect(selMark([1, 2])).toBeNull();
});

const partOf = (sensorType: number, eventType: number, offset: number, direction = 0, type = 2) =>
  selPart([1, 0, type, 0, 0, 0, 0, 0x20, 0, 4, sensorType, 0x1f, eventType | direction, 0xa0 | offset, 0, 0], 'X');
const PASSED = 0x80;
test.each([
  ['a fan below its lower critical limit', partOf(4, 1, 2), 'critical true'],
  ['and above it again', partOf(4, 1, 2, PASSED), 'critical false'],
  ['a temperature above its upper non-critical limit', partOf(1, 1, 7), 'warning true'],
  ['one above its upper non-recoverable limit', partOf(1, 1, 11), 'critical true'],
  ['a lower limit, going high', partOf(1, 1, 3), undefined],
  ['an uncorrectable memory error', partOf(12, 0x6f, 1), 'critical true'],
  ['a corrected one', partOf(12, 0x6f, 0), undefined],
  ['too many corrected ones', partOf(12, 0x6f, 5), 'warning true'],
  ['a power supply without input', partOf(8, 0x6f, 3), 'warning true'],
  ['a power supply plugged in', partOf(8, 0x6f, 0), undefined],
  ['redundancy lost', partOf(8, 0x0b, 1), 'warning true'],
  ['redundancy regained', partOf(8, 0x0b, 0), 'critical false'],
  ['a severity that has passed', partOf(3, 7, 2, PASSED), 'critical false'],
  ['a thermal trip', partOf(7, 0x6f, 1), 'critical true'],
  ['a drive that will fail', partOf(13, 0x6f, 2), 'warning true'],
  ['a log that was cleared', partOf(16, 0x6f, 2), undefined],
  ['an OEM record', partOf(12, 0x6f, 1, 0, 0xc0), undefined],
  ['no record', selPart([], 'X'), undefined],
])('what a record says of a component: %s', (_what, part, expected) => {
  expect(part && `${part.level} ${part.asserted}`).toBe(expected);
  if (part) expect(part.component).toBe('bmc/X');
});

test('raw answers: a refused request keeps the others in their places', () => {
  const requests = [GET_DEVICE_ID, GET_DCMI_POWER, GET_CHASSIS_STATUS];
  const refused = 'Unable to send RAW command (channel=0x0 netfn=0x2c lun=0x0 cmd=0x2 rsp=0xc1): Invalid command';
  expect(parseRaw(requests, [' 00 03', ' 01 00 00', 'CPU1 | x'], [refused])).toEqual([[0, 3], null, [1, 0, 0]]);
  expect(parseRaw(requests, [' 00 03', ' 01 00 00'], [])).toEqual([null, null, null]); // who knows whose they are
  expect(parseRaw([GET_DCMI_POWER], [` dc${' 00'.repeat(15)}`, ' 00 40'], [])[0]).toHaveLength(18);
  expect(rawLine(GET_DCMI_POWER)).toBe('raw 0x2c 0x02 0xdc 0x01 0x00 0x00');
});

test('measured power: watts, or no value where it is not measuring', () => {
  const answer = (state: number) => [0xdc, 0x58, 0x01, ...Array(14).fill(0), state];
  expect(dcmiReading(answer(0x40))).toEqual([{ sensor: 'bmc/dcmi/power', value: 344, unit: 'W' }]);
  expect(dcmiReading(answer(0))).toEqual([{ sensor: 'bmc/dcmi/power', value: null, unit: 'W' }]);
  expect(dcmiReading([0xdc, 1])).toEqual([]);
});

test('the chassis: faults by their bits', () => {
  const levels = (...status: number[]) =>
    Object.fromEntries(chassisReadings(status).map(({ sensor, level }) => [sensor.slice(12), level]));
  expect(levels(1, 0, 0)).toEqual({ power: 'ok', drives: 'ok', cooling: 'ok', closed: undefined });
  expect(levels(0b1001, 0, 0b1101)).toEqual({
    power: 'warning',
    drives: 'warning',
    cooling: 'warning',
    closed: undefined,
  });
  expect(chassisReadings([1])).toEqual([]);
});

test('a GUID or serial number that firmware has left empty is none', () => {
  expect(guidText(Array(16).fill(0))).toBe('');
  expect(guidText(Array(16).fill(255))).toBe('');
  expect(guidText([1, 2])).toBe('');
  expect(guidText(parseRaw([GET_SYSTEM_GUID], [` ${Array(16).fill('a1').join(' ')}`], [])[0] ?? null)).toBe(
    'a1'.repeat(16),
  );
  expect(serialOf(parseFru([' Product Serial : 0123456789', ' Board Serial   : B7', ' Chassis Serial : C7']))).toBe(
    'B7',
  );
  expect(serialOf(parseFru([' Product Serial : To Be Filled By O.E.M.', ' Board Serial : ................']))).toBe('');
});
