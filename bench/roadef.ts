/*
 * The solver on the machine reassignment problem of the Google/ROADEF 2012 challenge: cost after 1 and 10 s (other times by
 * argument) beside the 2012 winner's and best team's after 300 s on two cores, the best known and a bound. Every answer is
 * judged by the challenge's rules twice: by placement/roadef/check.ts and by check.py beside the data.
 * `--help` has the options.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { startRace } from '../cli/roadef-race.ts';
import { roadefViolations } from '../placement/roadef/check.ts';
import { roadefCost } from '../placement/roadef/cost.ts';
import { failAs, optionsGiven } from '../scripts/command-line.ts';
import { openRoadefFolder } from '../scripts/roadef-folder.ts';
import { median } from './median.ts';
import { type Curve, plot } from './roadef-plot.ts';

const HELP = `node bench/roadef.ts [option...]: the solver on the ROADEF 2012 challenge, beside what others came to

  --data DIR      its files and reference.json; default: ../shared/data/roadef2012
  --time S,...    seconds for each run; default: 1,10
  --seeds N,...   one run for each; the median counts; default: 1
  --threads N     default: 2
  --only NAME,... of the instances; default: all
  --cpu           seconds of processor time of each thread, which a busy machine does not shorten, in place of the wall's
  --report DIR    writes report.md there, with a plot of cost over time for each instance`;

const fail: (message: string) => never = failAs('roadef');

function numbers(option: string, text: string, least: number): number[] {
  return text.split(',').map((one) => {
    const value = Number(one);
    if (one.trim() === '' || !(value >= least)) fail(`--${option}: ${one} is not allowed; it must be ${least} or more`);
    return value;
  });
}

const values = optionsGiven(fail, HELP, {
  data: { type: 'string', default: join(import.meta.dirname, '../../shared/data/roadef2012') },
  time: { type: 'string', default: '1,10' },
  seeds: { type: 'string', default: '1' },
  threads: { type: 'string', default: '2' },
  only: { type: 'string' },
  cpu: { type: 'boolean', default: false },
  report: { type: 'string' },
});
const times = numbers('time', values.time, 0.1);
const seeds = numbers('seeds', values.seeds, 0);
const threads = numbers('threads', values.threads, 1)[0]!;

function openFolder() {
  try {
    return openRoadefFolder(resolve(values.data));
  } catch (error) {
    return fail(`${(error as Error).message}: give the challenge's files with --data`);
  }
}
const folder = openFolder();
const names = values.only?.split(',') ?? folder.names.filter((name) => name in folder.references);
const unknown = names.find((name) => !(name in folder.references && folder.names.includes(name)));
if (unknown !== undefined) fail(`--only: there is no ${unknown}; there are ${folder.names.join(', ')}`);

interface Run {
  readonly cost: number;
  readonly curve: Curve['points'];
}

async function run(name: string, seconds: number, seed: number): Promise<Run> {
  const { model, initial } = folder.read(name);
  const curve: [number, number][] = [[0.01, roadefCost(model, initial, initial).total]];
  const { result } = startRace(model, initial, {
    ...{ seed, threads, budget: { timeMs: seconds * 1000 }, clock: values.cpu ? 'cpu' : 'wall' },
    onProgress: ({ cost, elapsedMs }) => curve.push([elapsedMs / 1000, cost]),
  });
  const { machineOf, cost } = await result;
  curve.push([seconds, cost]);
  const violations = roadefViolations(model, initial, machineOf);
  const verdict = folder.judge(name, machineOf);
  if (violations.length > 0 || roadefCost(model, initial, machineOf).total !== cost || verdict !== String(cost)) {
    throw new Error(`${name}, seed ${seed}: ${cost} is wrong: check.py says ${verdict}; ${violations[0]?.text ?? ''}`);
  }
  return { cost, curve };
}

const percent = (share: number) => `${(share * 100).toFixed(4)} %`;
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};

say(
  `${threads} threads, ${values.cpu ? 'seconds of processor time of each' : 'seconds by the wall'}, ${seeds.length === 1 ? 'one run' : `median of ${seeds.length} runs`} of each time; Node ${process.versions.node}, ${cpus().length} cores. Every answer judged by check.py.\n`,
);
const titles = times.flatMap((time) => [`${time} s`, 'against the winner']);
say(`| instance | initial | ${titles.join(' | ')} | winner 300 s | best team | best known | bound |`);
say(`|---|--:|${titles.map(() => '--:|').join('')}--:|--:|--:|--:|`);
const tally = times.map(() => ({ won: 0, near: 0, best: 0 }));
for (const name of names) {
  const reference = folder.references[name]!;
  const { initial, lowerBound, bestKnown, winner2012at300s: winner, bestOfAll2012Teams } = reference;
  const cells: string[] = [];
  let longest: Run | undefined;
  for (const [t, time] of times.entries()) {
    const runs: Run[] = [];
    for (const seed of seeds) runs.push(await run(name, time, seed));
    const cost = median(runs.map((one) => one.cost));
    longest = runs[0];
    // Of the initial cost: some costs are nearly nothing, and a share of nothing says nothing.
    const behind = (cost - winner) / initial;
    cells.push(`${cost}${behind <= 0 ? ' *' : ''}`, percent(behind));
    tally[t]!.won += behind <= 0 ? 1 : 0;
    tally[t]!.near += behind <= 0.001 ? 1 : 0;
    tally[t]!.best += (cost - bestKnown) / initial <= 0.0001 ? 1 : 0;
  }
  say(
    `| ${name} | ${initial} | ${cells.join(' | ')} | ${winner} | ${bestOfAll2012Teams ?? ''} | ${bestKnown} | ${lowerBound} |`,
  );
  if (values.report !== undefined && longest !== undefined) {
    mkdirSync(values.report, { recursive: true });
    const references = [
      { name: 'winner 2012, 300 s', cost: winner },
      { name: 'best known', cost: bestKnown },
      { name: 'bound', cost: lowerBound },
    ];
    writeFileSync(join(values.report, `${name}.svg`), plot({ title: name, points: longest.curve, references }));
  }
}
say('\n* at or below the winner. Differences are shares of the initial cost.\n');
for (const [t, time] of times.entries()) {
  const { won, near, best } = tally[t]!;
  say(
    `${time} s: at or below the winner's 300 s on ${won} of ${names.length}, within 0.1 % of the initial cost of it on ${near}, within 0.01 % of the best known on ${best}.`,
  );
}
if (values.report !== undefined) {
  const pictures = names.map((name) => `![Cost over time on ${name}](${name}.svg)`).join('\n');
  const text = `# The solver on the ROADEF 2012 challenge\n\n${lines.join('\n')}\n\n## Cost over time\n\nOf the longest run, first seed; both axes logarithmic, cost as what is above the bound.\n\n${pictures}\n`;
  writeFileSync(join(values.report, 'report.md'), text);
}
