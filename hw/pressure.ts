import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Machine, Sensor } from './sensor.ts';
import { readText } from './text-file.ts';

const PRESSURE_KINDS = ['cpu', 'memory', 'io'] as const;

/**
 * /proc/pressure/<kind> (PSI): share of the last 10 s in which some tasks (`some`), or all that were not idle (`full`),
 * waited for the resource. `full` says nothing for the CPU of a whole machine and is left out there.
 */
export function parsePressure(kind: (typeof PRESSURE_KINDS)[number], text: string): Reading[] {
  const readings: Reading[] = [];
  for (const scope of kind === 'cpu' ? ['some'] : ['some', 'full']) {
    const line = text.split('\n').find((one) => one.startsWith(`${scope} `));
    if (line === undefined) continue;
    const avg10 = / avg10=([0-9]+\.[0-9]{2}) /.exec(line)?.[1];
    readings.push({ sensor: `psi/${kind}/${scope}10`, value: avg10 === undefined ? null : Number(avg10), unit: '%' });
  }
  return readings;
}

export function pressureSensor({ sysroot }: Machine): Sensor {
  const text = (kind: string) => readText(join(sysroot, 'proc/pressure', kind));
  return {
    kind: 'pressure',
    probe: () => {
      const devices = PRESSURE_KINDS.filter((kind) => text(kind) !== null);
      const missing = 'no pressure figures: start the kernel (4.20 or newer, CONFIG_PSI) with psi=1';
      return { devices, missing: devices.length === 0 ? missing : null };
    },
    read: () => PRESSURE_KINDS.flatMap((kind) => parsePressure(kind, text(kind) ?? '')),
  };
}
