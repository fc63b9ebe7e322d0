import { expect, test } from 'vitest';
import { durationText, leftText } from '../../protocol/duration-text.ts';

test.each([
  [0, '0 s', '0 s'],
  [1, '0 s', '10 s'],
  [59_999, '60 s', '60 s'],
  [119_000, '119 s', '2 min'],
  [120_001, '2 min', '3 min'],
  [600_000, '10 min', '10 min'],
  [7_200_000, '2 h', '2 h'],
  [216_000_000, '2.5 d', '2.5 d'],
  [-5, '0 s', '0 s'],
])('%i ms: %s, left %s', (ms, lasts, left) => {
  expect(durationText(Math.max(0, ms))).toBe(lasts);
  expect(leftText(ms)).toBe(left);
});
