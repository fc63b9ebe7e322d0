/*
 * Chance without a state of its own: each number follows from the seed, the concern and when it is drawn. So a fault that is
 * taken out of a schedule does not change what befalls everything else, and failing schedules shrink well.
 */

/** From 0 up to, not including, 1. */
export function roll(seed: number, concern: string, a = 0, b = 0): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (let i = 0; i < concern.length; i++) hash = Math.imul(hash ^ concern.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ Math.floor(a), 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 15)) + Math.floor(b), 0x27d4eb2f);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x846ca68b);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 4294967296;
}

/** Mostly short, rarely up to `longest`: so are delays. */
export function tail(roll01: number, usual: number, longest: number): number {
  return roll01 < 0.9 ? (roll01 / 0.9) * usual : usual + (longest - usual) * ((roll01 - 0.9) / 0.1) ** 3;
}

export function pick<T>(items: readonly T[], roll01: number): T {
  const item = items[Math.floor(roll01 * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
