import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { report } from './report.ts';
import { runSchedule } from './run.ts';
import { FAULTS, type Schedule, scheduleOf } from './schedule.ts';
import { shrink } from './shrink.ts';
import type { Tally } from './tally.ts';

const SCHEDULES = Number(process.env.SCHEDULES ?? 20_000);

test('a schedule that is run again goes the same way', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const first = runSchedule(scheduleOf(seed));
    const again = runSchedule(scheduleOf(seed), true);
    expect([again.hash, again.events, again.violation]).toEqual([first.hash, first.events, first.violation]);
  }
});

test('schedules differ from each other', () => {
  const hashes = new Set(Array.from({ length: 20 }, (_, seed) => runSchedule(scheduleOf(seed)).hash));
  expect(hashes.size).toBe(20);
});

test('a failing schedule is shrunk to the faults that matter', () => {
  const schedule: Schedule = { ...scheduleOf(1), faults: scheduleOf(1).faults.concat(scheduleOf(2).faults) };
  const needed = schedule.faults[2]!;
  const run = (tried: Schedule): ReturnType<typeof runSchedule> => {
    const fails = tried.faults.some((fault) => fault.kind === needed.kind && fault.atMs === needed.atMs);
    const violation = fails ? { oracle: 'test', message: '', atMs: 0 } : null;
    return { ...empty, violation };
  };
  const empty = runSchedule({ ...schedule, faults: [], horizonMs: 5000 });
  const { faults } = shrink(schedule, run);
  expect(faults.map(({ kind }) => kind)).toEqual([needed.kind]);
  expect(faults[0]!.forMs).toBeLessThanOrEqual(200);
});

test(`${SCHEDULES} schedules break no promise, and their faults bite`, { timeout: 900_000 }, async () => {
  const beganMs = performance.now();
  const tally = await runCampaign({ from: 1, schedules: SCHEDULES, threads: 2 });
  console.log(report(tally, performance.now() - beganMs));
  expect(tally.violations.slice(0, 5)).toEqual([]);
  expect(tally.schedules).toBe(SCHEDULES);
  expect(shareOf(tally, 'failovers')).toBeGreaterThan(0.15);
  expect(shareOf(tally, 'promotions')).toBeGreaterThan(0.15);
  expect(shareOf(tally, 'fences')).toBeGreaterThan(0.05);
  expect(shareOf(tally, 'instances taken over by time')).toBeGreaterThan(0.02);
  for (const kind of FAULTS) expect(tally.faults[kind].effective, kind).toBeGreaterThan(SCHEDULES / 4000);
});

function shareOf(tally: Tally, what: string): number {
  return (tally.counts[what]?.schedules ?? 0) / tally.schedules;
}
