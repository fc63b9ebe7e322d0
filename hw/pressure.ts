import type { Reading } from '../protocol/reading.ts';

export const PRESSURE_KINDS = ['cpu', 'memory', 'io'] as const;

/**
 * /proc/pressure/<kind> (PSI): share of the last 10 s in which some tasks (`some`), or all that were not idle (`full`),
 * waited for the resource. `full` says nothing for the CPU of a whole machine and is left out there.
 */
export function parsePressure(kind: (typeof PRESSURE_KINDS)[number], text: string): Reading[] {
  const readings: Reading[] = [];
  for (const [, scope, avg10] of text.matchAll(/^(some|full) avg10=([0-9.]+) /gm)) {
    if (scope === undefined || (kind === 'cpu' && scope === 'full')) continue;
    readings.push({ sensor: `psi/${kind}/${scope}10`, value: Number(avg10), unit: '%' });
  }
  return readings;
}
