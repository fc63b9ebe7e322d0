import type { AppName, InstanceId } from '../../protocol/ids.ts';
import type { AppSpec, Budget } from '../../protocol/spec.ts';
import { actualOf, bindingsOf, bindingsOfApp, isReady, slotsOf } from './bindings.ts';
import type { Binding, Node, State } from './state.ts';

/*
 * What an application must keep while it is disturbed for somebody's convenience: maintenance, levelling, performance. Nothing of
 * this holds back recovery from a failure.
 */

export function budgetOf(spec: AppSpec): Budget {
  return spec.budget ?? { minAvailable: 0, maxMoving: 1 };
}

/** Instances that may be between two nodes at the same time: one at least, since a budget that allows none is told of, not waited for. */
export function movesAtOnce(spec: AppSpec): number {
  const { minAvailable, maxMoving } = budgetOf(spec);
  if (spec.move !== 'stop-first') return maxMoving;
  return Math.max(1, Math.min(maxMoving, spec.replicas + spec.standby - minAvailable));
}

/** Why no instance of it can ever be moved while all is well, and what to do about it; null where some can. */
export function impossibleBudget(spec: AppSpec): string | null {
  const { minAvailable } = budgetOf(spec);
  const all = spec.replicas + spec.standby;
  if (spec.move !== 'stop-first' || minAvailable === 0 || minAvailable < all) return null;
  const cure = all === 1 ? 'set it to 0' : `set it to ${all - 1} or less`;
  return `budget.minAvailable ${minAvailable} of ${spec.name} leaves none of its ${all} ${all === 1 ? 'instance' : 'instances'} to stop, and move: stop-first stops one to move it; ${cure}, add a standby, or use move: make-before-break`;
}

/** Kept where it is by its budget: its node can be emptied neither for maintenance nor for levelling. A failing node is left all the same. */
export function isHeldByBudget(spec: AppSpec | undefined, { watch }: Node): boolean {
  return spec !== undefined && watch.health.health !== 'failing' && impossibleBudget(spec) !== null;
}

/** Slots of an application that work: at least one process is ready, and is not to be stopped. */
function available(state: State, app: AppName): Set<InstanceId> {
  const ready = bindingsOfApp(state, app).filter((binding) => binding.record.wanted && isReady(state, binding));
  return new Set(ready.map(({ record }) => record.instance));
}

/** Whether the budget lets this instance be stopped now before it is started elsewhere. What does not work anyway may be. */
export function mayInterrupt(state: State, spec: AppSpec, instance: InstanceId): boolean {
  const { minAvailable } = budgetOf(spec);
  if (minAvailable === 0) return true;
  const ready = available(state, spec.name);
  return !ready.has(instance) || ready.size > minAvailable;
}

/**
 * Whether one more instance may hand over. Between the stop of the old process and the promotion of the new one neither is active: no
 * more do that at a time than leave `minAvailable` active, or one where that leaves none.
 */
export function mayHandOver(state: State, spec: AppSpec, instance: InstanceId): boolean {
  const { minAvailable } = budgetOf(spec);
  if (minAvailable === 0) return true;
  const between = slotsOf(spec).filter((other) => other !== instance && isBetween(state, bindingsOf(state, other)));
  return between.length < Math.max(1, spec.replicas - minAvailable);
}

function isBetween(state: State, slot: readonly Binding[]): boolean {
  if (slot.some(({ record }) => state.nodes.get(record.node)?.watch.liveness !== 'alive')) return false;
  const handsOver = slot.length > 1 && slot.some(({ record }) => !record.wanted);
  const becomesActive = slot.some(
    (one) => one.record.wanted && one.record.role === 'active' && actualOf(state, one)?.role === 'standby',
  );
  return handsOver || becomesActive;
}
