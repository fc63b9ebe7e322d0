/** What moves between machines cost: `distanceCost` of assembly/challenge.ts. */
import type { KernelProblem } from '../problem.ts';

export function createDistances(problem: KernelProblem) {
  const { machines, locationOf, neighbourhoodOf, moveCost, moveWeight, costNear, costWithin, costFar } = problem;
  const hasMatrix = moveCost.length > 0;

  /** Weighted, of a process of one machine being on another. */
  return function distanceCost(from: number, to: number): number {
    if (hasMatrix) return moveWeight * moveCost[from * machines + to]!;
    if (from === to) return 0;
    if (locationOf[from] === locationOf[to]) return costNear;
    return neighbourhoodOf[from] === neighbourhoodOf[to] ? costWithin : costFar;
  };
}
