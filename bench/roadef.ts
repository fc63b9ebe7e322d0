/*
 * The solver on the machine reassignment problem of the Google/ROADEF 2012 challenge: cost after 1 and 10 s (other times by
 * argument) beside the 2012 winner's and best team's after 300 s on two cores, the best known and a bound. Every answer is
 * judged by the challenge's rules twice: by placement/roadef/check.ts and by check.py beside the data.
 *
 *   node bench/roadef.ts [--data DIRECTORY] [--time 1,10] [--seeds 1] [--threads 2] [--only a1_1,b_9] [--cpu] [--report DIRECTORY]
 *
 * With --cpu the time is each thread's own on a processor, which a busy machine does not shorten.
 * A report is a table (report.md) and a plot of cost over time for each instance. Data by default: ../shared/data/roadef2012
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { startRace } from '../cli/roadef-race.ts';
import { roadefViolations } from '../placement/roadef/check.ts';
import { roadefCost } from '../placement/roadef/cost.ts';
import { readAssignment, readModel } from '../placement/roadef/read.ts';
import { assignmentText } from '../placement/roadef/write.ts';
import { type Curve, plot } from './roadef-plot.ts';

interface Reference {
  readonly initial: number;
  readonly lowerBound: number;
  readonly bestKnown: number;
  readonly winner2012at300s: number;
  readonly bestOfAll2012Teams: number | null;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(import.meta.dirname, '../../shared/data/roadef2012') },
    time: { type: 'string', default: '1,10' },
    seeds: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string' },
    cpu: { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});
const data = resolve(values.data);
if (!existsSync(join(data, 'reference.json'))) {
  console.log(`No ROADEF data in ${data}: nothing measured. Give the folder that holds reference.json with --data.`);
  process.exit(0);
}
const references = JSON.parse(readFileSync(join(data, 'reference.json'), 'utf8')) as Record<string, Reference>;
const names = values.only?.split(',') ?? Object.keys(references);
const times = values.time.split(',').map(Number);
const seeds = values.seeds.split(',').map(Number);
const threads = Number(values.threads);
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-roadef-'));

/** check.py's verdict on an answer: its cost, or what is wrong. */
function judge(model: string, initial: string, machineOf: Int32Array): string {
  const answer = join(folder, 'answer.txt');
  writeFileSync(answer, assignmentText(machineOf));
  try {
    return execFileSync('python3', [join(data, 'check.py'), '--quiet', model, initial, answer], {
      encoding: 'utf8',
    }).trim();
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error).trim();
  }
}

interface Run {
  readonly cost: number;
  readonly curve: Curve['points'];
}

async function run(name: string, seconds: number, seed: number): Promise<Run> {
  const plain = (kind: string) => {
    const file = join(folder, `${kind}.txt`);
    writeFileSync(file, gunzipSync(readFileSync(join(data, `${kind}_${name}.txt.gz`))));
    return file;
  };
  const files = { model: plain('model'), initial: plain('assignment') };
  const model = readModel(readFileSync(files.model), files.model);
  const initial = readAssignment(readFileSync(files.initial), files.initial, model);
  const curve: [number, number][] = [[0.01, roadefCost(model, initial, initial).total]];
  const { result } = startRace(model, initial, {
    ...{ seed, threads, budget: { timeMs: seconds * 1000 }, clock: values.cpu ? 'cpu' : 'wall' },
    onProgress: ({ cost, elapsedMs }) => curve.push([elapsedMs / 1000, cost]),
  });
  const { machineOf, cost } = await result;
  curve.push([seconds, cost]);
  const violations = roadefViolations(model, initial, machineOf);
  const verdict = judge(files.model, files.initial, machineOf);
  if (violations.length > 0 || roadefCost(model, initial, machineOf).total !== cost || verdict !== String(cost)) {
    throw new Error(`${name}, seed ${seed}: ${cost} is wrong: check.py says ${verdict}; ${violations[0]?.text ?? ''}`);
  }
  return { cost, curve };
}

const median = (of: readonly number[]) => [...of].sort((a, b) => a - b)[of.length >> 1]!;
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
  const reference = references[name];
  if (reference === undefined) throw new Error(`${name} is not in reference.json`);
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
rmSync(folder, { recursive: true });
