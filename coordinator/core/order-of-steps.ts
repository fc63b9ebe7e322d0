import { type OrderedPlan, orderedPlan, type PlanOptions } from '../../placement/plan/ordered-plan.ts';
import type { Problem } from '../../placement/problem.ts';
import type { AppName, InstanceId } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf } from './bindings.ts';
import { mayInterrupt, movesAtOnce } from './budgets.ts';
import { type PosedProblem, poseProblem } from './problem.ts';
import type { State } from './state.ts';

/*
 * The order in which steps would be taken. The executor needs none while it can go on: it asks when moves wait for each other's room,
 * and people ask what would happen.
 */

/** What placement leaves free may be used while something moves, as the executor does (fitsNow). */
export function withoutReserve(problem: Problem): Problem {
  const nodes = problem.nodes.map((node) => ({ ...node, reserve: node.reserve.map(() => 0) }));
  return { ...problem, nodes };
}

/** How the executor carries steps out, for an instance of a problem by its index. */
export function stepOptions(state: State, { instances, applications }: Problem): PlanOptions {
  return {
    movesAtOnce: state.settings.maxConcurrentMoves,
    movesPerApplication: (a) => {
      const spec = state.apps.get(applications[a]!.name as AppName)?.spec;
      return spec ? movesAtOnce(spec) : 1;
    },
    stopsFirst: (i) => state.apps.get(appOf(instances[i]!.name as InstanceId))?.spec.move === 'stop-first',
  };
}

export interface StepsFromHere {
  readonly plan: OrderedPlan;
  readonly names: PosedProblem['names'];
}

/**
 * From what really runs to the targets. Who moves already, or is on a node that is not heard, stays; whatever else is on a node,
 * such as what still has to stop there, holds its room. Only who must move may be stopped for it, and nobody takes two detours to one
 * target.
 */
export function stepsFromHere(state: State): StepsFromHere {
  const { problem, names } = poseProblem(state, { purpose: 'what-if' });
  const nodeIndex = new Map(names.nodes.map((node, n) => [node, n]));
  const target = names.instances.map((instance, i) => {
    const wanted = state.targets.get(instance)?.node;
    const home = problem.instances[i]!.home;
    if (wanted !== undefined) return nodeIndex.get(wanted) ?? home;
    return state.waiting.has(instance) ? -1 : home;
  });
  const free = roomBesideHomes(state, problem, names);
  const posed: Problem = {
    ...problem,
    nodes: withoutReserve(problem).nodes.map((node, n) => ({ ...node, capacity: free[n]! })),
    instances: problem.instances.map((one, i) => {
      const isMoving = bindingsOf(state, names.instances[i]!).length > 1;
      return isMoving ? { ...one, pinned: true } : one;
    }),
  };
  const targetOf = (i: number) => state.targets.get(names.instances[i]!);
  const plan = orderedPlan(posed, target, {
    ...stepOptions(state, posed),
    mayStop: (i) => mayStop(state, names.instances[i]!),
    mayDetour: (i) => targetOf(i)?.detour === undefined,
  });
  return { plan, names };
}

/** Who must move may be stopped for it, as far as its budget lets it. */
function mayStop(state: State, instance: InstanceId): boolean {
  const target = state.targets.get(instance);
  const spec = state.apps.get(appOf(instance))?.spec;
  if (target?.forced !== true || !spec) return false;
  return target.voluntary !== true || mayInterrupt(state, spec, instance);
}

/** Capacity of each node less what is held there by anything but instances that the problem has at home there. */
function roomBesideHomes(state: State, problem: Problem, names: PosedProblem['names']): number[][] {
  const homes = new Map(problem.instances.map(({ home }, i) => [names.instances[i]!, names.nodes[home]]));
  const held = new Map(names.nodes.map((node, n) => [node, problem.nodes[n]!.capacity.map(() => 0)]));
  for (const { record } of state.bindings.values()) {
    if (record.wanted && homes.get(record.instance) === record.node) continue;
    const amounts = held.get(record.node);
    problem.resources.forEach((resource, r) => {
      if (amounts) amounts[r]! += record.demand[resource] ?? 0;
    });
  }
  return names.nodes.map((node, n) =>
    problem.nodes[n]!.capacity.map((amount, r) => Math.max(0, amount - held.get(node)![r]!)),
  );
}
