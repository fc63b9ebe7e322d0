import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { actualOf, bindingsOf, bindingsOfApp, fitsNow, isReady, slotsOf, wantedSlots } from './bindings.ts';
import { mayHandOver, mayInterrupt, movesAtOnce } from './budgets.ts';
import { breakDeadlock } from './deadlock.ts';
import { failedStartOf, mustLeave } from './failed-starts.ts';
import { isQuarantined } from './flapping.ts';
import { bind, giveUpMove, revoke } from './moving.ts';
import { runtimeHash } from './runtime-hash.ts';
import { type Binding, bindingKey, type State, type Target } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * From what is to what should be, one permitted step at a time: whatever happens, the next steps follow from what really
 * runs, so a step that fails needs no undoing. A move starts the new instance first (as standby, with both ends holding
 * their capacity), stops the old one when the new one is ready, and roles.ts makes it active once the old one is gone.
 */

export function advance(turn: Turn): void {
  dropSurplus(turn);
  freeStuck(turn);
  const slots = inOrderOfImportance(turn.state);
  const blocked = slots.filter((instance) => advanceSlot(turn, instance) === 'no room');
  if (blocked.length > 0 && movesInFlight(turn.state) === 0) breakDeadlock(turn, blocked);
}

function inOrderOfImportance(state: State): InstanceId[] {
  const priority = (instance: InstanceId) => state.apps.get(appOf(instance))?.spec.priority ?? 0;
  return wantedSlots(state)
    .map((instance, index) => ({ instance, index }))
    .sort((a, b) => priority(b.instance) - priority(a.instance) || a.index - b.index)
    .map(({ instance }) => instance);
}

/** Instances of deleted applications and of slots that are not wanted any more. */
function dropSurplus(turn: Turn): void {
  const wanted = new Set(wantedSlots(turn.state));
  const surplus = [...turn.state.bindings.values()].filter(
    ({ record }) => record.wanted && !wanted.has(record.instance),
  );
  for (const [app, ofApp] of Map.groupBy(surplus, ({ record }) => record.app)) {
    for (const binding of ofApp.slice(spared(turn.state, app)))
      revoke(turn, binding, `${binding.record.instance} is not wanted any more`);
  }
  for (const [name, app] of [...turn.state.apps]) {
    if (app.deleted && bindingsOfApp(turn.state, name).length === 0) turn.putApp(name, null);
  }
  for (const instance of [...turn.state.targets.keys()]) if (!wanted.has(instance)) turn.put('targets', instance, null);
  for (const instance of [...turn.state.waiting.keys()]) if (!wanted.has(instance)) turn.put('waiting', instance, null);
  for (const instance of [...turn.state.peaksLeft.keys()])
    if (!wanted.has(instance)) turn.put('peaksLeft', instance, null);
}

/** How many surplus instances stay for now, since as many of those wanted are silent or still on their way. */
function spared(state: State, name: AppName): number {
  const app = state.apps.get(name);
  return app && !app.deleted ? slotsOf(app.spec).filter((instance) => isAwaited(state, instance, app.spec)).length : 0;
}

/** It is to work, does not yet (or not that anyone hears), and need not have the room of a surplus one for that. */
function isAwaited(state: State, instance: InstanceId, spec: AppSpec): boolean {
  const slot = bindingsOf(state, instance);
  const target = state.targets.get(instance);
  if (slot.length === 0) return target ? fitsNow(state, target.node, spec) : !state.waiting.has(instance);
  return slot.every((binding) => {
    const late = state.at - binding.since >= state.settings.readyTimeoutMs;
    return !isReady(state, binding) && (!late || !canHost(state, binding.record.node));
  });
}

/** A move that failed may be tried again: another node, or the same in better times. */
function freeStuck(turn: Turn): void {
  for (const [instance, until] of [...turn.state.stuckUntil]) {
    if (turn.state.at < until) continue;
    turn.put('stuckUntil', instance, null);
    turn.reconsider(`${instance} may be moved again`);
  }
}

type Outcome = 'settled' | 'in flight' | 'no room' | 'waits';

function advanceSlot(turn: Turn, instance: InstanceId): Outcome {
  const { state } = turn;
  const spec = state.apps.get(appOf(instance))?.spec;
  if (!spec) return 'settled';
  const all = bindingsOf(state, instance);
  const wanted = all.filter(({ record }) => record.wanted);
  const target = state.targets.get(instance);
  const [first, second] = wanted;

  if (all.length === 0) return target ? begin(turn, instance, spec, target) : 'waits';
  if (first && second) return handOver(turn, first, second, spec);
  if (!first || all.length > 1) return 'in flight'; // something of it still has to stop
  if (!target) {
    if (state.waiting.has(instance))
      revoke(turn, first, `${instance} waits: what is more important, or more that is as important, needs its place`);
    return 'settled';
  }
  if (target.node !== first.record.node) return move(turn, first, spec, target);
  if (first.record.specHash !== runtimeHash(spec)) return renew(turn, first, spec);
  warnIfSlow(turn, first);
  return 'settled';
}

function canHost(state: State, node: NodeName): boolean {
  return state.nodes.get(node)?.watch.liveness === 'alive';
}

function begin(turn: Turn, instance: InstanceId, spec: AppSpec, target: Target): Outcome {
  if (!canHost(turn.state, target.node) || isQuarantined(turn.state, target.node)) return 'waits';
  if (!fitsNow(turn.state, target.node, spec)) return 'waits';
  bind(turn, instance, spec, target.node);
  return 'in flight';
}

/** Slots that are moving or stopping now. */
export function movesInFlight(state: State): number {
  return [...Map.groupBy(state.bindings.values(), ({ record }) => record.instance).values()].filter((slot) =>
    isInFlight(state, slot),
  ).length;
}

/** On its way, and getting on: what waits for a node that does not speak may wait for ever, and holds nobody up. */
function isInFlight(state: State, slot: readonly Binding[]): boolean {
  const moves = slot.length > 1 || slot.some(({ record }) => !record.wanted);
  return moves && slot.every(({ record }) => canHost(state, record.node));
}

/** How many other slots of its application are moving or stopping now. */
function othersMoving(state: State, binding: Binding): number {
  const { app, instance } = binding.record;
  const others = bindingsOfApp(state, app).filter(({ record }) => record.instance !== instance);
  const slots = [...Map.groupBy(others, ({ record }) => record.instance).values()];
  return slots.filter((slot) => isInFlight(state, slot)).length;
}

function move(turn: Turn, from: Binding, spec: AppSpec, target: Target): Outcome {
  const { state } = turn;
  const { instance, node } = from.record;
  if (!canHost(state, target.node) || !canHost(state, node)) return 'waits';
  if (movesInFlight(state) >= state.settings.maxConcurrentMoves) return 'waits';
  if (othersMoving(state, from) >= movesAtOnce(spec)) return 'waits';
  const failed = mustLeave(state, from); // what does not run need not be spared
  if (spec.move === 'stop-first' && target.voluntary && !mayInterrupt(state, spec, instance)) return 'waits';
  if (!fitsNow(state, target.node, spec)) return 'no room';
  if (failed) revoke(turn, from, `it fails to start there, and is tried on ${target.node}`);
  else if (spec.move === 'stop-first') revoke(turn, from, `it moves to ${target.node}, and is to be stopped first`);
  else bind(turn, instance, spec, target.node);
  return 'in flight';
}

/** As its plan said, or, where a coordinator before this one made that, because its node is being drained. */
function isVoluntary(state: State, { record: { instance, node } }: Binding): boolean {
  const source = state.nodes.get(node);
  const isDrained = source?.record.draining === true && source.watch.health.health !== 'failing';
  return isDrained || state.targets.get(instance)?.voluntary === true;
}

function handOver(turn: Turn, from: Binding, to: Binding, spec: AppSpec): Outcome {
  const { state } = turn;
  if (isReady(state, to)) {
    if (isVoluntary(state, from) && isReady(state, from) && !mayHandOver(state, spec, to.record.instance))
      return 'in flight';
    if (canHost(state, from.record.node)) revoke(turn, from, `it is ready on ${to.record.node}`);
    return 'in flight';
  }
  const failed = failedStartOf(state, to);
  if (!failed && state.at - to.since < state.settings.readyTimeoutMs) return 'in flight';
  const { instance, node } = to.record;
  const why = failed?.why ?? (actualOf(state, to)?.detail || 'it never became ready');
  revoke(turn, to, `the move has failed (${why}); it stays on ${from.record.node}`);
  giveUpMove(turn, from);
  turn.reconsider(`the move of ${instance} to ${node} failed`);
  return 'in flight';
}

/** A changed runtime: one instance of an application at a time, where it is. */
function renew(turn: Turn, binding: Binding, spec: AppSpec): Outcome {
  const { state } = turn;
  if (othersMoving(state, binding) > 0) return 'waits';
  const others = bindingsOfApp(state, spec.name).filter(({ record }) => record.instance !== binding.record.instance);
  // an instance that does not work anyway need not be spared
  if (isReady(state, binding) && others.some((other) => !isReady(state, other))) return 'waits';
  revoke(turn, binding, 'its spec has changed');
  return 'in flight';
}

function warnIfSlow(turn: Turn, binding: Binding): void {
  const { state } = turn;
  const { record } = binding;
  if (binding.readyAt !== null || binding.warned || state.at - binding.since < state.settings.readyTimeoutMs) return;
  turn.markBinding(bindingKey(record.instance, record.generation), { warned: true });
  const actual = actualOf(state, binding);
  turn.journal({
    kind: 'instance',
    severity: 'warning',
    node: record.node,
    instance: record.instance,
    app: record.app,
    text: `${record.instance} has not become ready on ${record.node} for ${Math.round((state.at - binding.since) / 1000)} s${actual?.detail ? `: ${actual.detail}` : ''}.`,
  });
}
