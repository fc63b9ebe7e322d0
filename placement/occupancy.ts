import type { Problem } from './problem.ts';
import { antiAffinities, couldStay, demandOf } from './rules.ts';

/** What is on one node. */
export interface Tenants {
  readonly list: readonly number[]; // instances
  readonly used: readonly number[]; // per resource, of what they demand
  readonly strangers: number; // those that are not at home there
}

/** A placement seen from its nodes: made once for all questions about it. */
export interface Occupancy {
  readonly problem: Problem;
  readonly at: readonly number[];
  readonly tenants: readonly Tenants[]; // per node
  readonly anti: readonly (readonly number[])[]; // per application
  readonly movedByChoice: number; // instances elsewhere that could have stayed at home
  readonly show: ShowAmount;
}

/** An amount of a resource, as it is shown in a reason. */
export type ShowAmount = (resource: string, amount: number) => string;
const plainly: ShowAmount = (_, amount) => `${amount}`;

export function occupancyOf(problem: Problem, placement: readonly number[], show = plainly): Occupancy {
  const lists: number[][] = problem.nodes.map(() => []);
  for (const [i, node] of placement.entries()) if (node >= 0) lists[node]!.push(i);
  return {
    problem,
    at: placement,
    tenants: lists.map((list, n) => tenantsOf(problem, n, list)),
    anti: antiAffinities(problem),
    movedByChoice: placement.filter((node, i) => movesByChoice(problem, i, node)).length,
    show,
  };
}

export function tenantsOf(problem: Problem, node: number, list: readonly number[]): Tenants {
  const used = problem.resources.map(() => 0);
  let strangers = 0;
  for (const i of list) {
    if (problem.instances[i]!.home !== node) strangers++;
    const demand = demandOf(problem, i);
    for (let r = 0; r < used.length; r++) used[r]! += demand[r]!;
  }
  return { list, used, strangers };
}

/** Whether an instance that is on the node, or nowhere with -1, has left a home where it could have stayed for another. */
export function movesByChoice(problem: Problem, instance: number, node: number): boolean {
  return node >= 0 && node !== problem.instances[instance]!.home && couldStay(problem, instance);
}
