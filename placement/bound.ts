import { leaveCost, stayCost } from './cost.ts';
import { gainInSoft } from './node-cost.ts';
import type { Problem } from './problem.ts';
import { loadOf } from './rules.ts';

/**
 * What no placement of all instances can be below, of the last level of cost alone, in the unit of the weights: load as if all open
 * nodes were one and all that is at home on others stayed there, every instance where it costs least to be by itself, every
 * wish met.
 */
export function softBound(problem: Problem): number {
  const { nodes, instances, applications, weights } = problem;
  const isOpen = (node: number) => nodes[node]?.openness === 'open';
  const highest = problem.resources.map((_, r) => {
    const capacity = nodes.reduce((sum, node, n) => sum + (isOpen(n) ? node.capacity[r]! : 0), 0);
    const demand = instances.reduce((sum, { home }, i) => {
      const mayStayElsewhere = home >= 0 && !isOpen(home) && nodes[home]!.openness !== 'gone';
      return sum + (mayStayElsewhere ? 0 : loadOf(problem, i)[r]!);
    }, 0);
    return capacity === 0 ? 0 : demand / capacity;
  });
  const load = Math.floor(Math.min(4, Math.max(0, ...highest)) * 1e6) * Math.round(weights.load * 1000);
  const gains = applications.map((one) =>
    [...(one.prefer ?? []), ...(one.near ?? [])].reduce(
      (sum, { gain }) => sum + gainInSoft(problem, Math.max(0, gain)),
      0,
    ),
  );
  const alone = instances.reduce((sum, { application, home }, i) => {
    const stay = home >= 0 && nodes[home]!.openness !== 'gone' ? stayCost(problem, i) : Infinity;
    return sum + Math.min(stay, leaveCost(problem, i)) - gains[application]!;
  }, 0);
  return (load + alone) / 1e9;
}
