import * as z from 'zod';
import { textChecksum } from './checksums.ts';

/*
 * What the store as a whole holds, renewed with every commit and in the same transaction: rows that vanish, or an older state
 * of a page that comes back, contradict it.
 */

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Whole = z.int().nonnegative();

export const Seal = z.strictObject({
  commits: Whole, // ever made
  wallMs: z.number(), // of the newest; for people only
  records: Whole,
  sum: Hash, // of all records' checksums
  /** The newest line of the journal that was dropped, from whose hash the kept ones follow; 0 and '' at first. */
  dropped: z.strictObject({ id: Whole, hash: z.union([Hash, z.literal('')]) }),
  newest: z.strictObject({ id: Whole, hash: z.union([Hash, z.literal('')]) }),
});
export type Seal = z.infer<typeof Seal>;

export interface SealRow {
  readonly value: string;
  readonly checksum: string;
}

export function sealRow(seal: Seal): SealRow {
  const value = JSON.stringify(seal);
  return { value, checksum: textChecksum(value) };
}

/** Null when the row is not what was written. */
export function sealOf(row: SealRow | undefined): Seal | null {
  if (!row || textChecksum(row.value) !== row.checksum) return null;
  return Seal.parse(JSON.parse(row.value));
}
