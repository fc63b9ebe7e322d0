/*
 * What judging hardware costs the coordinator: CPU time per report through the core's step, and memory per node, at 40 sensors a node.
 *
 *   node --expose-gc bench/health.ts [--nodes 5000] [--rounds 30]
 */
import type { Event } from '../coordinator/core/events.ts';
import { judgeHealth } from '../coordinator/core/health.ts';
import { type HealthTrack, NOTHING_JUDGED } from '../coordinator/core/health-track.ts';
import { DEFAULT_SETTINGS } from '../coordinator/core/settings.ts';
import { initialState, step } from '../coordinator/core/step.ts';
import type { Reading } from '../protocol/reading.ts';
import { failAs, optionsGiven } from '../scripts/command-line.ts';
import { cpuMs } from './cpu-time.ts';

const HELP = 'usage: node --expose-gc bench/health.ts [--nodes 5000] [--rounds 30]';
const fail = failAs('health');
const { nodes: nodesGiven, rounds: roundsGiven } = optionsGiven(fail, HELP, {
  nodes: { type: 'string', default: '5000' },
  rounds: { type: 'string', default: '30' },
});
const nodes = Number(nodesGiven);
const rounds = Number(roundsGiven);
if (!(nodes >= 1 && rounds >= 1)) fail(`--nodes and --rounds must be at least 1\n\n${HELP}`);
const { gc } = globalThis;
if (!gc) fail(`needs --expose-gc\n\n${HELP}`);

const REPORT_MS = 10_000;
const DAY_MS = 86_400_000;

/** 40 sensors as a server has them; all have something to be remembered that can. */
function readingsAt(at: number, node: number): Reading[] {
  const swing = Math.sin((at / DAY_MS) * 2 * Math.PI + node);
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  return [
    ...range(12).map(
      (i): Reading => ({ sensor: `bmc/Temp ${i}`, value: 45 + i + 5 * swing, unit: 'C', level: 'ok', critical: 90 }),
    ),
    ...range(8).map((i): Reading => ({ sensor: `bmc/FAN${i}`, value: 6000, unit: 'RPM', level: 'ok' })),
    ...range(8).map((i): Reading => ({ sensor: `bmc/V${i}`, value: 12, unit: 'V', level: 'ok' })),
    ...range(2).map((i): Reading => ({ sensor: `bmc/PS${i}`, value: 1, unit: 'state', level: 'ok' })),
    ...range(4).map((i): Reading => ({ sensor: `disk/sd${i}/media errors`, value: 0, unit: 'count' })),
    ...range(4).map((i): Reading => ({ sensor: `disk/sd${i}/wear`, value: 10, unit: '%' })),
    ...range(2).map((i): Reading => ({ sensor: `ecc/mc${i}/ce`, value: 3, unit: 'count' })),
  ];
}

function reportOf(node: number, sequence: number, at: number, isWhole: boolean): Event {
  return {
    kind: 'reported',
    at,
    report: {
      v: 1,
      node: `N${node}`,
      bootId: 1,
      sequence,
      term: 1,
      revision: 0,
      instances: [],
      usage: null,
      readings: isWhole ? readingsAt(at, node) : null,
    },
  } as unknown as Event;
}

function hello(node: number): Event {
  const server = { serial: `S${node}`, vendor: '', model: '' };
  const inventory = { os: '', kernel: '', cpuModel: '', cpuCores: 8, memoryBytes: 2 ** 33, disks: [], networks: [] };
  return {
    kind: 'greeted',
    at: 0,
    hello: {
      v: 1,
      node: `N${node}`,
      bootId: 1,
      machineBoot: 'm',
      term: 0,
      revision: 0,
      agentVersion: '1',
      server,
      inventory,
      capacity: { cpu: 8000, memory: 2 ** 33 },
      domain: `D${node}`,
      labels: {},
      guard: false,
      stopBoundMs: 0,
      instances: [],
    },
  } as unknown as Event;
}

/** CPU time of one report through the whole step: nothing else changes. */
function perReportMs(isWhole: boolean): number {
  let [state] = initialState(DEFAULT_SETTINGS, { meta: null, apps: [], nodes: [], slots: [], bindings: [] }, 0, 0);
  for (let node = 0; node < nodes; node++) [state] = step(state, hello(node));
  const sample = Math.min(nodes, 200); // of all nodes, these report
  const events = Array.from({ length: rounds }, (_, round) =>
    Array.from({ length: sample }, (_, node) => reportOf(node, round + 1, 1000 + round * REPORT_MS, isWhole)),
  ).flat();
  for (const event of events.slice(0, sample)) [state] = step(state, event);
  const rest = events.slice(sample);
  const { ms } = cpuMs(() => {
    for (const event of rest) [state] = step(state, event);
  });
  return ms / rest.length;
}

/** CPU time of the judgement alone, and bytes that it keeps of a node after 20 days. */
function judgement(): { readonly ms: number; readonly bytes: number } {
  const sample = 300;
  const judge = (tracks: HealthTrack[], at: number) =>
    tracks.map((track, node) => judgeHealth(DEFAULT_SETTINGS.health, `N${node}`, track, readingsAt(at, node), at));
  gc?.();
  const before = process.memoryUsage().heapUsed;
  let tracks = Array.from({ length: sample }, () => NOTHING_JUDGED);
  for (let at = 0; at < 20 * DAY_MS; at += 3_600_000) tracks = judge(tracks, at);
  gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / sample;
  const reports = Array.from({ length: sample }, (_, node) => readingsAt(20 * DAY_MS, node));
  const { ms } = cpuMs(() => {
    for (let round = 1; round <= rounds; round++)
      tracks = tracks.map((track, node) =>
        judgeHealth(DEFAULT_SETTINGS.health, `N${node}`, track, reports[node] ?? [], 20 * DAY_MS + round * REPORT_MS),
      );
  });
  return { ms: ms / (sample * rounds), bytes };
}

const report = perReportMs(true);
const bare = perReportMs(false);
const { ms, bytes } = judgement();
console.log(`| ${nodes} nodes, 40 sensors each, a report every ${REPORT_MS / 1000} s | |`);
console.log('|--|--:|');
console.log(`| judgement of one report, µs CPU | ${(ms * 1000).toFixed(1)} |`);
console.log(`| all of one report through the core, µs CPU | ${(report * 1000).toFixed(1)} |`);
console.log(`| the same without readings, µs CPU | ${(bare * 1000).toFixed(1)} |`);
console.log(`| judging all reports, share of one CPU | ${((ms * nodes * 100) / REPORT_MS).toFixed(2)} % |`);
console.log(
  `| all reports through the core, share of one CPU | ${((report * nodes * 100) / REPORT_MS).toFixed(2)} % |`,
);
console.log(`| memory kept of one node's hardware after 20 days, KiB | ${(bytes / 1024).toFixed(1)} |`);
console.log(`| of all nodes, MiB | ${((bytes * nodes) / 2 ** 20).toFixed(0)} |`);
