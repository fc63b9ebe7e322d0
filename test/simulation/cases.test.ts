import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runSchedule } from './run.ts';
import type { Schedule } from './schedule.ts';

/* Schedules that once broke a promise, shrunk: none of them may do so again. `npm run simulate -- --seed N --keep NAME` writes one. */

const CASES = new URL('./cases/', import.meta.url);
const files = readdirSync(CASES).filter((file) => file.endsWith('.json'));

test('there are kept cases', () => {
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)('%s', (file) => {
  const { schedule } = JSON.parse(readFileSync(new URL(file, CASES), 'utf8')) as { schedule: Schedule };
  expect(runSchedule(schedule).violation).toBeNull();
});
