/* The solver against references from elsewhere: a line per case, last `N of M`. `--help` has the options. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Reference, runCluster } from '../conformance/cluster.ts';
import { BestKnown, ClusterFile, CurrentFile, FewestMoves, poseCluster } from '../conformance/cluster-case.ts';
import { runCase } from '../conformance/pacemaker.ts';
import { PacemakerCase } from '../conformance/pacemaker-case.ts';
import { runPveCase } from '../conformance/pve.ts';
import { PveCase } from '../conformance/pve-case.ts';
import { lineOf, summaryOf, type Verdict } from '../conformance/verdict.ts';
import { loadSolver } from '../placement/solver.ts';
import { failAs, numberOption, optionsGiven, wholeOption } from './command-line.ts';
import { type RoadefRun, runRoadef } from './conformance-roadef.ts';
import { ROOT } from './runtime.mjs';

const HELP = `npm run conformance -- MODE... [option...]: the solver held against references from elsewhere

  --pacemaker [FILE]   recorded cluster states; default: ../shared/data/pacemaker/cases.json
  --pve [FILE]         event scripts for an HA manager; default: ../shared/data/pve/cases.json
  --placement [DIR]    generated clusters; default: ../shared/data/placement
  --fail NODE          a node that is lost in each of them; may be given several times; default: N1
  --roadef [DIR]       the ROADEF 2012 challenge; default: ../shared/data/roadef2012
  --time S             seconds for each of its instances; default: 10
  --seed N             default: 1
  --threads N          default: 2
  --only NAME,...      of its instances, or of the clusters; default: all
  --json               a JSON object per line instead
  --strict             exit code 1 unless all are reproduced
  --help               this`;

const fail: (message: string) => never = failAs('conformance');

/** Input that cannot be used: the person who gave it can mend it. */
class InputError extends Error {}

const BEST_KNOWN = 'best-known.json';
const FEWEST_MOVES = 'tight-minmoves.jsonl';
const MOVES_FAILED = 'N1'; // what its proofs are for
const CURRENT = '.pcmk-initial.json';
const DATA = join(ROOT, '../shared/data');
interface ModeOptions extends Omit<RoadefRun, 'onProgress'> {
  readonly fail: readonly string[];
}
type Report = (verdict: Verdict) => void;
interface Mode {
  readonly standard: string; // path below DATA
  readonly run: (path: string, options: ModeOptions, report: Report) => Promise<void>;
}

const MODES: Readonly<Record<string, Mode>> = {
  pacemaker: { standard: 'pacemaker/cases.json', run: runPacemaker },
  pve: { standard: 'pve/cases.json', run: runPve },
  placement: { standard: 'placement', run: runPlacement },
  roadef: { standard: 'roadef2012', run: runChallenge },
};

async function runPacemaker(file: string, _options: unknown, report: Report): Promise<void> {
  const cases = parse(z.array(PacemakerCase), file, readJson(file));
  const solver = await loadSolver();
  for (const one of cases) report(runCase(solver, one));
}

async function runPve(file: string, _options: unknown, report: Report): Promise<void> {
  const cases = parse(z.array(PveCase), file, readJson(file));
  const solver = await loadSolver();
  for (const one of cases) report(runPveCase(solver, one));
}

/** Every cluster of the folder, with the nodes that failed; its current placement lies beside it, or nothing runs yet. */
async function runPlacement(directory: string, { fail, only }: ModeOptions, report: Report) {
  const solver = await loadSolver();
  const references = readReferences(directory);
  const clusters = readdirSync(directory)
    .filter((name) => name.endsWith('.json') && name !== BEST_KNOWN && !name.endsWith(CURRENT))
    .filter((name) => only === null || only.includes(name.slice(0, -'.json'.length)))
    .sort();
  if (clusters.length === 0) throw new InputError(`there is no cluster in ${directory}`);
  for (const name of clusters) {
    const file = join(directory, name);
    const cluster = parse(ClusterFile, file, readJson(file));
    const beside = file.replace(/\.json$/, CURRENT);
    const hasCurrent = existsSync(beside);
    const current = hasCurrent ? parse(CurrentFile, beside, readJson(beside)) : {};
    const { problem, unknown } = poseCluster(cluster, current, fail);
    const reference = references(cluster.name, fail);
    if (!hasCurrent && (reference.best !== null || reference.fewest !== null))
      throw new InputError(`there is no ${beside}: what is known of ${name} is from where its applications run`);
    if (unknown.length > 0) throw new InputError(`${file}: there is no ${unknown[0]}`);
    for (const verdict of runCluster(solver, cluster.name, problem, reference)) report(verdict);
  }
}

async function runChallenge(directory: string, options: ModeOptions, report: Report): Promise<void> {
  const isLive = process.stderr.isTTY === true;
  const onProgress = (name: string, cost: number, elapsedMs: number) => {
    if (isLive) process.stderr.write(`\r${name}: ${(elapsedMs / 1000).toFixed(0)} s, cost ${cost}\x1b[K`);
  };
  await runRoadef(directory, { ...options, onProgress }, (verdict) => {
    if (isLive) process.stderr.write('\r\x1b[K');
    report(verdict);
  }).catch((cause: Error) => {
    throw new InputError(cause.message);
  });
}

/** What is known of a cluster with these nodes failed. */
function readReferences(directory: string): (name: string, failed: readonly string[]) => Reference {
  const bestFile = join(directory, BEST_KNOWN);
  const best = existsSync(bestFile) ? parse(BestKnown, bestFile, readJson(bestFile)) : [];
  const movesFile = join(directory, FEWEST_MOVES);
  const lines = existsSync(movesFile) ? readFileSync(movesFile, 'utf8').trim().split('\n') : [];
  const moves = lines.map((line, k) =>
    parse(FewestMoves, `${movesFile}:${k + 1}`, parseJson(`${movesFile}:${k + 1}`, line)),
  );
  return (name, failed) => {
    const known = best.find((one) => one.inst === name && [...one.failed].sort().join() === [...failed].sort().join());
    const fewest = moves.find((one) => one.inst === name && one.status === 'Optimal'); // others prove nothing
    const isTheirs = failed.join() === MOVES_FAILED;
    return {
      best: known?.best ?? null,
      fewest: fewest && isTheirs ? { moves: fewest.moves ?? 0, unplaced: fewest.unplaced ?? 0 } : null,
    };
  };
}

function parse<T>(schema: z.ZodType<T>, file: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InputError(`${file}: ${firstIssue(parsed.error)}`);
  return parsed.data;
}

function readJson(file: string): unknown {
  try {
    return parseJson(file, readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot read ${file}: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${where} is not JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'not of the expected form' : `${issue.path.join('.')}: ${issue.message}`;
}

/** A mode may be given without its path, which parseArgs does not know: an empty one stands for the standard one. */
function withPaths(args: readonly string[]): string[] {
  return args.flatMap((arg, k) => {
    const isBare = arg.startsWith('--') && arg.slice(2) in MODES && (args[k + 1] ?? '--').startsWith('--');
    return isBare ? [`${arg}=`] : [arg];
  });
}

function optionsOf(
  values: {
    readonly [name in 'time' | 'seed' | 'threads']: string;
  } & { readonly fail?: string[] | undefined; readonly only?: string | undefined },
): ModeOptions {
  return {
    fail: values.fail ?? ['N1'],
    timeMs: 1000 * numberOption(fail, 'time', values.time, 0.1, 86_400),
    seed: wholeOption(fail, 'seed', values.seed, 0, 2 ** 32 - 1),
    threads: wholeOption(fail, 'threads', values.threads, 1, 64),
    only: values.only?.split(',') ?? null,
  };
}

async function main(): Promise<number> {
  const values = optionsGiven(
    fail,
    HELP,
    {
      ...Object.fromEntries(Object.keys(MODES).map((mode) => [mode, { type: 'string' } as const])),
      fail: { type: 'string', multiple: true },
      time: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
    withPaths(process.argv.slice(2)),
  );
  const given: Readonly<Record<string, unknown>> = values;
  const chosen = Object.entries(MODES).filter(([mode]) => given[mode] !== undefined);
  if (chosen.length === 0)
    throw new InputError(
      `say what to hold against: ${Object.keys(MODES)
        .map((mode) => `--${mode}`)
        .join(', ')}`,
    );
  const verdicts: Verdict[] = [];
  for (const [mode, { standard, run }] of chosen) {
    const path = resolve(String(given[mode]) || join(DATA, standard));
    if (!existsSync(path)) throw new InputError(`--${mode}: there is no ${path}`);
    await run(path, optionsOf(values), (verdict) => {
      verdicts.push(verdict);
      console.log(
        values.json ? JSON.stringify({ mode, ...verdict, ok: verdict.reasons.length === 0 }) : lineOf(verdict),
      );
    });
  }
  console.log(summaryOf(verdicts));
  return values.strict && verdicts.some((one) => one.reasons.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  fail(error.message);
}
