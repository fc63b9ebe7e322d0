import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeDevice, FakeMachine } from '../../hw/fake/machine.ts';
import type { Machine, Sensor } from '../../hw/sensor.ts';
import { Reading } from '../../protocol/reading.ts';

/** What is read after all that takes its time is over: a slow chip, a disk, a daemon. */
async function readSettled(sensor: Sensor, nowMs: number): Promise<readonly Reading[]> {
  await sensor.read(nowMs);
  await sensor.settled?.();
  return sensor.read(nowMs + 1);
}

function expectValid(readings: readonly Reading[]): void {
  for (const reading of readings) {
    expect(Reading.safeParse(reading).error, JSON.stringify(reading)).toBeUndefined();
    if (reading.value === null) expect(reading, 'no value, no judgement').not.toHaveProperty('level');
    if (reading.limit !== undefined) expect(reading.level, 'a limit is one that was crossed').not.toBe('ok');
  }
  const names = readings.map(({ sensor }) => sensor);
  expect(new Set(names).size, `twice: ${names.filter((name, i) => names.indexOf(name) !== i)}`).toBe(names.length);
}
/** What does not change with the value: a change of it costs a new name table. */
const constants = (readings: readonly Reading[]) =>
  new Map(readings.map(({ sensor, unit, kind, component, critical }) => [sensor, { unit, kind, component, critical }]));
const names = (readings: readonly Reading[]) => readings.map(({ sensor }) => sensor).sort();

/** Everything odd that a file may hold; the first halves what it was. */
const ODD: readonly (readonly [string, (text: string) => string])[] = [
  ['half of it', (text) => text.slice(0, text.length / 2)],
  ['nothing', () => ''],
  ['text', () => 'not a number\n'],
  ['a number beyond all measure', (text) => text.replace(/[0-9]+/g, '99999999999999999999999')],
  ['all bits set', (text) => text.replace(/[0-9]+/g, '18446744073709551615')],
  ['negative numbers', (text) => text.replace(/[0-9]+/g, '-$&')],
  ['bytes that are no text', () => '\uFFFD\u0000\u0007\n'],
  ['everything twice', (text) => text + text],
  ['NaN', (text) => text.replace(/[0-9]+/g, 'NaN')],
];

/** What every sensor promises (hw/sensor.ts), over its fake device. */
export function sensorContract(name: string, create: (machine: Machine) => Sensor, makeDevice: () => FakeDevice): void {
  describe(`the contract of a sensor: ${name}`, () => {
    let machine: FakeMachine;
    let device: FakeDevice;
    beforeEach(() => {
      machine = new FakeMachine();
      device = makeDevice();
    });
    afterEach(async () => {
      await device.unplug(machine);
      machine.destroy();
    });

    test('a machine without the device has no readings, and is told what is missing', async () => {
      const sensor = create(machine);
      expect(await readSettled(sensor, 1000)).toEqual([]);
      const found = await sensor.probe();
      expect(found.devices).toEqual([]);
      expect(found.missing).toMatch(/\w{3}/);
    });

    test('with it readings are valid and named once; they keep their names, and values are there', async () => {
      await device.plug(machine);
      const sensor = create(machine);
      const first = await readSettled(sensor, 1000);
      expect(first.length).toBeGreaterThan(0);
      expectValid(first);
      const second = await readSettled(sensor, 11_000);
      expectValid(second);
      expect(names(second)).toEqual(names(first));
      expect(second.some(({ value }) => value !== null)).toBe(true);
      expect((await sensor.probe()).devices.length).toBeGreaterThan(0);
      const another = create(machine); // the agent starts again
      expect(names(await readSettled(another, 5000))).toEqual(names(first));
    });

    test('one that is plugged in later appears', async () => {
      const sensor = create(machine);
      await readSettled(sensor, 1000);
      await device.plug(machine);
      expect((await readSettled(sensor, 4_000_000)).length).toBeGreaterThan(0);
    });

    test('one that vanishes between two reads is absent or has no value, and comes back under its name', async () => {
      await device.plug(machine);
      const sensor = create(machine);
      const before = await readSettled(sensor, 1000);
      await device.unplug(machine);
      const without = await readSettled(sensor, 4_000_000);
      expectValid(without);
      for (const { value } of without) expect(value).toBeNull();
      for (const [sensor, constant] of constants(without)) expect(constants(before).get(sensor)).toEqual(constant);
      expect(names(before)).toEqual(expect.arrayContaining(names(without)));
      await device.plug(machine);
      const back = names(await readSettled(sensor, 8_000_000));
      if (back.length > 0) expect(back).toEqual(names(before));
    });

    test.each(ODD)('whatever its files hold: %s', async (_what, odd) => {
      await device.plug(machine);
      const sensor = create(machine);
      await readSettled(sensor, 1000);
      for (const [path, text] of machine.files) {
        machine.write(path, odd(text));
        expectValid(await readSettled(sensor, 2000)); // one file is odd
        expectValid(await readSettled(create(machine), 2000));
        machine.write(path, text);
      }
      machine.mangle = odd;
      for (const [path, text] of machine.files) machine.write(path, odd(text));
      const all = await readSettled(sensor, 4_000_000); // all are
      expectValid(all);
      expectValid(await readSettled(create(machine), 1000));
      const found = await sensor.probe();
      for (const text of found.devices) expect(typeof text).toBe('string');
    });
  });
}

/** The same, as far as it can be asked of a device that cannot be unplugged. */
export function realSensorContract(create: (machine: Machine) => Sensor, machine: Machine): void {
  const sensor = create(machine);
  test(`${sensor.kind} on this machine: valid readings under names that stay, and a word on what is missing`, async () => {
    const first = await readSettled(sensor, 1000);
    expectValid(first);
    const second = await readSettled(sensor, 11_000);
    expectValid(second);
    expect(names(second)).toEqual(names(first));
    const { devices, missing } = await sensor.probe();
    if (devices.length === 0) expect(missing).not.toBeNull();
    console.log(`${sensor.kind}: ${devices.join(', ') || '-'}${missing === null ? '' : ` (${missing})`}`);
  });
}
