import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, missingOf, type NumberRange, type Ranges, sizeOf, unionOf, withRange } from '../../protocol/ranges.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, size]): NumberRange => [from, from + size]);
const numbers = (ranges: Ranges) =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));

test('ranges are the set of their numbers, whatever the order in which they come', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), range, (added, asked) => {
      let ranges: Ranges = [];
      const set = new Set<number>();
      for (const each of added) {
        ranges = withRange(ranges, each);
        for (const number of numbers([each])) set.add(number);
      }
      expect(numbers(ranges)).toEqual([...set].sort((a, b) => a - b));
      expect(sizeOf(ranges)).toBe(set.size);
      const half = added.slice(0, added.length / 2).reduce<Ranges>(withRange, []);
      expect(unionOf(half, ranges)).toEqual(ranges);
      expect(unionOf(ranges, half)).toEqual(ranges);
      expect(unionOf(added, [])).toEqual(ranges);
      // apart: no range touches the next
      for (const [i, [from]] of ranges.entries()) expect(from).toBeGreaterThan(ranges[i - 1]?.[1] ?? -1);
      const missing = numbers([asked]).filter((number) => !set.has(number));
      expect(numbers(missingOf(ranges, asked))).toEqual(missing);
      expect(covers(ranges, asked)).toBe(missing.length === 0);
    }),
  );
});
