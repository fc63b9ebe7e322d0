import type { Occupancy } from './occupancy.ts';
import { demandOf, roomOn } from './rules.ts';
import { unitsOf } from './units.ts';

/** Of which resource the solver's units are too coarse, in words, for an instance that would just fit; null where they are not. */
export type Barely = (instance: number, node: number) => string | null;

/** Asked of nodes that nothing else keeps the instance off: whether it also fits as the solver counts, demand rounded up and room down. */
export function barelyFits({ problem, tenants, at, show }: Occupancy): Barely {
  const { sizes, down, up } = unitsOf(problem);
  if (sizes.every((size) => size === 1)) return () => null;
  const room = problem.nodes.map((node) => down(roomOn(node)));
  const held = tenants.map(({ list }) => sumOf(list.map((i) => up(demandOf(problem, i)))));
  return (instance, node) => {
    // what is at home among its own is no question of room
    if (at[instance] === node || (problem.instances[instance]!.home === node && tenants[node]!.strangers === 0))
      return null;
    const needs = up(demandOf(problem, instance));
    const r = room[node]!.findIndex((amount, k) => (held[node]![k] ?? 0) + needs[k]! > amount);
    return r < 0 ? null : `${problem.resources[r]} in units of ${show(problem.resources[r]!, sizes[r]!)}`;
  };
}

function sumOf(rows: readonly (readonly number[])[]): readonly number[] {
  const [first, ...others] = rows;
  return others.reduce<readonly number[]>((sum, row) => sum.map((amount, r) => amount + row[r]!), first ?? []);
}
