import fc from 'fast-check';
import { expect, test } from 'vitest';
import { link, type Resource } from '../../../hw/redfish/fields.ts';
import { chassisReadings, powerReadings, systemReadings, thermalReadings } from '../../../hw/redfish/parse-readings.ts';
import { uniquelyNamed } from '../../../hw/unique-names.ts';
import { Reading } from '../../../protocol/reading.ts';
import { redfishModel } from './redfish-model.ts';

const ENABLED = { State: 'Enabled', Health: 'OK' };
const temperature = (entry: Resource) => thermalReadings({ Temperatures: [entry] })[0];

test.each<[string, Resource, object]>([
  ['a reading below zero', { Name: 'T', ReadingCelsius: -41.5 }, { value: -41.5, unit: 'C' }],
  ['null', { Name: 'T', ReadingCelsius: null, Status: ENABLED }, { value: null, unit: 'C' }],
  ['missing', { Name: 'T', Status: ENABLED }, { value: null, unit: 'C' }],
  ['a text', { Name: 'T', ReadingCelsius: '47' }, { value: null, unit: 'C' }],
  [
    '0 of one that is absent',
    { Name: 'T', ReadingCelsius: 0, Status: { State: 'Absent' } },
    { value: null, unit: 'C' },
  ],
  ['0 of one that is there', { Name: 'T', ReadingCelsius: 0 }, { value: 0, unit: 'C' }],
  [
    'thresholds of 0, which stand for none',
    { Name: 'T', ReadingCelsius: 40, UpperThresholdCritical: 0, LowerThresholdFatal: 0 },
    { value: 40, unit: 'C' },
  ],
  [
    'the severest of those crossed',
    { Name: 'T', ReadingCelsius: 99, UpperThresholdNonCritical: 80, UpperThresholdCritical: 90, Status: ENABLED },
    { value: 99, unit: 'C', level: 'critical', limit: 90, critical: 90 },
  ],
  [
    'a critical limit of one that has no value now',
    { Name: 'T', ReadingCelsius: null, UpperThresholdFatal: 90 },
    { value: null, unit: 'C', critical: 90 },
  ],
  [
    'limits that contradict each other',
    { Name: 'T', ReadingCelsius: 30, UpperThresholdNonCritical: 95, UpperThresholdCritical: 90 },
    { value: 30, unit: 'C', level: 'ok' },
  ],
  [
    'a rail below zero',
    { Name: 'T', ReadingCelsius: -3, LowerThresholdCritical: -2 },
    { value: -3, unit: 'C', level: 'critical', limit: -2 },
  ],
  [
    'a health that is no word of the schema',
    { Name: 'T', ReadingCelsius: 40, Status: { Health: 'Meh' } },
    { value: 40, unit: 'C' },
  ],
])('a temperature: %s', (_, entry, expected) => {
  expect(temperature(entry)).toEqual({ sensor: 'bmc/T', ...expected });
});

test('names: numbered where there is none, cleaned, and those of two chassis told apart', () => {
  const thermal = { Temperatures: [{ ReadingCelsius: 1 }, { Name: 'A\u0000\nB', ReadingCelsius: 2 }, null, 'x'] };
  expect(uniquelyNamed([...thermalReadings(thermal), ...thermalReadings(thermal)]).map(({ sensor }) => sensor)).toEqual(
    [...['bmc/Temperature 1', 'bmc/A  B', 'bmc/Temperature 1 #2', 'bmc/A  B #2']],
  );
});

test('only a path of the same service is a link', () => {
  for (const good of ['/redfish/v1/Systems/1', '/x%23y']) expect(link({ '@odata.id': good })).toBe(good);
  for (const bad of ['', 'redfish', '//evil/x', 'https://evil/x', '/a b', '/a\r\nX: y', 7, null, undefined])
    expect(link({ '@odata.id': bad })).toBeNull();
});

/** A service gone wrong: the model with any of its values replaced by anything. */
const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, 0, '', 'Absent', {}, [], Number.MAX_VALUE, 'x'.repeat(300)),
);
const broken = fc.array(fc.tuple(fc.nat(), junk), { maxLength: 6 }).map((changes) => {
  const model = redfishModel('SN-1', 'u');
  for (const [at, value] of changes) {
    const places = placesOf(model);
    const [holder, key] = places[at % places.length]!;
    holder[key] = value;
  }
  return JSON.parse(JSON.stringify(model)) as typeof model;
});
function placesOf(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key] as [typeof holder, string], ...placesOf(holder[key])]);
}
const numbersIn = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : placesOf(value).flatMap(([h, k]) => (typeof h[k] === 'number' ? [h[k]] : []));

test('whatever a service answers, readings are valid, named once, and every value is one that it gave', () => {
  fc.assert(
    fc.property(broken, (model) => {
      const of = <T>(part: T, read: (resource: Resource) => Reading[]) =>
        typeof part === 'object' && part !== null ? read(part as Resource) : [];
      const readings = uniquelyNamed([
        ...of(model.chassis, chassisReadings),
        ...of(model.thermal, thermalReadings),
        ...of(model.power, powerReadings),
        ...of(model.system, systemReadings),
      ]);
      const given = new Set(numbersIn(model));
      for (const reading of readings) {
        Reading.parse(reading);
        if (reading.value === null) expect(reading.level).toBeUndefined();
        else if (reading.unit !== 'state') expect(given).toContain(reading.value);
      }
      expect(new Set(readings.map(({ sensor }) => sensor)).size).toBe(readings.length);
    }),
  );
});
