import * as z from 'zod';

/** The units in which readings are given; milli- and kilo- forms are converted at the sensor. */
export const Unit = z.enum(['C', 'RPM', 'V', 'A', 'W', '%', 'bytes', 'bytes/s', 'ops/s', 'ms', 'count', 'state']);
export type Unit = z.infer<typeof Unit>;

export const Level = z.enum(['ok', 'warning', 'critical']);
export type Level = z.infer<typeof Level>;

/** One value of one sensor. No value (`na`, unplugged) is null, never 0. */
export const Reading = z.strictObject({
  sensor: z.string().min(1).max(96), // `bmc/FAN1`, `hwmon/coretemp/Package id 0`, `psi/cpu/some10`
  value: z.number().nullable(),
  unit: Unit,
  level: Level.optional(), // as the device itself judges it (a BMC's thresholds); absent where it does not
  limit: z.number().optional(), // the threshold that was crossed, in `unit`
});
export type Reading = z.infer<typeof Reading>;
