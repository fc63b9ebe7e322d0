import * as z from 'zod';

/** The units in which readings are given; milli- and kilo- forms are converted at the sensor. */
export const Unit = z.enum(['C', 'RPM', 'V', 'A', 'W', '%', 'bytes', 'bytes/s', 'ops/s', 'ms', 'count', 'state']);
export type Unit = z.infer<typeof Unit>;

export const Level = z.enum(['ok', 'warning', 'critical']);
export type Level = z.infer<typeof Level>;

/** What a reading says beyond its unit, where that decides how it is judged. Counts grow, until their device starts anew. */
export const ReadingKind = z.enum([
  'corrected', // errors put right, of memory (ECC)
  'uncorrected', // errors that were not
  'media', // data that a disk could not read or write
  'pending', // sectors that wait to be replaced
  'reallocated', // sectors that were
  'link', // errors of a link: a count, or a rate
  'wear', // of a disk's rated life, in %
]);
export type ReadingKind = z.infer<typeof ReadingKind>;

/** One value of one sensor. No value (`na`, unplugged) is null, never 0. */
export const Reading = z.strictObject({
  sensor: z.string().min(1).max(96), // `bmc/FAN1`, `hwmon/coretemp/Package id 0`, `psi/cpu/some10`
  value: z.number().nullable(),
  unit: Unit,
  level: Level.optional(), // as the device itself judges it (a BMC's thresholds); absent where it does not
  limit: z.number().optional(), // the threshold that was crossed, in `unit`
  critical: z.number().optional(), // the device's critical limit, crossed or not: what a trend is measured against
  kind: ReadingKind.optional(), // absent: a plain value
  component: z.string().min(1).max(96).optional(), // what it is a reading of, where several are of one: `disk/sda`
});
export type Reading = z.infer<typeof Reading>;
