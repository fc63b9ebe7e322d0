import { afterEach } from 'vitest';
import { FakeMachine } from '../../../hw/fake/machine.ts';
import type { Sensor } from '../../../hw/sensor.ts';
import type { Reading } from '../../../protocol/reading.ts';

const machines: FakeMachine[] = [];
afterEach(() => {
  for (const machine of machines.splice(0)) machine.destroy();
});

export function newMachine(): FakeMachine {
  const machine = new FakeMachine();
  machines.push(machine);
  return machine;
}

/** The readings of one cycle by name, and of what it began in the background. */
export async function readAll(sensor: Sensor, nowMs: number): Promise<Map<string, Reading>> {
  await sensor.read(nowMs);
  await sensor.settled?.();
  return byName(await sensor.read(nowMs));
}
export async function readOnce(sensor: Sensor, nowMs: number): Promise<Map<string, Reading>> {
  return byName(await sensor.read(nowMs));
}
const byName = (readings: readonly Reading[]) => new Map(readings.map((reading) => [reading.sensor, reading]));
