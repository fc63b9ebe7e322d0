import { expect, test } from 'vitest';
import { type BoardState, boardReadings, type SensorFault } from '../../hw/mock/sensor-board.ts';
import { Reading } from '../../protocol/reading.ts';

const board = (faults: Record<string, SensorFault> = {}, on = true, loadShare = 0): BoardState => ({
  on,
  loadShare,
  faults: new Map(Object.entries(faults)),
});
const read = (state: BoardState, nowMs = 0) =>
  new Map(boardReadings(state, nowMs).map((reading) => [reading.sensor, reading]));

test('a healthy server is ok at any load and time, and its readings fit the protocol', () => {
  for (const load of [0, 0.5, 1])
    for (let ms = 0; ms < 20_000; ms += 700)
      for (const reading of boardReadings(board({}, true, load), ms)) {
        expect(Reading.safeParse(reading).error).toBeUndefined();
        expect(reading.level).toBe('ok');
      }
});

test('a failing fan slows down through warning to critical and names the limit', () => {
  const state = board({ FAN2: { kind: 'failing', sinceMs: 0, rpmPerSecond: 3000 } });
  expect(read(state, 100).get('bmc/FAN2')?.level).toBe('ok');
  expect(read(state, 1350).get('bmc/FAN2')).toMatchObject({ level: 'warning', limit: 1800 });
  expect(read(state, 9000).get('bmc/FAN2')).toMatchObject({ value: 300, level: 'critical', limit: 1000 });
  expect(read(state, 9000).get('bmc/FAN1')?.level).toBe('ok');
});

test('a lost power supply is a warning, heat is critical, an unplugged sensor has no value and no level', () => {
  const readings = read(
    board({
      PSU1: { kind: 'fixed', value: 0 },
      'CPU Temp': { kind: 'fixed', value: 97 },
      FAN3: { kind: 'fixed', value: null },
    }),
  );
  expect(readings.get('bmc/PSU1')?.level).toBe('warning');
  expect(readings.get('bmc/CPU Temp')).toMatchObject({ level: 'critical', limit: 92 });
  expect(readings.get('bmc/FAN3')).toEqual({ sensor: 'bmc/FAN3', value: null, unit: 'RPM' });
});

test('without power, fans and CPU have no value: a stopped fan of a server that is off is no failure', () => {
  const readings = read(board({}, false));
  expect(readings.get('bmc/FAN1')).toEqual({ sensor: 'bmc/FAN1', value: null, unit: 'RPM' });
  expect(readings.get('bmc/CPU Temp')?.value).toBeNull();
  expect(readings.get('bmc/Power')?.value).toBe(4);
  expect(readings.get('bmc/PSU1')?.level).toBe('ok');
});
