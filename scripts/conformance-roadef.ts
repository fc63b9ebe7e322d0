import { startRace } from '../cli/roadef-race.ts';
import type { Verdict } from '../conformance/verdict.ts';
import { roadefViolations } from '../placement/roadef/check.ts';
import { roadefCost } from '../placement/roadef/cost.ts';
import { openRoadefFolder, type Reference, type RoadefFolder } from './roadef-folder.ts';

export interface RoadefRun {
  readonly timeMs: number;
  readonly seed: number;
  readonly threads: number;
  readonly only: readonly string[] | null; // names; null for all
  /** Called now and then while a case is solved. */
  readonly onProgress: (name: string, cost: number, elapsedMs: number) => void;
}

/**
 * Every case of a folder, solved for so long. One counts when its answer keeps every rule, as check.py and ours judge, and costs at
 * most what the winner of 2012 had after 300 seconds; where that is not known, when it costs at most what the first one did.
 */
export async function runRoadef(folder: string, run: RoadefRun, report: (verdict: Verdict) => void): Promise<void> {
  const cases = openRoadefFolder(folder);
  const unknown = run.only?.find((name) => !cases.names.includes(name));
  if (unknown !== undefined)
    throw new Error(`there is no ${unknown} in ${folder}; there are ${cases.names.join(', ')}`);
  for (const name of run.only ?? cases.names) report(await runOne(cases, name, run));
}

async function runOne(cases: RoadefFolder, name: string, run: RoadefRun): Promise<Verdict> {
  const { model, initial } = cases.read(name);
  const reference = cases.references[name];
  const first = roadefCost(model, initial, initial).total;
  const { seed, threads, timeMs } = run;
  const { result } = startRace(model, initial, {
    ...{ seed, threads, budget: { timeMs } },
    onProgress: ({ cost, elapsedMs }) => run.onProgress(name, cost, elapsedMs),
  });
  const { machineOf, cost, elapsedMs } = await result;
  const most = reference?.winner2012at300s ?? first;
  const said = cases.judge(name, machineOf);
  const own = roadefCost(model, initial, machineOf).total;
  const reasons = [
    ...roadefViolations(model, initial, machineOf, 5).map((one) => one.text),
    ...(own === cost ? [] : [`the solver counts ${cost}, cost.ts ${own}`]),
    ...(said === null || said === String(cost) ? [] : [`check.py says: ${said}`]),
    ...(cost <= most ? [] : [`${cost} is above ${most}, by ${percent((cost - most) / first)} of the initial cost`]),
  ];
  return {
    ...{ name, value: [cost], reference: reference === undefined ? null : [most], reasons },
    ...{ moves: roadefCost(model, initial, machineOf).moves, unplaced: 0, milliseconds: elapsedMs },
    figures: { ...(reference && figuresOf(cost, reference)), judge: said === null ? 'ours alone' : 'check.py' },
  };
}

function figuresOf(cost: number, { bestKnown, lowerBound, initial }: Reference) {
  return { 'best known': bestKnown, 'above it': percent((cost - bestKnown) / initial), bound: lowerBound };
}

const percent = (share: number) => `${(100 * share).toFixed(4)} %`;
