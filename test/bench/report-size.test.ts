import { expect, test } from 'vitest';
import { reportBytes } from '../../bench/report-bytes.ts';

test('40 sensors: exact sizes of what is sent, within 1.2 KB and 150 B', () => {
  const { names, snapshot, byException } = reportBytes(1000);
  expect({ names, snapshot, most: Math.max(...byException) }).toEqual({ names: 982, snapshot: 373, most: 132 });
  expect(snapshot).toBeLessThanOrEqual(1200);
  expect(Math.max(...byException)).toBeLessThanOrEqual(150);
});
