/* Proxmox VE's event scripts against our coordinator: each is played, and what came of it compared with what is expected. */
import type { Solver } from '../placement/solver.ts';
import type { Run } from './failover/cluster.ts';
import type { PveCase } from './pve-case.ts';
import { type Expected, expectedOf } from './pve-expected.ts';
import { notModelled } from './pve-limits.ts';
import { type Played, play } from './pve-play.ts';
import { isAsGood, type Places } from './pve-worth.ts';
import type { Verdict } from './verdict.ts';

/** Plays one case and says how it went; `milliseconds` is how long the play took here, seconds are simulated. */
export function runPveCase(solver: Solver, one: PveCase): Verdict {
  const startedMs = performance.now();
  const played = play(solver, one);
  const milliseconds = performance.now() - startedMs;
  const expected = expectedOf(one);
  const changes = changesOf(played, expected);
  const moves = [...changes.values()].reduce((sum, count) => sum + count, 0);
  const differences = [...placeDifferences(played, expected), ...moveDifferences(changes, expected)];
  const isAsGoodAs = differences.length > 0 && isAsGood(one, expected, played.places, moves);
  return {
    name: one.name,
    value: [running(played.places, played.deleted)],
    reference: [running(expected.places, played.deleted)],
    moves,
    unplaced: missing(played, expected),
    milliseconds,
    figures: {
      seconds: range(recoverySeconds(played)),
      theirs: range(one.recoverySeconds),
      ...(isAsGoodAs && { answer: 'another one, as good' }),
    },
    reasons: [
      ...notModelled(one, expected).map((why) => `not modelled: ${why}`),
      ...played.cluster.overlaps,
      ...fenceDifferences(played, expected, one),
      ...(isAsGoodAs ? [] : differences),
    ],
  };
}

function running(places: Places, deleted: ReadonlySet<string>): number {
  return [...places].filter(([id, node]) => node !== null && !deleted.has(id)).length;
}

function missing({ places, deleted }: Played, expected: Expected): number {
  const wanted = [...expected.places].filter(([id, node]) => node !== null && !deleted.has(id));
  return wanted.filter(([id]) => (places.get(id) ?? null) === null).length;
}

/** How often each service came to another node since the case began, but for recoveries from nodes that are to be fenced. */
function changesOf({ cluster, startMs, appsOf, faults }: Played, { fenced }: Expected): Map<string, number> {
  const changes = new Map<string, number>();
  const last = new Map<string, Run>();
  for (const run of cluster.runs) {
    const before = last.get(run.app);
    last.set(run.app, run);
    if (before === undefined || before.node === run.node || run.atMs < startMs) continue;
    if (fenced.has(before.node) && faultBetween(faults, before, run) !== undefined) continue;
    const id = appsOf.get(run.app)!;
    changes.set(id, (changes.get(id) ?? 0) + 1);
  }
  return changes;
}

/** When the node where it ran before was cut off or went down, if it was. */
function faultBetween(faults: Played['faults'], before: Run, after: Run): number | undefined {
  return faults.get(before.node)?.findLast((moment) => moment >= before.atMs && moment <= after.atMs);
}

/** Nodes are to be switched off that are cut off; one that goes down by itself is proved off by its BMC. */
function fenceDifferences({ cluster }: Played, { fenced }: Expected, { commands }: PveCase): readonly string[] {
  const ours = new Set(cluster.powerOffs.map(({ node }) => node));
  const cutOff = [...fenced].filter((node) => commands.flat().includes(`network ${node} off`));
  return [
    ...[...ours].filter((node) => !fenced.has(node)).map((node) => `${node} was switched off, which is not expected`),
    ...cutOff.filter((node) => !ours.has(node)).map((node) => `${node} was not switched off, which is expected`),
  ];
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
    return count > theirs ? [`${id} was moved ${count} times, expected ${theirs}`] : [];
  });
}

/** From the fault of a node until each instance that ran there runs elsewhere. */
function recoverySeconds({ cluster, faults }: Played): number[] {
  return cluster.runs.flatMap((run, k) => {
    const before = cluster.runs.slice(0, k).findLast(({ app }) => app === run.app);
    if (before === undefined || before.node === run.node) return [];
    const fault = faultBetween(faults, before, run);
    return fault === undefined ? [] : [(run.atMs - fault) / 1000];
  });
}

function range(seconds: readonly number[]): string {
  if (seconds.length === 0) return '-';
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)].map((one) => `${Math.round(10 * one) / 10} s`);
  return least === most ? least! : `${least} to ${most}`;
}
