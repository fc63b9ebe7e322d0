import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { instanceId } from '../../protocol/ids.ts';
import type { InstanceReport } from '../../protocol/messages.ts';
import { MAX_ASSIGNMENT_BYTES } from '../../protocol/parse.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { type Binding, bindingKey, byName, type Node, type State } from './state.ts';

/** Asked for at every event, and the same for as long as the spec is. */
const slots = new WeakMap<AppSpec, readonly InstanceId[]>();

/** The slots that an application should have. */
export function slotsOf(spec: AppSpec): readonly InstanceId[] {
  const known = slots.get(spec);
  if (known) return known;
  const made = Array.from({ length: spec.replicas + spec.standby }, (_, index) => instanceId(spec.name, index));
  slots.set(spec, made);
  return made;
}

/** Every slot that should exist, in a fixed order. */
export function wantedSlots(state: State): InstanceId[] {
  return [...state.apps.values()]
    .filter((app) => !app.deleted)
    .sort((a, b) => byName(a.spec.name, b.spec.name))
    .flatMap((app) => slotsOf(app.spec));
}

/** A slot's bindings, oldest generation first: one, or two while it moves. */
export function bindingsOf(state: State, instance: InstanceId): Binding[] {
  return [...state.bindings.values()]
    .filter((binding) => binding.record.instance === instance)
    .sort((a, b) => a.record.generation - b.record.generation);
}
export function bindingsOn(state: State, node: NodeName): Binding[] {
  return [...state.bindings.values()]
    .filter((binding) => binding.record.node === node)
    .sort((a, b) => byName(a.record.instance, b.record.instance) || a.record.generation - b.record.generation);
}
export function bindingsOfApp(state: State, app: AppName): Binding[] {
  return [...state.bindings.values()]
    .filter((binding) => binding.record.app === app)
    .sort((a, b) => byName(a.record.instance, b.record.instance) || a.record.generation - b.record.generation);
}

/** What its agent last said of it. */
export function actualOf(state: State, binding: Binding): InstanceReport | undefined {
  const { record } = binding;
  return state.nodes.get(record.node)?.watch.actual.get(bindingKey(record.instance, record.generation));
}

/** Its agent speaks and says that it is ready. */
export function isReady(state: State, binding: Binding): boolean {
  const watch = state.nodes.get(binding.record.node)?.watch;
  return (watch?.liveness === 'alive' || watch?.liveness === 'suspect') && actualOf(state, binding)?.state === 'ready';
}

/** The one of a slot that runs well on a node that is heard; null where there is none, or something of it is under way. */
export function atRest(state: State, instance: InstanceId): { readonly here: Binding; readonly node: Node } | null {
  const [here, more] = bindingsOf(state, instance);
  const node = here && state.nodes.get(here.record.node);
  const isWell = here?.record.wanted && !more && isReady(state, here) && node?.watch.liveness === 'alive';
  return isWell && node ? { here, node } : null;
}

/** Told to be active, or told to be so no more without having confirmed it, or last heard of as active; not proved stopped. */
export function mayBeActive(state: State, binding: Binding): boolean {
  const { role, demotedAt } = binding.record;
  return role === 'active' || demotedAt !== null || actualOf(state, binding)?.role === 'active';
}

/**
 * How many instances of an application may be active at this moment as far as anyone can prove. A promotion must wait
 * until this is below the number of replicas.
 */
export function possiblyActive(state: State, app: AppName): number {
  return bindingsOfApp(state, app).filter((binding) => mayBeActive(state, binding)).length;
}

/** Amounts held on a node by everything that may run there, incoming and outgoing alike. */
export function heldOn(state: State, node: NodeName): Map<string, number> {
  const held = new Map<string, number>();
  for (const { record } of state.bindings.values()) {
    if (record.node !== node) continue;
    for (const [resource, amount] of Object.entries(record.demand))
      held.set(resource, (held.get(resource) ?? 0) + amount);
  }
  return held;
}

/** More instances, or longer specs, than one assignment or report holds go to no node (messages.ts, parse.ts). */
const MOST_INSTANCES = 900;
const MOST_BYTES = 0.8 * MAX_ASSIGNMENT_BYTES;
const FRAME_BYTES = 500;

function isTooMuchToSay(state: State, node: NodeName, spec: AppSpec): boolean {
  const here = bindingsOn(state, node);
  const sizes = here.map(({ record }) => specBytes(state.apps.get(record.app)?.spec));
  const bytes = sizes.reduce((sum, size) => sum + size, specBytes(spec));
  return here.length >= MOST_INSTANCES || bytes > MOST_BYTES;
}

const sizes = new WeakMap<AppSpec, number>();
function specBytes(spec: AppSpec | undefined): number {
  if (!spec) return 0;
  const known = sizes.get(spec);
  if (known !== undefined) return known;
  // three bytes hold any UTF-16 unit
  const size = FRAME_BYTES + 3 * JSON.stringify([spec.runtime, spec.probes]).length;
  sizes.set(spec, size);
  return size;
}

/** Whether one more instance of this application fits now beside all that is held. */
export function fitsNow(state: State, node: NodeName, spec: AppSpec): boolean {
  const { demand } = spec;
  if (isTooMuchToSay(state, node, spec)) return false;
  const capacity = state.nodes.get(node)?.record.capacity ?? {};
  const held = heldOn(state, node);
  return Object.entries(demand).every(
    ([resource, amount]) => amount === 0 || (held.get(resource) ?? 0) + amount <= (capacity[resource] ?? 0),
  );
}
