import type { Reading, Unit } from '../protocol/reading.ts';
import type { Resources } from '../protocol/spec.ts';

/** Sensors of a rack server as hw/ names them, 40 of them: sensor, unit, rest value, how far it strays. */
const SENSORS: readonly (readonly [string, Unit, number, number])[] = [
  ['cpu/busy', '%', 18.7, 0.9],
  ['load/1min', 'count', 1.52, 0.06],
  ['memory/used', '%', 39.1, 0.3],
  ['swap/used', '%', 0, 0],
  ['psi/cpu/some10', '%', 1.2, 0.4],
  ['psi/memory/some10', '%', 0, 0],
  ['psi/io/some10', '%', 0.4, 0.3],
  ['fs//', '%', 41.2, 0.01],
  ['fs//var', '%', 63.9, 0.02],
  ['disk/nvme0n1/read', 'bytes/s', 18_432, 900],
  ['disk/nvme0n1/write', 'bytes/s', 262_144, 12_000],
  ['disk/nvme0n1/busy', '%', 2.1, 0.5],
  ['net/eno1/in', 'bytes/s', 84_211, 4000],
  ['net/eno1/out', 'bytes/s', 51_877, 2500],
  ['net/eno1/errors', 'count', 0, 0],
  ['hwmon/coretemp/Package id 0', 'C', 47, 0.3],
  ['hwmon/nvme/Composite', 'C', 38.9, 0.2],
  ['bmc/CPU Temp', 'C', 47, 0.3],
  ['bmc/Inlet Temp', 'C', 22, 0.2],
  ['bmc/Exhaust Temp', 'C', 34, 0.2],
  ['bmc/DIMM A1 Temp', 'C', 36, 0.2],
  ['bmc/DIMM B1 Temp', 'C', 37, 0.2],
  ['bmc/FAN1', 'RPM', 5400, 60],
  ['bmc/FAN2', 'RPM', 5340, 60],
  ['bmc/FAN3', 'RPM', 5460, 60],
  ['bmc/FAN4', 'RPM', 5400, 60],
  ['bmc/12V', 'V', 12.06, 0.02],
  ['bmc/5V', 'V', 5.02, 0.01],
  ['bmc/3.3V', 'V', 3.31, 0.01],
  ['bmc/VBAT', 'V', 3.02, 0.002],
  ['bmc/VCPU', 'V', 1.02, 0.005],
  ['bmc/PSU1 Power', 'W', 72, 1],
  ['bmc/PSU2 Power', 'W', 68, 1],
  ['bmc/PSU1', 'state', 1, 0],
  ['bmc/PSU2', 'state', 1, 0],
  ['bmc/Intrusion', 'state', 0, 0],
  ['bmc/chassis/power', 'state', 1, 0],
  ['ecc/corrected', 'count', 3, 0],
  ['smart/nvme0/wear', '%', 4, 0],
  ['power/dcmi', 'W', 141, 2],
];

/** What the sensors know beside: critical limits, and what a count is a count of. */
const ABOUT: Readonly<Record<string, Pick<Reading, 'critical' | 'kind' | 'component'>>> = {
  'net/eno1/errors': { kind: 'link', component: 'net/eno1' },
  'hwmon/coretemp/Package id 0': { critical: 100 },
  'hwmon/nvme/Composite': { critical: 84.85 },
  'bmc/CPU Temp': { critical: 95 },
  'bmc/Inlet Temp': { critical: 42 },
  'bmc/Exhaust Temp': { critical: 75 },
  'bmc/DIMM A1 Temp': { critical: 85 },
  'bmc/DIMM B1 Temp': { critical: 85 },
  'ecc/corrected': { kind: 'corrected', component: 'ecc' },
  'smart/nvme0/wear': { kind: 'wear', component: 'smart/nvme0' },
};

/** What they say in a cycle of 10 s on a machine with a steady load: slow waves, each of its own length. */
export function fortySensors(cycle: number): {
  readonly readings: Reading[];
  readonly usage: Resources;
  readonly atMs: number;
} {
  const readings = SENSORS.map(([sensor, unit, rest, stray], i): Reading => {
    const wave = Math.sin(cycle / (7 + i * 1.7)) * stray + Math.sin(cycle / (2.3 + i * 0.31)) * stray * 0.4;
    const level = sensor.startsWith('bmc/') ? { level: 'ok' as const } : {};
    return { sensor, value: rest + wave, unit, ...level, ...ABOUT[sensor] };
  });
  const usage = {
    cpu: Math.round(1870 + 60 * Math.sin(cycle / 3)),
    memory: Math.round(6.4e9 + 2e7 * Math.sin(cycle / 20)),
  };
  return { readings, usage, atMs: 86_400_000 + cycle * 10_000 };
}
