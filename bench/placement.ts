/*
 * The solver on generated clusters, after node N1 fails: objective (100 x highest load + moves) and time; on tight ones,
 * whether everything is placed and with how many moves of healthy instances. Prints the tables of docs/placement.md.
 *
 *   node bench/placement.ts [DIRECTORY]    default: ../shared/data/placement
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Problem } from '../placement/problem.ts';
import { loadSolver } from '../placement/solver.ts';
import { median } from './median.ts';

interface Instance {
  readonly name: string;
  readonly resources: readonly string[];
  readonly nodes: readonly { readonly id: string; readonly cap: Readonly<Record<string, number>> }[];
  readonly apps: readonly {
    readonly id: string;
    readonly demand: Readonly<Record<string, number>>;
    readonly priority: number;
  }[];
  readonly constraints: readonly { readonly type: 'anti' | 'co'; readonly apps: readonly [string, string] }[];
}

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, '../../shared/data/placement'));
if (!existsSync(join(directory, 'best-known.json'))) {
  console.error(`No benchmark data in ${directory}: give the directory that holds best-known.json.`);
  process.exit(2);
}
const read = <T>(name: string): T => JSON.parse(readFileSync(join(directory, name), 'utf8')) as T;

export function toProblem(
  instance: Instance,
  current: Readonly<Record<string, string>>,
  failed: readonly string[],
): Problem {
  const indexOf = new Map(instance.nodes.map((node, n) => [node.id, n]));
  const appOf = new Map(instance.apps.map((app, a) => [app.id, a]));
  const partners = (app: string, type: 'anti' | 'co') =>
    instance.constraints
      .filter((one) => one.type === type && one.apps.includes(app))
      .map((one) => appOf.get(one.apps[0] === app ? one.apps[1] : one.apps[0])!);
  const amounts = (values: Readonly<Record<string, number>>) => instance.resources.map((name) => values[name]!);
  return {
    resources: instance.resources,
    nodes: instance.nodes.map((node) => ({
      name: node.id,
      capacity: amounts(node.cap),
      reserve: instance.resources.map(() => 0),
      domain: node.id,
      labels: {},
      openness: failed.includes(node.id) ? 'gone' : 'open',
    })),
    applications: instance.apps.map((app) => ({
      name: app.id,
      priority: app.priority,
      demand: amounts(app.demand),
      allow: [],
      forbid: [],
      affinity: partners(app.id, 'co'),
      antiAffinity: partners(app.id, 'anti'),
      spread: 'node',
    })),
    instances: instance.apps.map((app, a) => ({
      name: `${app.id}/0`,
      application: a,
      role: 'active',
      home: indexOf.get(current[app.id] ?? '') ?? -1,
      pinned: false,
      unease: 0,
      demand: null,
    })),
    weights: { load: 100, imbalance: 0, move: 1 },
  };
}

const solver = await loadSolver();

/** Objective at each of the given times, in one run. */
function race(problem: Problem, seed: number, timesMs: readonly number[]) {
  const began = performance.now();
  const search = solver.begin(problem, seed);
  const firstMs = performance.now() - began;
  const results = timesMs.map((timeMs) => {
    while (performance.now() - began < timeMs) search.run(1000);
    const { maxLoad, moves, unplaced, steps, node } = search.best();
    return { objective: 100 * maxLoad + moves, moves, waiting: unplaced.length, steps, node };
  });
  return { firstMs, results };
}

const TIMES_MS = [0, 100, 1000];
const SEEDS = [1, 2, 3];
const best = read<{ inst: string; failed: string[]; best: number; bound: number }[]>('best-known.json');
console.log('| cluster | failed | best known | bound | first | 0.1 s | 1 s | steps in 1 s | first answer, ms |');
console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|');
for (const { inst, failed, best: known, bound } of best) {
  const problem = toProblem(read(`${inst}.json`), read(`${inst}.pcmk-initial.json`), failed);
  const runs = SEEDS.map((seed) => race(problem, seed, TIMES_MS));
  const at = TIMES_MS.map((_, t) => median(runs.map((run) => run.results[t]!.objective)).toFixed(2));
  const steps = median(runs.map((run) => run.results[2]!.steps));
  const firstMs = median(runs.map((run) => run.firstMs)).toFixed(1);
  console.log(
    `| ${inst} | ${failed.join() || '-'} | ${known} | ${bound} | ${at.join(' | ')} | ${steps} | ${firstMs} |`,
  );
}

const fewest = new Map(
  readFileSync(join(directory, 'tight-minmoves.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { inst: string; status: string; moves: number; unplaced: number })
    .filter((one) => one.status === 'Optimal') // the others ran out of time and prove nothing
    .map((one) => [one.inst, one]),
);
console.log(
  '\n| tight cluster, N1 failed | waiting after 0.1 s, 1 s | proved fewest | moves after 0.1 s, 1 s | proved fewest |',
);
console.log('|---|--:|--:|--:|--:|');
const tight = readdirSync(directory)
  .filter((name) => /^tight.*\d\.json$/.test(name))
  .sort();
for (const file of tight) {
  const name = file.replace('.json', '');
  const instance = toProblem(read(file), read(`${name}.pcmk-initial.json`), ['N1']);
  // What counts here is that all run, with few moves.
  const problem = { ...instance, weights: { load: 0.01, imbalance: 0, move: 1 } };
  const { results } = race(problem, 1, [100, 1000]);
  const known = fewest.get(name);
  const waiting = results.map((one) => one.waiting).join(', ');
  const moves = results.map((one) => one.moves).join(', ');
  console.log(`| ${name} | ${waiting} | ${known?.unplaced ?? ''} | ${moves} | ${known?.moves ?? ''} |`);
}

const large = toProblem(read('g1000x5000-s42.json'), {}, []);
const placed = race(large, 1, [0]);
const homes = placed.results[0]!.node;
const failing = {
  ...large,
  nodes: large.nodes.map((node, n) => (n === 0 ? { ...node, openness: 'gone' as const } : node)),
  instances: large.instances.map((one, i) => ({ ...one, home: homes[i]! })),
};
const after = race(failing, 1, [0]);
console.log(
  `\n1,000 nodes, 5,000 instances: placed from nothing in ${placed.firstMs.toFixed(0)} ms (${placed.results[0]!.waiting} wait);`,
);
console.log(
  `after one node fails, first answer in ${after.firstMs.toFixed(0)} ms (${after.results[0]!.waiting} wait, ${after.results[0]!.moves} moves).`,
);
