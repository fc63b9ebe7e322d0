/*
 * Sets of numbers as ranges, [from, to) with from < to, ascending and apart from each other: which samples have been counted,
 * and which are lost.
 */

export type NumberRange = readonly [from: number, to: number];
export type Ranges = readonly NumberRange[];

export function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

export function withRange(ranges: Ranges, [from, to]: NumberRange): Ranges {
  if (from >= to) return ranges;
  const before: NumberRange[] = [];
  const after: NumberRange[] = [];
  let low = from;
  let high = to;
  for (const range of ranges) {
    if (range[1] < low) before.push(range);
    else if (range[0] > high) after.push(range);
    else {
      low = Math.min(low, range[0]);
      high = Math.max(high, range[1]);
    }
  }
  return [...before, [low, high], ...after];
}

export function unionOf(a: Ranges, b: Ranges): Ranges {
  const union: [number, number][] = [];
  for (const [from, to] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const last = union.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else if (from < to) union.push([from, to]);
  }
  return union;
}

/** What of a range is not in the set. */
export function missingOf(ranges: Ranges, [from, to]: NumberRange): Ranges {
  const missing: NumberRange[] = [];
  let next = from;
  for (const [low, high] of ranges) {
    if (high <= next) continue;
    if (low >= to) break;
    if (low > next) missing.push([next, low]);
    next = high;
  }
  if (next < to) missing.push([next, to]);
  return missing;
}

export function covers(ranges: Ranges, range: NumberRange): boolean {
  return missingOf(ranges, range).length === 0;
}
