import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32Of, sha256Of } from '../../protocol/checksum.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.integer({ min: 0, max: 300 }).map((n) => 'a'.repeat(n)),
);

test('the sums are those of Node', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(crc32Of(each)).toBe(crc32(each));
      expect(sha256Of(each).toString('hex')).toBe(createHash('sha256').update(each).digest('hex'));
    }),
    { numRuns: 1000 },
  );
});
