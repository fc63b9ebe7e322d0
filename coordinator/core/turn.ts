import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import type { AppRecord, BindingRecord, FlapRecord, NodeRecord } from './durable.ts';
import type { Effect, JournalLine } from './effects.ts';
import { type Binding, bindingKey, byName, type Node, type State, type Watch } from './state.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * One step in the making: a copy of the state that may be written, and the effects so far. Maps are copied when first
 * written, so the state it began from stays whole: the shell falls back to it when the store refuses the step.
 */
export class Turn {
  readonly effects: Effect[] = [];
  readonly state: Writable<State>;
  readonly #copied = new Set<keyof State>();
  readonly #touched = new Set<NodeName>();

  constructor(state: State) {
    this.state = { ...state };
  }

  #map<K, V>(field: keyof State): Map<K, V> {
    if (!this.#copied.has(field)) {
      this.#copied.add(field);
      const from = this.state[field] as unknown as ReadonlyMap<K, V>;
      (this.state as unknown as Record<string, unknown>)[field] = new Map(from);
    }
    return this.state[field] as unknown as Map<K, V>;
  }

  /** Sets (or, with null, deletes) an entry of one of the volatile maps. */
  put<K, V>(
    field:
      | 'targets'
      | 'waiting'
      | 'performance'
      | 'peaksLeft'
      | 'unhelpful'
      | 'coolUntil'
      | 'stuckUntil'
      | 'failedStarts'
      | 'telemetry'
      | 'foreign',
    key: K,
    value: V | null,
  ): void {
    if (value === null) this.#map<K, V>(field).delete(key);
    else this.#map<K, V>(field).set(key, value);
  }

  putApp(app: AppName, record: AppRecord | null): void {
    if (record === null) this.#map('apps').delete(app);
    else this.#map('apps').set(app, record);
    this.effects.push({ kind: 'persist', change: { table: 'app', key: app, value: record } });
  }

  /** Changes what is heard of a node; nothing of it is durable. */
  watch(node: NodeName, change: Partial<Watch>): void {
    const known = this.state.nodes.get(node);
    if (known) this.#map<NodeName, Node>('nodes').set(node, { ...known, watch: { ...known.watch, ...change } });
  }

  putNode(record: NodeRecord, watch: Watch): void {
    this.#map<NodeName, Node>('nodes').set(record.node, { record, watch });
    this.effects.push({ kind: 'persist', change: { table: 'node', key: record.node, value: record } });
  }

  /** Changes a node's durable facts. */
  patchNode(node: NodeName, change: Partial<NodeRecord>): void {
    const known = this.state.nodes.get(node);
    if (known) this.putNode({ ...known.record, ...change }, known.watch);
  }

  /** What is remembered of a node's failures; null: nothing any more. */
  putFlap(node: NodeName, record: FlapRecord | null): void {
    if (record === null) this.#map('flaps').delete(node);
    else this.#map('flaps').set(node, record);
    this.effects.push({ kind: 'persist', change: { table: 'flap', key: node, value: record } });
  }

  dropNode(node: NodeName): void {
    this.#map('nodes').delete(node);
    if (this.state.flaps.has(node)) this.putFlap(node, null);
    if (this.state.telemetry.has(node)) {
      this.put('telemetry', node, null);
      this.effects.push({ kind: 'persist', change: { table: 'tally', key: node, value: null } });
    }
    this.effects.push({ kind: 'persist', change: { table: 'health', key: node, value: null } });
    this.effects.push({ kind: 'persist', change: { table: 'node', key: node, value: null } });
  }

  putBinding(binding: Binding): void {
    const { record } = binding;
    const key = bindingKey(record.instance, record.generation);
    this.#map<string, Binding>('bindings').set(key, binding);
    this.effects.push({ kind: 'persist', change: { table: 'binding', key, value: record } });
    this.#touched.add(record.node);
  }

  /** Nothing changes for its node, which therefore needs no new assignment. */
  settleDemotion(binding: Binding): void {
    const record = { ...binding.record, demotedAt: null };
    const key = bindingKey(record.instance, record.generation);
    this.#map<string, Binding>('bindings').set(key, { ...binding, record });
    this.effects.push({ kind: 'persist', change: { table: 'binding', key, value: record } });
  }

  /** Changes what is remembered of a binding for this coordinator's life only. */
  markBinding(key: string, change: Partial<Omit<Binding, 'record'>>): void {
    const known = this.state.bindings.get(key);
    if (known) this.#map<string, Binding>('bindings').set(key, { ...known, ...change });
  }

  /** Only on proof that nothing of it runs any more. */
  dropBinding(record: BindingRecord): void {
    const key = bindingKey(record.instance, record.generation);
    this.#map('bindings').delete(key);
    const peaks = this.state.nodes.get(record.node)?.watch.peaks.get(key);
    if (peaks) this.put('peaksLeft', record.instance, peaks);
    this.put('performance', key, null);
    this.effects.push({ kind: 'persist', change: { table: 'binding', key, value: null } });
  }

  /** A generation that was given by another store is never given again. */
  skipGenerations(instance: InstanceId, upTo: number): void {
    if ((this.state.slots.get(instance) ?? 0) >= upTo) return;
    this.#map<InstanceId, number>('slots').set(instance, upTo);
    this.effects.push({
      kind: 'persist',
      change: { table: 'slot', key: instance, value: { instance, generation: upTo } },
    });
  }

  /** The next generation of a slot, on record before anything can be started with it. */
  nextGeneration(instance: InstanceId): number {
    const generation = (this.state.slots.get(instance) ?? 0) + 1;
    this.#map<InstanceId, number>('slots').set(instance, generation);
    this.effects.push({
      kind: 'persist',
      change: { table: 'slot', key: instance, value: { instance, generation } },
    });
    return generation;
  }

  /** The node's assignment must be made anew at the end of this step. */
  touch(node: NodeName): void {
    this.#touched.add(node);
  }
  touched(): readonly NodeName[] {
    return [...this.#touched].sort(byName);
  }

  /** Placement must be thought over: something changed that it depends on. */
  /** Something has changed that placement must take into account. Changes are gathered from the first on that nobody has been asked about. */
  reconsider(reason: string): void {
    const { epoch, solve, solvedEpoch } = this.state;
    const isFirst = epoch <= Math.max(solvedEpoch, solve?.epoch ?? 0);
    this.state.epoch++;
    if (isFirst) this.state.epochAt = this.state.at;
    this.state.epochReason = reason;
  }

  journal(line: Partial<JournalLine> & Pick<JournalLine, 'kind' | 'text'>): void {
    this.effects.push({
      kind: 'record',
      line: { severity: 'info', node: null, instance: null, app: null, ...line },
    });
  }
}
