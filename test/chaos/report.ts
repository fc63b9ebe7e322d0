import type { RunResult } from './campaign.ts';

/* What a campaign came to, as a table for people and as values. */

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Nearest rank; null of nothing. */
export function spreadOf(valuesMs: readonly number[]): Spread | null {
  if (valuesMs.length === 0) return null;
  const sorted = [...valuesMs].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1) };
}

export interface KindSummary {
  readonly kind: string;
  readonly runs: number;
  readonly violations: number; // runs with one
  readonly overlaps: number;
  readonly fences: number;
  readonly needlessFences: number;
  readonly moves: number;
  readonly restarts: number;
  readonly leaseStops: number;
  readonly changes: number; // accepted
  readonly lostChanges: number; // or doubled
  readonly promoted: Spread | null;
  readonly started: Spread | null;
  readonly crash: Spread | null;
  readonly runMs: number; // on average
}

/** Until something acted elsewhere; what never did has no time, and is a violation. */
function spreadBy(by: 'promoted' | 'started', results: readonly RunResult[]): Spread | null {
  const failovers = results.flatMap((result) => result.failovers.filter((one) => one.by === by));
  return spreadOf(failovers.flatMap(({ afterMs }) => afterMs ?? []));
}

export function summaryOf(kind: string, results: readonly RunResult[]): KindSummary {
  const of = results.filter((result) => result.kind === kind);
  const sum = (value: (result: RunResult) => number) => of.reduce((total, each) => total + value(each), 0);
  return {
    kind,
    runs: of.length,
    violations: of.filter(({ violations }) => violations.length > 0).length,
    overlaps: sum(({ overlaps }) => overlaps),
    fences: sum(({ fences }) => fences),
    needlessFences: sum(({ needlessFences }) => needlessFences),
    moves: sum(({ moves }) => moves),
    restarts: sum(({ restarts }) => restarts),
    leaseStops: sum(({ leaseStops }) => leaseStops),
    changes: sum(({ changes }) => changes?.accepted ?? 0),
    lostChanges: sum(({ changes }) => (changes ? changes.lost + changes.doubled : 0)),
    promoted: spreadBy('promoted', of),
    started: spreadBy('started', of),
    crash: spreadOf(of.flatMap(({ crashMs }) => (crashMs === null ? [] : [crashMs]))),
    runMs: of.length === 0 ? 0 : sum(({ tookMs }) => tookMs) / of.length,
  };
}

const s = (ms: number) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
const spread = (value: Spread | null) =>
  value ? `${s(value.p50Ms)}/${s(value.p99Ms)}/${s(value.maxMs)} (${value.count})` : '';
const HEADER = [
  'kind',
  'runs',
  'bad',
  'overlaps',
  'fences',
  'moves',
  'restarts',
  'by lease',
  'changes',
  'lost',
  'promoted, s',
  'started, s',
  'run, s',
];

/** A line per kind that was played. Times are p50/p99/max, and of how many. */
export function table(summaries: readonly KindSummary[]): string {
  const rows = summaries.map((one) => [
    one.kind,
    String(one.runs),
    String(one.violations),
    String(one.overlaps),
    one.needlessFences > 0 ? `${one.fences} (${one.needlessFences} needless)` : String(one.fences),
    String(one.moves),
    String(one.restarts),
    String(one.leaseStops),
    String(one.changes),
    String(one.lostChanges),
    spread(one.promoted),
    spread(one.started ?? one.crash),
    s(one.runMs),
  ]);
  const widths = HEADER.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [HEADER, ...rows].map(line).join('\n');
}

export interface TargetResult {
  readonly target: string;
  readonly measured: string;
  /** null: nothing was measured. */
  readonly met: boolean | null;
}

/** Those whose BMC has to switch them off. */
const SWITCHED_OFF = ['node-hung', 'agent-frozen', 'agent-gone'];
const MUST_CHANGE_NOTHING = ['half-cut-off', 'coordinator-frozen', 'broker-frozen'];

/** The times and counts that are promised, against what was measured with the product's own settings. */
export function targets(results: readonly RunResult[]): TargetResult[] {
  const among = (kinds: readonly string[]) => results.filter(({ kind }) => kinds.includes(kind));
  const times = (kinds: readonly string[], by: 'promoted' | 'started') => spreadBy(by, among(kinds));
  const within = (target: string, value: Spread | null, p50S: number, p99S: number | null): TargetResult => ({
    target,
    measured: value
      ? `p50 ${s(value.p50Ms)} s, p99 ${s(value.p99Ms)} s, max ${s(value.maxMs)} s of ${value.count}`
      : 'not played',
    met: value && value.p50Ms < p50S * 1000 && (p99S === null || value.p99Ms < p99S * 1000),
  });
  const none = (
    target: string,
    kinds: readonly string[] | null,
    count: (result: RunResult) => number,
  ): TargetResult => {
    const counted = kinds ? among(kinds) : results;
    const sum = counted.reduce((total, each) => total + count(each), 0);
    return {
      target,
      measured: counted.length === 0 ? 'not played' : `${sum} in ${counted.length} runs`,
      met: counted.length === 0 ? null : sum === 0,
    };
  };
  const crashes = spreadOf(results.flatMap(({ crashMs }) => (crashMs === null ? [] : [crashMs])));
  return [
    none('overlaps of one slot: 0', null, ({ overlaps }) => overlaps),
    within(
      'hung or killed, switched off by its BMC: started elsewhere p50 < 8 s, p99 < 15 s',
      times(SWITCHED_OFF, 'started'),
      8,
      15,
    ),
    within('the same, standby promoted: p50 < 6 s', times(SWITCHED_OFF, 'promoted'), 6, null),
    within('power lost: started elsewhere p50 < 3 s, p99 < 5 s', times(['node-power-lost'], 'started'), 3, 5),
    within('the same, standby promoted: p50 < 2 s', times(['node-power-lost'], 'promoted'), 2, null),
    {
      ...within('application crashed: runs again < 2 s', crashes, 2, null),
      met: crashes && crashes.maxMs < 2000,
    },
    none(
      'coordinator killed: restarts of applications (policy keep) 0',
      ['coordinator-killed'],
      ({ restarts }) => restarts,
    ),
    none(
      'half cut off, broker or coordinator frozen: fences and moves 0',
      MUST_CHANGE_NOTHING,
      ({ fences, moves }) => fences + moves,
    ),
    none('accepted changes lost or doubled: 0', null, ({ changes }) => (changes ? changes.lost + changes.doubled : 0)),
  ];
}

export function targetLines(judged: readonly TargetResult[]): string {
  const width = Math.max(...judged.map(({ target }) => target.length));
  return judged
    .map(
      ({ target, measured, met }) =>
        `${met === null ? '      ' : met ? 'met   ' : 'missed'}  ${target.padEnd(width)}  ${measured}`,
    )
    .join('\n');
}
