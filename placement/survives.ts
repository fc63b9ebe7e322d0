import type { Problem } from './problem.ts';
import type { Solver } from './solver.ts';

export interface Survival {
  readonly anyNode: boolean; // whichever one node is lost, everything that runs now would run again
  readonly notNode: readonly { readonly node: number; readonly unplacedCount: number }[]; // those whose loss cannot be absorbed
}

/**
 * Whether the loss of any one node could be absorbed from this placement. Those that wait already do not count: `unplacedCount`
 * is how many more would. The budget is per node.
 */
export function survives(
  solver: Solver,
  problem: Problem,
  placement: readonly number[],
  options: { readonly seed: number; readonly steps: number },
): Survival {
  const waitingNow = placement.filter((node) => node < 0).length;
  const notNode = problem.nodes.flatMap((lost, n) => {
    if (lost.openness === 'gone' || !placement.includes(n)) return [];
    const without: Problem = {
      ...problem,
      nodes: problem.nodes.map((node, k) => (k === n ? { ...node, openness: 'gone' } : node)),
      instances: problem.instances.map((one, i) => ({ ...one, home: placement[i]!, pinned: false })),
    };
    const { node } = solver.solve(without, options);
    const unplacedCount = node.filter((at) => at < 0).length - waitingNow;
    return unplacedCount > 0 ? [{ node: n, unplacedCount }] : [];
  });
  return { anyNode: notNode.length === 0, notNode };
}
