import type { Outcome } from './run.ts';
import { FAULTS, type FaultKind } from './schedule.ts';

/** What a number of schedules came to: plain data, which threads send each other. */
export interface Tally {
  schedules: number;
  events: number;
  simulatedMs: number;
  /** How often something happened, and in how many schedules. */
  readonly counts: Record<string, { times: number; schedules: number }>;
  readonly faults: Record<FaultKind, { injected: number; effective: number }>;
  readonly violations: { seed: number; oracle: string; message: string }[];
  longestSettleMs: number;
}

export function emptyTally(): Tally {
  const faults = Object.fromEntries(FAULTS.map((kind) => [kind, { injected: 0, effective: 0 }]));
  return {
    schedules: 0,
    events: 0,
    simulatedMs: 0,
    counts: {},
    faults: faults as Tally['faults'],
    violations: [],
    longestSettleMs: 0,
  };
}

export function addOutcome(tally: Tally, seed: number, outcome: Outcome): void {
  tally.schedules++;
  tally.events += outcome.events;
  tally.simulatedMs += outcome.simulatedMs;
  for (const [what, times] of outcome.counts) addCount(tally, what, times, 1);
  const gone = ['instances failed over', 'instances taken over by time'];
  if (gone.some((what) => outcome.counts.has(what))) addCount(tally, 'failovers', 1, 1);
  for (const kind of FAULTS) {
    tally.faults[kind].injected += outcome.injected.get(kind) ?? 0;
    tally.faults[kind].effective += outcome.effective.get(kind) ?? 0;
  }
  tally.longestSettleMs = Math.max(tally.longestSettleMs, outcome.settledAfterMs);
  const { violation } = outcome;
  if (violation) tally.violations.push({ seed, oracle: violation.oracle, message: violation.message });
}

export function addTally(sum: Tally, more: Tally): void {
  sum.schedules += more.schedules;
  sum.events += more.events;
  sum.simulatedMs += more.simulatedMs;
  for (const [what, { times, schedules }] of Object.entries(more.counts)) addCount(sum, what, times, schedules);
  for (const kind of FAULTS) {
    sum.faults[kind].injected += more.faults[kind].injected;
    sum.faults[kind].effective += more.faults[kind].effective;
  }
  sum.longestSettleMs = Math.max(sum.longestSettleMs, more.longestSettleMs);
  sum.violations.push(...more.violations);
}

function addCount(tally: Tally, what: string, times: number, schedules: number): void {
  const count = tally.counts[what] ?? { times: 0, schedules: 0 };
  tally.counts[what] = { times: count.times + times, schedules: count.schedules + schedules };
}
