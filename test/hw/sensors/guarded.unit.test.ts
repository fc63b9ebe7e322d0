import { expect, test } from 'vitest';
import { guarded } from '../../../hw/guarded.ts';
import type { Reading } from '../../../protocol/reading.ts';

const fan = (value: number | null): Reading => ({ sensor: 'fan', value, unit: 'RPM', level: 'ok' });
const SILENT = [{ sensor: 'fan', value: null, unit: 'RPM' }];

test('a sensor that throws costs its own values, at once and later', async () => {
  let broken = false;
  const read = guarded({
    read: () => {
      if (broken) throw new Error('bus error');
      return [fan(900)];
    },
  });
  expect(read(0)).toEqual([fan(900)]);
  broken = true;
  expect(read(1)).toEqual(SILENT);
  broken = false;
  expect(read(2)).toEqual([fan(900)]);
  const rejects = guarded({ read: () => Promise.reject(new Error('gone')) });
  expect(await rejects(0)).toEqual([]);
});

test('one that does not answer is not asked again before it has, and what it says too late is not taken for new', async () => {
  const answers: ((readings: Reading[]) => void)[] = [];
  let asked = 0;
  const read = guarded(
    {
      read: () => {
        asked++;
        return asked === 1 ? Promise.resolve([fan(900)]) : new Promise<Reading[]>((resolve) => answers.push(resolve));
      },
    },
    1,
  );
  expect(await read(0)).toEqual([fan(900)]);
  expect(await read(1)).toEqual(SILENT);
  expect(await read(2)).toEqual(SILENT);
  expect(asked).toBe(2);
  answers[0]!([fan(1)]);
  await new Promise(setImmediate);
  void read(3);
  expect(asked).toBe(3);
});

test('a value that is no number is none, and is not judged', () => {
  const read = guarded({ read: () => [fan(Number.NaN), { ...fan(Number.POSITIVE_INFINITY), sensor: 'other' }] });
  expect(read(0)).toEqual([...SILENT, { sensor: 'other', value: null, unit: 'RPM' }]);
});
