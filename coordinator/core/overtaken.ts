import type { Solution } from '../../placement/problem.ts';
import { appOf, type InstanceId, type NodeName } from '../../protocol/ids.ts';
import { bindingsOf } from './bindings.ts';
import { isOpen } from './problem.ts';
import type { Solve, State } from './state.ts';

/** Where the solver has put one. */
export interface Place {
  readonly instance: InstanceId;
  readonly from: NodeName | null;
  readonly to: NodeName;
}

/** Of the `i`th of those that it was asked about; null: nowhere. */
export function placeOf({ names, homes }: Solve, { node }: Solution, i: number): Place | null {
  const to = names.nodes[node[i] ?? -1];
  return to === undefined ? null : { instance: names.instances[i]!, from: names.nodes[homes[i] ?? -1] ?? null, to };
}

/** Of an answer to how things were: the places of what was to start or move, is as it was then, and goes where something may still be started. */
export function whatHolds(state: State, solve: Solve, solution: Solution): Place[] {
  return solve.names.instances.flatMap((instance, i) => {
    const place = placeOf(solve, solution, i);
    if (!place || place.from === place.to) return [];
    const app = appOf(instance);
    const bindings = bindingsOf(state, instance);
    const isHere =
      bindings.length === (place.from === null ? 0 : 1) && bindings.every(({ record }) => record.node === place.from);
    const to = state.nodes.get(place.to);
    const isAsThen = state.apps.get(app) === solve.apps.get(app) && isHere;
    return isAsThen && to !== undefined && isOpen(state, to) ? [place] : [];
  });
}
