/* Proxmox VE's event scripts against our coordinator: each is played, and what came of it compared with what is expected. */
import type { Solver } from '../placement/solver.ts';
import type { PveCase } from './pve-case.ts';
import { type Expected, expectedOf } from './pve-expected.ts';
import { notModelled } from './pve-limits.ts';
import { type Played, play } from './pve-play.ts';
import type { Verdict } from './verdict.ts';

/** Plays one case and says how it went; `milliseconds` is how long the play took here, seconds are simulated. */
export function runPveCase(solver: Solver, one: PveCase): Verdict {
  const startedMs = performance.now();
  const played = play(solver, one);
  const milliseconds = performance.now() - startedMs;
  const expected = expectedOf(one);
  const changes = changesOf(played, one);
  return {
    name: one.name,
    value: [running(played.places)],
    reference: [running(expected.places)],
    moves: [...changes.values()].reduce((sum, count) => sum + count, 0),
    unplaced: [...expected.places].filter(([id, node]) => node !== null && (played.places.get(id) ?? null) === null)
      .length,
    milliseconds,
    figures: { seconds: range(recoverySeconds(played)), theirs: range(one.recoverySeconds) },
    reasons: [
      ...notModelled(one).map((why) => `not modelled: ${why}`),
      ...played.cluster.overlaps,
      ...fenceDifferences(played, expected),
      ...placeDifferences(played, expected),
      ...moveDifferences(changes, expected),
    ],
  };
}

function running(places: ReadonlyMap<string, string | null>): number {
  return [...places.values()].filter((node) => node !== null).length;
}

function changesOf({ cluster, startMs, appsOf }: Played, one: PveCase): Map<string, number> {
  const changes = new Map<string, number>();
  const last = new Map<string, string>();
  for (const { atMs, app, node } of cluster.runs) {
    const id = appsOf.get(app)!;
    const before =
      last.get(id) ??
      (atMs >= startMs && one.crs?.['ha-rebalance-on-start'] === undefined ? one.current[id] : undefined);
    if (before !== undefined && before !== node && atMs >= startMs) changes.set(id, (changes.get(id) ?? 0) + 1);
    last.set(id, node);
  }
  return changes;
}

function fenceDifferences({ cluster }: Played, { fenced }: Expected): readonly string[] {
  const ours = new Set(cluster.powerOffs.map(({ node }) => node));
  return [...ours].filter((node) => !fenced.has(node)).map((node) => `${node} was switched off, which is not expected`);
}

function placeDifferences({ places, deleted }: Played, expected: Expected): readonly string[] {
  return [...expected.places].flatMap(([id, node]) => {
    const ours = places.get(id) ?? null;
    return deleted.has(id) || ours === node ? [] : [`${id} on ${ours ?? 'no node'}, expected ${node ?? 'on none'}`];
  });
}

function moveDifferences(ours: ReadonlyMap<string, number>, { changes }: Expected): readonly string[] {
  return [...ours].flatMap(([id, count]) => {
    const theirs = changes.get(id) ?? 0;
    return count > theirs ? [`${id} came to another node ${count} times, expected ${theirs}`] : [];
  });
}

/** From the fault of a node until each instance that ran there runs elsewhere. */
function recoverySeconds({ cluster, faults }: Played): number[] {
  return cluster.runs.flatMap(({ atMs, app, node }, k) => {
    const before = cluster.runs.slice(0, k).findLast((run) => run.app === app);
    if (before === undefined || before.node === node) return [];
    const fault = faults.get(before.node)?.findLast((moment) => moment >= before.atMs && moment <= atMs);
    return fault === undefined ? [] : [(atMs - fault) / 1000];
  });
}

function range(seconds: readonly number[]): string {
  if (seconds.length === 0) return '-';
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)].map((one) => `${Math.round(10 * one) / 10} s`);
  return least === most ? least! : `${least} to ${most}`;
}
