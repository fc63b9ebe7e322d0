import { Cluster } from './cluster.ts';
import { beginFault, endFault, healAll } from './faults.ts';
import { hasSettled, whatIsMissing } from './liveness.ts';
import { roll } from './random.ts';
import { type FaultKind, faultText, type Schedule } from './schedule.ts';
import { Violation } from './violation.ts';

export interface Outcome {
  readonly violation: { readonly oracle: string; readonly message: string; readonly atMs: number } | null;
  readonly hash: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly settledAfterMs: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly injected: ReadonlyMap<FaultKind, number>;
  readonly effective: ReadonlyMap<FaultKind, number>;
  readonly lines: readonly string[];
}

/** After healing, everything must run again within this time. */
const SETTLE_MS = 75_000;
const LOOK_MS = 500;
/** In one schedule of so many it is watched whether anything moves once all is well. */
const WATCHED = 25;
const COOL_MS = 70_000; // beyond the pause between moves that are only for the better
const QUIET_MS = 20_000;

export function runSchedule(schedule: Schedule, keepsLines = false): Outcome {
  const cluster = new Cluster(schedule, keepsLines);
  const { timeline, trouble, oracles } = cluster;
  let violation: Outcome['violation'] = null;
  let settledAfterMs = 0;
  for (const fault of schedule.faults) {
    timeline.in(fault.atMs, () => {
      timeline.mark(fault.kind, fault.node, () => `-- ${faultText(fault)}`);
      trouble.begin(fault);
      beginFault(cluster, fault);
    });
    timeline.in(Math.min(fault.atMs + fault.forMs, schedule.horizonMs), () => {
      timeline.mark('over', fault.node, () => `-- over: ${faultText(fault)}`);
      trouble.end(fault);
      endFault(cluster, fault);
    });
  }
  try {
    timeline.run(schedule.horizonMs);
    timeline.mark('healed', 0, () => '-- healed');
    healAll(cluster);
    settledAfterMs = settle(cluster, schedule);
    if (schedule.seed % WATCHED === 0) staysQuiet(cluster);
  } catch (error) {
    // a failed assertion of the core is as much a finding as an oracle's word
    const oracle = error instanceof Violation ? error.oracle : 'error';
    const message = error instanceof Violation ? error.message : String((error as Error).stack ?? error);
    violation = { oracle, message, atMs: Math.round(timeline.now) };
  }
  return {
    violation,
    hash: timeline.hash >>> 0,
    events: timeline.events,
    simulatedMs: timeline.now,
    settledAfterMs,
    counts: oracles.counts,
    injected: trouble.injected,
    effective: trouble.effective,
    lines: timeline.lines ?? [],
  };
}

function settle(cluster: Cluster, schedule: Schedule): number {
  const { timeline } = cluster;
  for (const end = schedule.horizonMs + SETTLE_MS; timeline.now < end; ) {
    timeline.run(timeline.now + LOOK_MS);
    if (hasSettled(cluster)) return timeline.now - schedule.horizonMs;
  }
  throw new Violation('liveness', `${SETTLE_MS / 1000} s after healing: ${whatIsMissing(cluster)}`);
}

/** L3: nothing moves any more once all is well and the last voluntary move's cool-down is over. */
function staysQuiet(cluster: Cluster): void {
  const { timeline, oracles } = cluster;
  timeline.run(timeline.now + COOL_MS + 5000 * roll(cluster.seed, 'quiet'));
  const before = oracles.counts.get('starts') ?? 0;
  timeline.run(timeline.now + QUIET_MS);
  const after = oracles.counts.get('starts') ?? 0;
  if (after > before || !hasSettled(cluster))
    throw new Violation('quiet', `${after - before} starts although all is well; ${whatIsMissing(cluster)}`);
}
