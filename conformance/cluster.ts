/*
 * Solves a generated cluster within a time and holds the answer against the best known: 100 x highest load + moves, or, where
 * the fewest moves that place everything are proved, those. Nothing may wait that need not, nothing healthy stop.
 */
import { violationsOf } from '../placement/check.ts';
import { isRunning } from '../placement/cost.ts';
import type { Problem } from '../placement/problem.ts';
import { demandOf } from '../placement/rules.ts';
import type { Solver } from '../placement/solver.ts';
import type { Verdict } from './verdict.ts';

export interface Reference {
  readonly best: number | null; // of 100 x highest load + moves, rounded to 0.001
  readonly fewest: { readonly moves: number; readonly unplaced: number } | null;
}

const ROUNDED = 0.0005;
const TIMES_MS = [100, 1000];
const SLICE = 1000; // steps

/** A verdict for each time. */
export function runCluster(solver: Solver, name: string, problem: Problem, reference: Reference): readonly Verdict[] {
  // Where moves are what counts, load only settles which of equals.
  const weights = reference.best === null ? { load: 0.01, imbalance: 0, move: 1 } : problem.weights;
  const asked = { ...problem, weights };
  const began = performance.now();
  const search = solver.begin(asked, 1);
  return TIMES_MS.map((timeMs) => {
    while (performance.now() - began < timeMs && search.run(SLICE).stepsTaken > 0);
    const milliseconds = performance.now() - began;
    const { node, maxLoad, moves, unplaced } = search.best();
    const value = 100 * maxLoad + moves;
    const reasons = violationsOf(asked, node).map((one) => one.text);
    const must = Math.max(reference.fewest?.unplaced ?? 0, leastWaiting(problem));
    if (unplaced.length > must) reasons.push(`${unplaced.length} wait, at least ${must} must`);
    const stopped = unplaced.filter(({ instance }) => isRunning(problem, instance)).length;
    // Where not all find room, one that runs may have to make way for a more important one.
    if (stopped > 0 && must === 0) reasons.push(`${stopped} healthy stopped`);
    const { best, fewest } = reference;
    if (best !== null && value > best + ROUNDED) reasons.push(`${value.toFixed(3)} is above ${best}`);
    if (fewest !== null && moves > fewest.moves) reasons.push(`${moves} moves, ${fewest.moves} suffice`);
    return {
      name: `${name} ${timeMs / 1000} s`,
      value: best === null && fewest !== null ? [moves] : [Number(value.toFixed(3))],
      reference: best !== null ? [best] : fewest !== null ? [fewest.moves] : null,
      moves,
      unplaced: unplaced.length,
      milliseconds,
      reasons,
    };
  });
}

/** How many must wait whatever is done, by what is asked of each resource and what the open nodes have of it together. */
export function leastWaiting(problem: Problem): number {
  return Math.max(
    0,
    ...problem.resources.map((_, r) => {
      const room = problem.nodes
        .filter((node) => node.openness === 'open')
        .reduce((sum, node) => sum + Math.max(0, node.capacity[r]! - node.reserve[r]!), 0);
      const demands = problem.instances.map((_one, i) => demandOf(problem, i)[r]!).sort((x, y) => y - x);
      let excess = demands.reduce((sum, amount) => sum + amount, 0) - room;
      let count = 0;
      while (excess > 0 && count < demands.length) excess -= demands[count++]!;
      return count;
    }),
  );
}
