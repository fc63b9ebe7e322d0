/*
 * Real processes under faults: test/chaos. `--help` has the options.
 */

import { type RunResult, runCampaign } from '../test/chaos/campaign.ts';
import { KINDS, type Kind } from '../test/chaos/kinds.ts';
import { INSIDE, lacking, namespaces, raiseLoopback } from '../test/chaos/means.ts';
import { summaryOf, table, targetLines, targets } from '../test/chaos/report.ts';
import { runThrough } from './child.mjs';
import { failAs, optionsGiven, wholeOption } from './command-line.ts';

const HELP = `npm run chaos -- [option...]: real coordinator, broker, agents and applications; faults from a seed

  --runs N        default: each kind once
  --seed S        of the first run; the next one has the next. Default: 1
  --only KIND     this kind alone; may be given several times
  --nodes N       of each cluster; default: 6
  --hold SECONDS  how long faults last that must change nothing; default: by chance, 3 to 60
  --one-cluster   all on one cluster, in order: quick, and its times are no measure
  --keep          keep what clusters wrote down also where nothing was violated
  --json          a line of JSON for each run and one for all
  --help

Kinds:
${KINDS.map(({ name, about }) => `  ${name.padEnd(30)}${about}`).join('\n')}

Exit code 1 when something was violated. Last line: N runs, V violations`;

const fail: (message: string) => never = failAs('chaos');
const values = optionsGiven(fail, HELP, {
  runs: { type: 'string' },
  seed: { type: 'string', default: '1' },
  only: { type: 'string', multiple: true },
  nodes: { type: 'string', default: '6' },
  hold: { type: 'string' },
  'one-cluster': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
});

let whyNot = '';
if (process.env[INSIDE] === undefined) {
  const made = namespaces();
  if ('command' in made) {
    const [program = '', ...args] = [...made.command, process.execPath, ...process.argv.slice(1)];
    process.exit(await runThrough(program, args, { env: { ...process.env, [INSIDE]: '1' } }));
  }
  whyNot = `no namespaces of its own: ${made.why}`;
} else raiseLoopback();

const say = (text: string) => process.stderr.write(`${text}\n`);
const lacks = lacking(whyNot === '', whyNot);
const kinds = chosen(values.only);
const runs = values.runs === undefined ? kinds.length : wholeOption(fail, 'runs', values.runs, 1, 1_000_000);
const results: RunResult[] = [];
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (interrupted) process.exit(130); // a second time: at once; what is left ends with the rack's reaper
    interrupted = true;
    say('ends after this run …');
  });

await runCampaign({
  runs,
  seed: wholeOption(fail, 'seed', values.seed, 0, 2 ** 31 - 1),
  kinds,
  lacks: new Set(lacks.keys()),
  nodes: wholeOption(fail, 'nodes', values.nodes, 4, 50),
  holdMs: values.hold === undefined ? null : 1000 * wholeOption(fail, 'hold', values.hold, 1, 3600),
  oneCluster: values['one-cluster'],
  keep: values.keep,
  onRun: (result) => {
    results.push(result);
    if (values.json) console.log(JSON.stringify(result));
    say(progressOf(result));
  },
  onNote: say,
  stopped: () => interrupted,
});
conclude();

/** The kinds that were asked for. One that cannot be played here is left out with a word, or an error where it was asked for. */
function chosen(only: readonly string[] | undefined): Kind[] {
  const unknown = only?.find((name) => !KINDS.some((kind) => kind.name === name));
  if (unknown !== undefined)
    fail(`--only: ${unknown} is not allowed; it must be one of ${KINDS.map(({ name }) => name).join(', ')}`);
  const wanted = KINDS.filter(({ name }) => only?.includes(name) ?? true);
  const possible = wanted.filter(({ name, needs = [] }) => {
    const why = needs.flatMap((need) => lacks.get(need) ?? []);
    if (why.length === 0) return true;
    if (only) fail(`${name} cannot be played here: ${why.join('; ')}`);
    say(`left out: ${name} (${why.join('; ')})`);
    return false;
  });
  return possible;
}

function progressOf({ run, seed, kind, failovers, crashMs, tookMs, violations, story, folder }: RunResult): string {
  const slowest = Math.max(...failovers.map(({ afterMs }) => afterMs ?? Number.POSITIVE_INFINITY), crashMs ?? 0);
  const what = slowest > 0 ? `, runs again after ${(slowest / 1000).toFixed(2)} s` : '';
  const line = `${run} of ${runs}, seed ${seed}: ${kind}${what}; ${(tookMs / 1000).toFixed(1)} s`;
  if (violations.length === 0) return line;
  return [
    `${line}; VIOLATED`,
    ...story.map((each) => `    ${each}`),
    ...violations.map((each) => `  ! ${each}`),
    `  all of it is in ${folder}`,
  ].join('\n');
}

function conclude(): void {
  const played = KINDS.map(({ name }) => summaryOf(name, results)).filter((summary) => summary.runs > 0);
  const judged = targets(results);
  const violated = results.filter(({ violations }) => violations.length > 0).length;
  if (values.json) console.log(JSON.stringify({ kinds: played, targets: judged }));
  else {
    console.log(table(played));
    const remnants = results.flatMap(({ afterThawMs }) => afterThawMs ?? []);
    if (remnants.length > 0)
      console.log(
        `taken over by their lease from a node that stood still, they acted there for at most ${Math.max(...remnants)} ms when it went on (${remnants.length} times)`,
      );
    console.log('');
    console.log(targetLines(judged));
    for (const { kind, seed, folder } of results.filter(({ folder: kept }) => kept !== null))
      console.log(`violated: ${kind}, --seed ${seed}: ${folder}`);
  }
  console.log(`${results.length} runs, ${violated} violations`);
  if (violated > 0) process.exitCode = 1;
}
