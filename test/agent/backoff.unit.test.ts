import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reconnectDelayMs } from '../../agent/backoff.ts';

const AGENTS = 500;

/** The largest part of all arrivals that lies within some 100 ms. */
function busiestShare(atMs: readonly number[]): number {
  const sorted = [...atMs].sort((a, b) => a - b);
  let [first, most] = [0, 0];
  for (const [last, at] of sorted.entries()) {
    while (at - (sorted[first] ?? 0) > 100) first++;
    most = Math.max(most, last - first + 1);
  }
  return most / sorted.length;
}

/** When an agent reaches a broker that is away from 0 to `backMs`; each try ends at once. */
function arrivalMs(backMs: number, random: () => number): number {
  let at = 0;
  do at += reconnectDelayMs(at, random());
  while (at < backMs);
  return at;
}

test('of 500 agents that lose their broker at one moment at most a tenth comes back within 100 ms', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 60_000 }), (seed, backMs) => {
      const random = seeded(seed);
      const arrivals = Array.from({ length: AGENTS }, () => arrivalMs(backMs, random));
      expect(busiestShare(arrivals)).toBeLessThanOrEqual(0.1);
    }),
    { numRuns: 200, seed: 6 },
  );
});

test('a connection that breaks alone is back within 3 s, whatever chance says', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
      expect(reconnectDelayMs(0, random)).toBeLessThanOrEqual(3000);
    }),
  );
  expect(reconnectDelayMs(3_600_000, 1)).toBe(10_000);
});

/** Mulberry32: from 0 up to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
