import { median } from '../median.ts';

/** Of the later half, so many times of the least use are wanted before a slope is told. */
const LEAST_POINTS = 10;

/**
 * MiB an hour by which a process grows once it has settled; null where it was not watched for long enough to say. Only the later
 * half of the looks counts. Of each minute the least is taken, as what is above it is garbage that has not been collected yet;
 * the slope is the median of those between all pairs (Theil and Sen), which a step or an outlier does not move.
 */
export function steadySlope(looks: readonly { readonly atMs: number; readonly mib: number }[]): number | null {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last) return null;
  const fromMs = (first.atMs + last.atMs) / 2;
  const least = new Map<number, { readonly atMs: number; readonly mib: number }>();
  for (const look of looks) {
    if (look.atMs < fromMs) continue;
    const minute = Math.floor((look.atMs - fromMs) / 60_000);
    if (look.mib < (least.get(minute)?.mib ?? Number.POSITIVE_INFINITY)) least.set(minute, look);
  }
  const points = [...least.values()];
  if (points.length < LEAST_POINTS) return null;
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).map((b) => (b.mib - a.mib) / ((b.atMs - a.atMs) / 3_600_000)),
  );
  return median(slopes);
}
