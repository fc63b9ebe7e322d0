import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBytes, readCpu, readQuantity, showQuantity } from '../../protocol/quantity.ts';

const amountOf = (quantity: ReturnType<typeof readCpu>) => (quantity.ok ? quantity.amount : null);

test.each([
  [2, 2000],
  ['2', 2000],
  [0.5, 500],
  ['0.5', 500],
  [0.001, 1],
  [0.29, 290], // 0.29 * 1000 is 290.00000000000006 or so in binary
  [1.001, 1001],
  ['1.5000', 1500],
  ['250m', 250],
  ['0m', 0],
  [0, 0],
  [4096, 4_096_000],
])('cpu %j is %i millicores', (written, millicores) => {
  expect(amountOf(readCpu(written))).toBe(millicores);
});

test.each([
  [-1],
  [0.0001],
  ['0.0005'],
  ['1.5m'],
  ['2 cores'],
  [''],
  [null],
  [true],
  [Number.NaN],
  [Infinity],
  [2000_000],
  ['1e3'],
  [[1]],
  ['m'],
])('cpu %j is refused, with what is allowed', (written) => {
  const result = readCpu(written);
  expect(result).toMatchObject({ ok: false, allowed: expect.stringContaining('250m') });
});

test.each([
  [1024, 1024],
  ['1024', 1024],
  ['64Mi', 64 * 2 ** 20],
  ['64MiB', 64 * 2 ** 20],
  ['64 MiB', 64 * 2 ** 20],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['500MB', 500_000_000],
  ['500M', 500_000_000],
  ['1k', 1000],
  ['1K', 1000],
  ['1KiB', 1024],
  ['12B', 12],
  ['0.1Gi', 107_374_183], // rounded up: 107374182.4
  ['2Ti', 2 * 2 ** 40],
  ['1P', 1e15],
])('memory %j is %i bytes', (written, bytes) => {
  expect(amountOf(readBytes(written))).toBe(bytes);
});

test.each([
  [-1],
  [1.5],
  ['1.5'],
  ['64m'],
  ['64mi'],
  ['64iB'],
  ['Gi'],
  ['1 0'],
  ['9999P'],
  [2 ** 53],
  [null],
  [{}],
  ['1.5.5Gi'],
])('memory %j is refused, with what is allowed', (written) => {
  expect(readBytes(written)).toMatchObject({ ok: false, allowed: expect.stringContaining('64Mi') });
});

test('other resources are whole numbers as they stand', () => {
  expect(readQuantity('power', 300)).toEqual({ ok: true, amount: 300 });
  expect(readQuantity('power', '300')).toMatchObject({ ok: false });
  expect(readQuantity('gpu', 0.5)).toMatchObject({ ok: false });
  expect(readQuantity('gpu', -1)).toMatchObject({ ok: false });
});

test('every whole number of millicores is read back from both of its forms', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_096_000 }), (millicores) => {
      expect(amountOf(readCpu(`${millicores}m`))).toBe(millicores);
      expect(amountOf(readCpu((millicores / 1000).toFixed(3)))).toBe(millicores);
      expect(amountOf(readCpu(millicores / 1000))).toBe(millicores);
    }),
  );
});

test('bytes with a unit are the whole number next above', () => {
  const units = ['k', 'M', 'G', 'Ki', 'Mi', 'Gi'] as const;
  const sizes = { k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom(...units), (hundredths, unit) => {
      const exact = (BigInt(hundredths) * BigInt(sizes[unit]) + 99n) / 100n;
      expect(amountOf(readBytes(`${(hundredths / 100).toFixed(2)}${unit}`))).toBe(Number(exact));
    }),
  );
});

test('what is shown for people is read back within its precision', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('cpu', 'memory', 'disk', 'power'),
      fc.integer({ min: 0, max: 4_000_000 }),
      (resource, amount) => {
        const again = readQuantity(
          resource,
          resource === 'power' ? Number(showQuantity(resource, amount)) : showQuantity(resource, amount),
        );
        expect(again.ok).toBe(true);
        expect(Math.abs((amountOf(again) ?? Infinity) - amount)).toBeLessThanOrEqual(amount * 0.06 + 5);
      },
    ),
  );
});

test('anything at all is read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (value, resource) => {
      const result = readQuantity(resource, value);
      if (result.ok) expect(Number.isSafeInteger(result.amount) && result.amount >= 0).toBe(true);
    }),
  );
});
