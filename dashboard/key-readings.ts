import type { Reading } from '../protocol/reading.ts';
import type { IconName } from './icon.tsx';

export interface KeyReading {
  readonly name: string;
  readonly icon: IconName;
  readonly reading: Reading;
}

/** The few sensors that say most about a server: its hottest place, its slowest fan, and what it draws. */
export function keyReadings(readings: readonly Reading[]): readonly KeyReading[] {
  const hottest = extreme(readings, 'C', (a, b) => a > b);
  const slowest = extreme(readings, 'RPM', (a, b) => a < b);
  const draw = extreme(readings, 'W', (a, b) => a > b); // the whole draws more than any of its parts
  return [
    ...(hottest ? [{ name: 'hottest', icon: 'heat' as const, reading: hottest }] : []),
    ...(slowest ? [{ name: 'slowest fan', icon: 'fan' as const, reading: slowest }] : []),
    ...(draw ? [{ name: 'power', icon: 'bolt' as const, reading: draw }] : []),
  ];
}

function extreme(readings: readonly Reading[], unit: string, beats: (a: number, b: number) => boolean): Reading | null {
  let best: Reading | null = null;
  for (const reading of readings) {
    if (reading.unit !== unit || reading.value === null) continue;
    if (best === null || beats(reading.value, best.value!)) best = reading;
  }
  return best;
}
