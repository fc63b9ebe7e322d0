import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { endOwn, readyOf, startOwn, unlessItEnds } from '../cli/own-program.ts';
import { failAs, optionsGiven, wholeOption } from '../scripts/command-line.ts';
import { ROOT } from '../scripts/runtime.mjs';
import { PASSWORD, startSimulator } from '../test/hw/ipmi/bmc-simulator.ts';
import {
  type Contestant,
  collectd,
  emptyNode,
  findProgram,
  naiveAgent,
  nodeExporter,
  ourAgent,
  type Stage,
} from './agent/contestants.ts';
import { type TreeUse, useOf } from './agent/process-tree.ts';
import { steadySlope } from './agent/steady-slope.ts';
import { median } from './median.ts';

/*
 * What an agent takes of its machine, beside other agents in the same run: the table in docs/hardware.md. A coordinator with its
 * embedded broker gives leases and receipts as in a cluster; a simulated BMC answers on loopback. Memory and CPU time are those of
 * the process and all below it. CPU time and memory hold on a busy machine, the times of the wall clock do not.
 */

const HELP = `usage: npm run build && node bench/agent.ts [options]
  --interval MS   between two reports, default 10000
  --settle S      before anything is counted, default 20
  --seconds S     counted, default 60
  --rounds N      of the whole, medians are shown, default 1
  --loop          one more row: the agent with its event loop watched, which costs CPU time
  --only TEXT     only contestants whose name holds it
  --flag=FLAG     a flag of Node for our agent, beside its own; can be given several times
  --json          figures instead of a table

whether it is steady, with 100 times the usual reports, in an hour:
  node bench/agent.ts --only 'Evenkeel agent, no BMC' --interval 100 --settle 600 --seconds 3000`;
const fail = failAs('bench/agent');
const options = optionsGiven(fail, HELP, {
  interval: { type: 'string', default: '10000' },
  settle: { type: 'string', default: '20' },
  seconds: { type: 'string', default: '60' },
  rounds: { type: 'string', default: '1' },
  loop: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  flag: { type: 'string', multiple: true, default: [] },
  json: { type: 'boolean', default: false },
});
const intervalMs = wholeOption(fail, 'interval', options.interval, 100, 600_000);
const settleMs = 1000 * wholeOption(fail, 'settle', options.settle, 1, 3600);
const countedMs = 1000 * wholeOption(fail, 'seconds', options.seconds, 1, 86_400);
const rounds = wholeOption(fail, 'rounds', options.rounds, 1, 100);
if (!existsSync(join(ROOT, 'dist/evenkeel.js'))) fail('dist/evenkeel.js is missing: run "npm run build" first');
/** Spread over the cycles, as children come and go. */
const LEAST_LOOKS = 9;
const LOOK_MS = 5000;
/** A program that is started again has reported by then. */
const AGAIN_MS = 20_000;
const say = (text: string) => console.error(text);

interface Figures extends TreeUse {
  readonly cpuSPerMinute: number;
  /** Once it has settled; null where it was not watched for long enough. */
  readonly anonymousMiBPerHour: number | null;
  readonly firstReportMs: number | null;
  /** Started again in the same folder; null where nothing is kept. */
  readonly firstAgainMs: number | null;
  /** Of one message with readings: the largest, and the one in the middle once it runs. */
  readonly largestBytes: number;
  readonly medianBytes: number;
}

const directory = mkdtempSync(join(tmpdir(), 'ek-agent-'));
const loopFile = join(directory, 'loop.json');
const bmc = findProgram('ipmi_sim') ? await startSimulator(join(directory, 'bmc'), 'SN-1') : null;
if (!bmc) say('(no BMC: ipmi_sim is not installed; Debian package openipmi)');
mkdirSync(join(directory, 'coordinator'));
const coordinatorConfig = join(directory, 'coordinator.yaml');
writeFileSync(
  coordinatorConfig,
  JSON.stringify({
    cluster: 'bench',
    stateDir: join(directory, 'coordinator'),
    mqtt: { host: '127.0.0.1', port: 0 },
    http: { port: 0 },
  }),
);
const coordinator = startOwn('coordinator', coordinatorConfig, join(directory, 'coordinator.log'));
try {
  const ready = await unlessItEnds(coordinator, readyOf(coordinator), 30_000);
  const stage: Stage = {
    directory,
    mqttUrl: ready.mqtt,
    intervalMs,
    heartbeatMs: 1000,
    bmc: bmc && { port: bmc.port, password: PASSWORD },
  };
  const given: [string, Contestant | null][] = [
    ['', emptyNode(1)],
    ['', emptyNode(2)],
    ['', ourAgent(stage, 'Evenkeel agent', 'N1', options.flag)],
    ['', ourAgent({ ...stage, bmc: null }, 'Evenkeel agent, no BMC', 'N2', options.flag)],
    ['', options.loop ? watchedAgent(stage) : null],
    ['', naiveAgent(stage)],
    ['collectd-core', collectd(stage)],
    ['prometheus-node-exporter', nodeExporter(await freePort())],
  ];
  const rows: { name: string; figures: Figures }[] = [];
  for (const [debianPackage, contestant] of given) {
    if (contestant === null) {
      if (debianPackage !== '') say(`(left out, not installed: Debian package ${debianPackage})`);
      continue;
    }
    if (!contestant.name.includes(options.only)) continue;
    const all: Figures[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`${contestant.name}, round ${round} of ${rounds}`);
      all.push(await measure(contestant, stage));
    }
    rows.push({ name: contestant.name, figures: mediansOf(all) });
  }
  if (existsSync(loopFile)) {
    const { p99Ms, mostMs } = JSON.parse(readFileSync(loopFile, 'utf8'));
    say(`a timer of the main thread comes late by ${p99Ms.toFixed(1)} ms (99 %), at most ${mostMs.toFixed(1)} ms`);
  }
  console.log(options.json ? JSON.stringify(rows, null, 2) : tableOf(rows));
} finally {
  await endOwn(coordinator, 5000);
  await bmc?.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Says what it has seen when it ends. */
function watchedAgent(at: Stage): Contestant {
  const preload = `--import=${join(ROOT, 'bench/agent/loop-delay.mjs')}`;
  const agent = ourAgent(at, 'Evenkeel agent, its event loop watched', 'N3', [preload]);
  return { ...agent, env: { ...agent.env, LOOP_AFTER_MS: String(settleMs), LOOP_FILE: loopFile } };
}

/** Everything of one round; of a program of ours also how soon it reports when it is started again. */
async function measure(contestant: Contestant, stage: Stage): Promise<Figures> {
  const figures = await watch(contestant, stage);
  return contestant.isOurs
    ? { ...figures, firstAgainMs: (await watch(contestant, stage, true)).firstReportMs }
    : figures;
}

async function watch(contestant: Contestant, stage: Stage, onlyStart = false): Promise<Figures> {
  const client = await mqtt.connectAsync(stage.mqttUrl);
  const sizes: number[] = [];
  let firstMs: number | null = null;
  const from = performance.now();
  client.on('message', (topic, payload) => {
    if (!contestant.report?.test(topic)) return;
    firstMs ??= performance.now() - from;
    sizes.push(payload.length);
  });
  await client.subscribeAsync('#');
  const started = performance.now() - from;
  const child = spawn(contestant.argv[0]!, contestant.argv.slice(1), {
    stdio: 'ignore',
    env: { ...process.env, ...contestant.env },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let scraper: NodeJS.Timeout | null = null;
  try {
    if (contestant.scrape) {
      const url = contestant.scrape;
      scraper = setInterval(() => void scrape(url, sizes), stage.intervalMs);
    }
    await delay(onlyStart ? Math.min(settleMs, AGAIN_MS) : settleMs);
    const [before, beganMs, seen] = [useOf(child.pid!), performance.now(), sizes.length];
    const looks: (TreeUse & { readonly atMs: number })[] = [];
    const count = onlyStart ? 1 : Math.max(LEAST_LOOKS, Math.floor(countedMs / LOOK_MS));
    for (let look = 1; look <= count; look++) {
      await delay(onlyStart ? 0 : countedMs / count);
      looks.push({ ...useOf(child.pid!), atMs: performance.now() });
    }
    const minutes = (performance.now() - beganMs) / 60_000;
    assertLives(child, contestant);
    const middle = (value: (use: TreeUse) => number) => median(looks.map(value));
    const steady = sizes.slice(seen);
    return {
      rssMiB: middle((use) => use.rssMiB),
      pssMiB: middle((use) => use.pssMiB),
      anonymousMiB: middle((use) => use.anonymousMiB),
      processes: middle((use) => use.processes),
      threads: middle((use) => use.threads),
      cpuS: looks.at(-1)!.cpuS,
      anonymousMiBPerHour: steadySlope(looks.map(({ atMs, anonymousMiB }) => ({ atMs, mib: anonymousMiB }))),
      cpuSPerMinute: (looks.at(-1)!.cpuS - before.cpuS) / minutes,
      firstReportMs: firstMs === null ? null : firstMs - started,
      firstAgainMs: null,
      largestBytes: Math.max(0, ...sizes),
      medianBytes: steady.length > 0 ? median(steady) : 0,
    };
  } finally {
    if (scraper) clearInterval(scraper);
    child.kill('SIGTERM');
    await ended;
    await client.endAsync(true);
  }
}

function assertLives(child: ChildProcess, { name, argv }: Contestant): void {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`${name} ended with ${child.signalCode ?? child.exitCode}: ${argv.join(' ')}`);
}

async function scrape(url: string, sizes: number[]): Promise<void> {
  try {
    sizes.push((await (await fetch(url)).arrayBuffer()).byteLength);
  } catch (error) {
    say(`${url}: ${(error as Error).message}`);
  }
}

function mediansOf(all: readonly Figures[]): Figures {
  const middle = (value: (figures: Figures) => number) => median(all.map(value));
  const middleOf = (value: (figures: Figures) => number | null) => {
    const told = all.map(value).filter((each) => each !== null);
    return told.length > 0 ? median(told) : null;
  };
  return {
    rssMiB: middle((one) => one.rssMiB),
    pssMiB: middle((one) => one.pssMiB),
    anonymousMiB: middle((one) => one.anonymousMiB),
    processes: middle((one) => one.processes),
    threads: middle((one) => one.threads),
    cpuS: middle((one) => one.cpuS),
    cpuSPerMinute: middle((one) => one.cpuSPerMinute),
    anonymousMiBPerHour: middleOf((one) => one.anonymousMiBPerHour),
    firstReportMs: middleOf((one) => one.firstReportMs),
    firstAgainMs: middleOf((one) => one.firstAgainMs),
    largestBytes: middle((one) => one.largestBytes),
    medianBytes: middle((one) => one.medianBytes),
  };
}

function tableOf(rows: readonly { name: string; figures: Figures }[]): string {
  const lines = rows.map(({ name, figures: one }) => {
    const cells = [
      one.rssMiB.toFixed(1),
      one.pssMiB.toFixed(1),
      one.anonymousMiB.toFixed(1),
      one.anonymousMiBPerHour?.toFixed(1) ?? '',
      `${one.processes} / ${one.threads}`,
      one.cpuSPerMinute.toFixed(3),
      [one.firstReportMs, one.firstAgainMs].flatMap((ms) => (ms === null ? [] : [(ms / 1000).toFixed(2)])).join(' / '),
      one.largestBytes === 0 ? '' : `${one.largestBytes} / ${one.medianBytes}`,
    ];
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  return [
    '| | RSS MiB | PSS MiB | anonymous MiB | more an hour | processes / threads | CPU s a minute | first readings s: at first / again | bytes of a message: most / median |',
    '| --- | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...lines,
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
