import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Survey } from '../../coordinator/core/events.ts';
import { survivalText } from '../../coordinator/core/survival-text.ts';
import { breachesOf } from '../../placement/breaches.ts';
import { isRunning } from '../../placement/cost.ts';
import { PlacementError } from '../../placement/error.ts';
import { type NamedPlan, namedPlan } from '../../placement/plan/named.ts';
import { orderedPlan } from '../../placement/plan/ordered-plan.ts';
import type { Problem, Solution } from '../../placement/problem.ts';
import { validateProblem } from '../../placement/validate.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import { clean } from '../clean-text.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, wholeNumber } from '../numbers.ts';
import { planText } from '../plan-text.ts';
import { gapText, progressLine } from '../search-progress.ts';
import { readProblem, withFailed } from '../solve-file.ts';
import { type Cell, table } from '../table.ts';
import { print, printJson, say, width } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

interface Options {
  readonly seed: number;
  readonly steps?: number;
  readonly fail?: string[];
  readonly maxMoves?: number;
  readonly json?: boolean;
  readonly survives?: boolean;
  readonly roadef?: boolean;
  readonly out?: string;
  readonly time?: number;
  readonly threads: number;
}

const MOST_STEPS = 2 ** 30;
const DEFAULT_STEPS = 200_000;
const DEFAULT_SECONDS = 60;
const DEFAULT_THREADS = 2;
const MOST_TEXT = 500_000_000; // characters: about as much as a string can hold
const MOST_BREACHES = 20; // told of; --json has all

export function addSolve(program: Command): void {
  program
    .command('solve')
    .summary('solve a placement problem from a file')
    .description(
      'Solves a placement problem from a JSON file; no coordinator is needed. The same seed and steps give the same answer on every machine. Ends with exit code 1 when not everything could be placed.',
    )
    .argument(
      '<file>',
      'a problem as placement/problem.ts has it, or {nodes, apps, constraints, current}; - reads standard input',
    )
    .argument('[assignment]', 'with --roadef: where the processes are')
    .option('--seed <n>', 'seed of the search', wholeNumber(0, 2 ** 32 - 1), 1)
    .option(
      '--steps <n>',
      `steps of the search, of each thread (default: ${DEFAULT_STEPS})`,
      wholeNumber(0, MOST_STEPS),
    )
    .option('--fail <node>', 'as if this node were lost; may be given again', collect)
    .option(
      '--max-moves <n>',
      'of the instances that could stay where they run, at most so many move',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--survives', 'also say which loss of a node or failure domain the answer would survive')
    .option('--json', 'print JSON')
    .option('--roadef', 'the files are a model and an assignment of the ROADEF 2012 challenge, plain or gzip')
    .option('-o, --out <file>', 'with --roadef: where to write the answer; gzip when it ends in .gz')
    .option(
      '--time <s>',
      `seconds to search, instead of steps; such an answer does not repeat (default with --roadef: ${DEFAULT_SECONDS})`,
      wholeNumber(1, 1_000_000),
    )
    .option('--threads <n>', 'threads, each with a seed of its own', wholeNumber(1, 64), DEFAULT_THREADS)
    .addHelpText(
      'after',
      examples(
        'evenkeel solve cluster.json',
        'evenkeel solve cluster.json --fail N1 --steps 1000000 --json',
        'evenkeel solve --roadef model.txt.gz assignment.txt.gz -o answer.txt --time 300',
      ),
    )
    .action(async (file: string, assignment: string | undefined, options: Options) => {
      if (options.roadef) return await roadef(file, assignment, options);
      refuseWithoutRoadef(assignment, options);
      const source = file === '-' ? 'standard input' : file;
      const read = readProblem(await readText(file), source);
      const limited = options.maxMoves === undefined ? read : { ...read, maxMoves: options.maxMoves };
      const problem = withFailed(limited, options.fail ?? []);
      requireValid(problem, source);
      const answer = await search(problem, options);
      const plan = namedPlan(problem, orderedPlan(problem, answer.solution.node));
      if (options.json) printJson(solutionJson(problem, answer, plan));
      else print(solutionText(problem, answer, plan));
      if (answer.solution.unplaced.length > 0) process.exitCode = EXIT.failed;
    });
}

/** What only makes sense for the challenge's files is more likely a mistake than a wish. */
function refuseWithoutRoadef(assignment: string | undefined, { out }: Options): void {
  const given = { 'a second file': assignment, '--out': out };
  for (const [what, value] of Object.entries(given)) {
    if (value !== undefined) throw new OperatingError('REQUEST_INVALID', `${what} goes only with --roadef`);
  }
}

async function roadef(model: string, assignment: string | undefined, options: Options): Promise<void> {
  const { out, seed, threads } = options;
  if (assignment === undefined || out === undefined)
    throw new OperatingError(
      'REQUEST_INVALID',
      '--roadef takes two files and -o: evenkeel solve --roadef MODEL ASSIGNMENT -o OUT',
    );
  const foreign = { '--fail': options.fail, '--max-moves': options.maxMoves, '--survives': options.survives };
  for (const [what, value] of Object.entries(foreign)) {
    if (value !== undefined) throw new OperatingError('REQUEST_INVALID', `${what} does not go with --roadef`);
  }
  const { solveRoadef } = await import('../solve-roadef.ts');
  const budget = budgetOf(options, { timeMs: DEFAULT_SECONDS * 1000 });
  const answer = await solveRoadef(model, assignment, { out, seed, threads, budget });
  const { cost, bound, initialCost, parts, memoryBytes, isInterrupted } = answer;
  const elapsedMs = Math.round(answer.elapsedMs);
  if (options.json) {
    const { total: _, moves, ...costs } = parts;
    printJson({
      ...{ cost, bound, initialCost, costs, moves, seed, threads, steps: answer.steps, elapsedMs, memoryBytes },
      interrupted: isInterrupted,
      out,
    });
    return;
  }
  print(
    [
      `cost ${cost} (${gapText(cost, bound)}; it was ${initialCost}), ${parts.moves} ${parts.moves === 1 ? 'process' : 'processes'} moved`,
      `load ${parts.load}, balance ${parts.balance}, process moves ${parts.processMove}, service moves ${parts.serviceMove}, machine moves ${parts.machineMove}`,
      `seed ${seed}, ${threads} threads, ${answer.steps} steps, ${elapsedMs} ms${isInterrupted ? ', interrupted' : ''}; written to ${out}`,
    ].join('\n'),
  );
}

async function readText(file: string): Promise<string> {
  if (file !== '-')
    return await readFile(file, 'utf8').catch((cause: Error) => {
      throw new OperatingError('FILE_UNREADABLE', `cannot read ${file}: ${cause.message}`, { cause });
    });
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > MOST_TEXT)
      throw new OperatingError('REQUEST_INVALID', `standard input holds more than the ${MOST_TEXT} characters allowed`);
  }
  return text;
}

type Budget = { readonly steps: number } | { readonly timeMs: number };

function budgetOf({ steps, time }: Options, otherwise: Budget): Budget {
  if (steps !== undefined && time !== undefined)
    throw new OperatingError('REQUEST_INVALID', '--steps and --time are two ways to end a search: give one');
  if (steps !== undefined) return { steps };
  return time === undefined ? otherwise : { timeMs: time * 1000 };
}

interface SearchAnswer {
  readonly solution: Solution;
  readonly threads: number;
  readonly elapsedMs: number;
  readonly isInterrupted: boolean;
  readonly survival: Survey | null; // null where it was not asked
}

/** Ctrl-C ends the search, with the best so far. */
async function search(problem: Problem, options: Options): Promise<SearchAnswer> {
  const { seed, threads } = options;
  const budget = budgetOf(options, { steps: DEFAULT_STEPS });
  const { openSolver } = await import('../../coordinator/shell/solver-client.ts');
  const solver = openSolver({ threads });
  const progress = progressLine();
  const interruption = new AbortController();
  void untilInterrupted().then(() => interruption.abort());
  if ('timeMs' in budget)
    say(`${problem.nodes.length} nodes, ${problem.instances.length} instances; searching (Ctrl-C: the best so far)`);
  try {
    const { signal } = interruption;
    const { solution, tookMs } = await solver.solve(problem, { seed, budget, onProgress: progress.show, signal });
    progress.end();
    const survival = options.survives ? await solver.survey(solvedAs(problem, solution)) : null;
    return { solution, threads, elapsedMs: tookMs, isInterrupted: signal.aborted, survival };
  } finally {
    progress.end();
    await solver.close();
  }
}

/** Everything at home where the answer has it. */
function solvedAs(problem: Problem, { node }: Solution): Problem {
  return { ...problem, instances: problem.instances.map((one, i) => ({ ...one, home: node[i]!, pinned: false })) };
}

function requireValid(problem: Problem, source: string): void {
  try {
    validateProblem(problem);
  } catch (cause) {
    if (!(cause instanceof PlacementError)) throw cause;
    throw new OperatingError('REQUEST_INVALID', `${source}: ${cause.message}`, { cause });
  }
}

function solutionJson(
  problem: Problem,
  { solution, threads, elapsedMs, isInterrupted, survival }: SearchAnswer,
  plan: NamedPlan,
): object {
  const nameOf = (index: number | undefined) => problem.nodes[index ?? -1]?.name ?? null;
  const { cost, maxLoad, moves, seed, steps } = solution;
  const stopped = stoppedOf(problem, solution).length;
  return {
    placement: Object.fromEntries(problem.instances.map(({ name }, i) => [name, nameOf(solution.node[i])])),
    unplaced: solution.unplaced.map(({ instance, reasons }) => ({
      instance: problem.instances[instance]!.name,
      reasons,
    })),
    breaches: breachesOf(problem, solution.node, showQuantity),
    ...{ cost, maxLoad, moves, stopped, plan, seed, threads, steps },
    ...{ elapsedMs: Math.round(elapsedMs), interrupted: isInterrupted },
    ...(survival !== null && { survives: { ...survival, text: survivalText(survival) } }),
  };
}

/** Instances that run and would have to stop, with nowhere to go. */
function stoppedOf(problem: Problem, { unplaced }: Solution): readonly number[] {
  return unplaced.flatMap(({ instance }) => (isRunning(problem, instance) ? [instance] : []));
}

function solutionText(
  problem: Problem,
  { solution, threads, elapsedMs, isInterrupted, survival }: SearchAnswer,
  plan: NamedPlan,
): string {
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'NODE', shrinkTo: 6 },
    ...problem.resources.map((resource) => ({ title: resource.toUpperCase(), ...right })),
    { title: 'RUNS', ...right },
    { title: 'INSTANCES', shrinkTo: 20 },
  ];
  const onNode = Map.groupBy(problem.instances.keys(), (i) => solution.node[i]!);
  const rows = problem.nodes.map((node, n): Cell[] => {
    const here = (onNode.get(n) ?? []).map((i) => problem.instances[i]!);
    const loads = problem.resources.map((_, r) => {
      const used = here.reduce(
        (sum, each) => sum + (each.demand ?? problem.applications[each.application]!.demand)[r]!,
        0,
      );
      const capacity = node.capacity[r]!;
      return capacity === 0 ? null : `${Math.round((used / capacity) * 100)}%`;
    });
    const name = node.openness === 'open' ? node.name : `${node.name} (${node.openness})`;
    return [name, ...loads, here.length, here.map((each) => each.name).join(' ') || null];
  });
  const stopped = new Set(stoppedOf(problem, solution));
  const waiting = solution.unplaced.map(({ instance, reasons }) => {
    const { name, home } = problem.instances[instance]!;
    const makesWay = `has to stop on ${problem.nodes[home]?.name}, where its place is needed, and waits`;
    return `${clean(name)} ${stopped.has(instance) ? makesWay : 'waits'}: ${reasons.map(clean).join('; ')}\n`;
  });
  const breaches = breachesOf(problem, solution.node, showQuantity);
  const told = breaches.slice(0, MOST_BREACHES).map((breach) => `${clean(breach)}.\n`);
  if (breaches.length > told.length) told.push(`… and ${breaches.length - told.length} more\n`);
  const placed = problem.instances.length - solution.unplaced.length;
  return [
    table(columns, rows, width()),
    waiting.length > 0 ? `\n${waiting.join('')}` : '',
    told.length > 0 ? `\nIt was so before, and nothing better was found:\n${told.join('')}` : '',
    planText(plan, width()),
    `\n${placed} of ${problem.instances.length} instances placed, ${solution.moves} moved${stopped.size > 0 ? `, ${stopped.size} stopped that ran` : ''}. Highest load ${(solution.maxLoad * 100).toFixed(1)}%, cost ${solution.cost.toFixed(3)}; seed ${solution.seed}, ${threads} threads, ${solution.steps} steps, ${Math.round(elapsedMs)} ms${isInterrupted ? ', interrupted' : ''}.\n`,
    survival === null || placed === 0 ? '' : `The cluster then ${clean(survivalText(survival))}.\n`,
  ].join('');
}
