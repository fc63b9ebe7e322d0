import type { Unit } from '../protocol/reading.ts';

/** How far a value may stray from what was told before it is told again, and how old that may become. */
export interface Deadband {
  readonly absolute: number; // in the sensor's unit
  readonly share: number; // of the value told; the larger of the two counts
  readonly maxAgeMs: number;
}
/** For sensors by name; a name that ends with `*` stands for all that begin so. What it leaves out is as the unit has it. */
export type DeadbandRules = Readonly<Record<string, { readonly [K in keyof Deadband]?: Deadband[K] | undefined }>>;

const FIVE_MINUTES_MS = 300_000;
const of = (absolute: number, share = 0, maxAgeMs = FIVE_MINUTES_MS): Deadband => ({ absolute, share, maxAgeMs });

/** Wide enough that a machine at rest has little to say, narrow enough for trends. A change of level is always told. */
const BY_UNIT: Readonly<Record<Unit, Deadband>> = {
  C: of(0.5),
  RPM: of(50, 0.02),
  V: of(0.01, 0.01),
  A: of(0.1, 0.02),
  W: of(1, 0.02),
  '%': of(1),
  bytes: of(1_048_576, 0.01),
  'bytes/s': of(1024, 0.1),
  'ops/s': of(1, 0.1),
  ms: of(1, 0.1),
  count: of(0), // errors and events: each one matters
  state: of(0),
};
/** Averages that are counts by name only. */
const BY_NAME: readonly (readonly [string, Deadband])[] = [['load/', of(0.1, 0.1)]];

export function deadbandOf(sensor: string, unit: Unit, rules: DeadbandRules): Deadband {
  const preset = BY_NAME.find(([prefix]) => sensor.startsWith(prefix))?.[1] ?? BY_UNIT[unit];
  const patterns = Object.keys(rules).filter((name) => name.endsWith('*') && sensor.startsWith(name.slice(0, -1)));
  patterns.sort((a, b) => b.length - a.length); // the most exact one
  const rule = rules[sensor] ?? rules[patterns[0] ?? ''] ?? {};
  return {
    absolute: rule.absolute ?? preset.absolute,
    share: rule.share ?? preset.share,
    maxAgeMs: rule.maxAgeMs ?? preset.maxAgeMs,
  };
}

export function isOutside(band: Deadband, told: number | null, value: number | null): boolean {
  if (told === null || value === null) return told !== value;
  return told !== value && Math.abs(value - told) > Math.max(band.absolute, band.share * Math.abs(told));
}
