import type { Reading } from '../protocol/reading.ts';
import type { Resources } from '../protocol/spec.ts';
import { cpuSensor } from './cpu.ts';
import { diskSensor } from './disk-io.ts';
import { eccSensor } from './ecc.ts';
import { filesystemSensor } from './filesystems.ts';
import { guarded } from './guarded.ts';
import { hwmonSensor } from './hwmon.ts';
import { memorySensor } from './memory.ts';
import { networkSensor } from './network.ts';
import { powerSupplySensor } from './power-supply.ts';
import { pressureSensor } from './pressure.ts';
import { raidSensor } from './raid.ts';
import { runProgram } from './run-program.ts';
import type { Found, Machine, Sensor } from './sensor.ts';
import { smartSensor } from './smart.ts';
import { thermalSensor } from './thermal.ts';
import { upsSensor } from './ups.ts';

export interface SystemSensors {
  /** One cycle. `nowMs` is a monotonic clock: rates are taken over the time since the previous call. */
  read(nowMs: number): Promise<{ readings: Reading[]; usage: Resources }>;
  /** What there is of each kind, and what is missing and how to get it. Takes its time: it asks disks and daemons. */
  probe(): Promise<{ readonly kind: string; readonly found: Found }[]>;
}

/** More would not fit in a report, together with what else is in it. */
const MAX_READINGS = 600;
/** Every kind of device of a server but its BMC; the most telling first, in case there are too many readings. */
export const SENSORS: readonly ((machine: Machine) => Sensor)[] = [
  cpuSensor,
  memorySensor,
  pressureSensor,
  raidSensor,
  eccSensor,
  powerSupplySensor,
  upsSensor,
  hwmonSensor,
  thermalSensor,
  filesystemSensor,
  smartSensor,
  networkSensor,
  diskSensor,
];

/**
 * The machine's own sensors. `sysroot` is `/`, or a tree of files that stands for another machine: for that, no program is
 * run and no daemon asked unless they are given as well.
 */
export function createSystemSensors(options: Partial<Machine> & Pick<Machine, 'sysroot'>): SystemSensors {
  const real = options.sysroot === '/';
  const machine: Machine = {
    sysroot: options.sysroot,
    run: options.run ?? (real ? runProgram : async () => null),
    nut: options.nut ?? { host: '127.0.0.1', port: real ? 3493 : 0 },
  };
  const sensors = SENSORS.map((create) => create(machine));
  const reads = sensors.map((sensor) => guarded(sensor));
  return {
    async read(nowMs) {
      const readings = (await Promise.all(reads.map((read) => read(nowMs)))).flat().slice(0, MAX_READINGS);
      return { readings, usage: Object.assign({}, ...sensors.map(({ usage }) => usage?.() ?? {})) };
    },
    probe: () =>
      Promise.all(
        sensors.map(async (sensor) => {
          try {
            return { kind: sensor.kind, found: await sensor.probe() };
          } catch (error) {
            return { kind: sensor.kind, found: { devices: [], missing: (error as Error).message } };
          }
        }),
      ),
  };
}
