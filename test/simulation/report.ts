import { FAULTS } from './schedule.ts';
import type { Tally } from './tally.ts';

/** What a campaign came to, for people; the last line is `N schedules, V violations`. */
export function report(tally: Tally, tookMs: number): string {
  const seconds = tookMs / 1000;
  const percent = (part: number) => `${((100 * part) / Math.max(1, tally.schedules)).toFixed(1)} %`.padStart(8);
  const counts = Object.entries(tally.counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, { times, schedules }]) => `  ${what.padEnd(30)}${String(times).padStart(10)}${percent(schedules)}`);
  const faults = FAULTS.map((kind) => {
    const { injected, effective } = tally.faults[kind];
    return `  ${kind.padEnd(30)}${String(injected).padStart(10)}${String(effective).padStart(10)}`;
  });
  return [
    `${'what happened'.padEnd(32)}${'times'.padStart(10)}  of schedules`,
    ...counts,
    `${'fault'.padEnd(32)}${'injected'.padStart(10)}${'effective'.padStart(10)}`,
    ...faults,
    `${(tally.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${tally.events} events in ${seconds.toFixed(1)} s: ` +
      `${Math.round(tally.schedules / seconds)} schedules and ${Math.round(tally.events / seconds)} events per second; ` +
      `longest time to settle after healing ${(tally.longestSettleMs / 1000).toFixed(1)} s`,
    ...tally.violations.slice(0, 20).map(({ seed, message }) => `seed ${seed}: ${message}`),
    `${tally.schedules} schedules, ${tally.violations.length} violations`,
  ].join('\n');
}
