import type { BindingRecord, DurableChange, MetaRecord, NodeRecord } from '../../coordinator/core/durable.ts';
import type { Command } from '../../coordinator/core/events.ts';
import type { State } from '../../coordinator/core/state.ts';
import type { Assignment } from '../../protocol/messages.ts';
import type { ClusterPart, MachinePart, Process } from './parts.ts';
import { Violation } from './violation.ts';

/** What the store is told, held against what really runs: nothing runs unrecorded, nothing that may run is struck off. */
export class StoreOracle {
  readonly #cluster: ClusterPart;
  readonly #count: (what: string) => void;
  #meta: MetaRecord = { term: 0, revision: 0 };
  readonly #generations = new Map<string, number>();
  readonly #bindings = new Map<string, BindingRecord>();
  readonly #born = new Map<string, string>();
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #specs = new Map<string, { replicas: number; most: number }>();
  /** Versions of each spec, in the order in which they were stored; and the newest that was acknowledged. */
  readonly #versions = new Map<string, string[]>();
  readonly #acknowledged = new Map<string, string>();

  constructor(cluster: ClusterPart, count: (what: string) => void) {
    this.#cluster = cluster;
    this.#count = count;
  }

  mostReplicas(app: string): number {
    return this.#specs.get(app)?.most ?? 0;
  }

  committed(changes: readonly DurableChange[], after: State): void {
    let bindings = false;
    const lost = new Set<string>();
    for (const change of changes)
      if (change.table === 'node' && change.value?.lost === true && this.#nodes.get(change.key)?.lost === false)
        lost.add(change.key);
    for (const change of changes) {
      switch (change.table) {
        case 'meta':
          this.#numbersGrow(change.value);
          break;
        case 'slot':
          this.#generationGrows(change.key, change.value?.generation ?? 0);
          break;
        case 'node':
          if (change.value) this.#nodeIsLost(change.value);
          break;
        case 'app': {
          const replicas = change.value?.deleted === false ? change.value.spec.replicas : 0;
          const most = Math.max(replicas, this.#specs.get(change.key)?.most ?? 0);
          this.#specs.set(change.key, { replicas, most });
          if (change.value) {
            const versions = this.#versions.get(change.key) ?? [];
            versions.push(JSON.stringify(change.value.spec));
            this.#versions.set(change.key, versions);
          }
          break;
        }
        case 'binding':
          bindings = true;
          if (change.value) this.#bound(change.key, change.value);
          else this.#struckOff(change.key, lost);
          break;
      }
    }
    if (bindings) this.#roomAndRoles();
    if (after.term !== this.#meta.term)
      throw new Violation('terms', `the coordinator acts as term ${after.term}, the store says ${this.#meta.term}`);
  }

  #numbersGrow(meta: MetaRecord): void {
    const before = this.#meta;
    if (meta.term < before.term || meta.revision < before.revision)
      throw new Violation('terms', `${meta.term}/${meta.revision} after ${before.term}/${before.revision}`);
    this.#meta = meta;
  }

  #generationGrows(slot: string, generation: number): void {
    const before = this.#generations.get(slot) ?? 0;
    if (generation < before) throw new Violation('generation', `${slot} goes back from ${before} to ${generation}`);
    this.#generations.set(slot, generation);
  }

  /** S7: a node that is lost has been without power, or nothing was on it, or a person has said so. */
  #nodeIsLost(record: NodeRecord): void {
    const before = this.#nodes.get(record.node);
    this.#nodes.set(record.node, record);
    if (!record.lost || !before || before.lost) return;
    this.#count('nodes lost');
    const machine = this.#cluster.machine(record.node);
    if (!machine.power || record.machineBoot !== `${machine.name}-${machine.boot}`) return;
    const held = [...this.#bindings.values()].some((binding) => binding.node === record.node);
    if (held || this.#cluster.settings.bmc.all)
      throw new Violation('proof', `${record.node} is called lost, and has had power all the time`);
  }

  #bound(key: string, record: BindingRecord): void {
    const before = this.#bindings.get(key);
    this.#bindings.set(key, record);
    if (before) {
      if (before.role === 'standby' && record.role === 'active') this.#count('promotions');
      if (before.node !== record.node)
        throw new Violation('generation', `${key} was given to ${before.node}, and then to ${record.node}`);
      return;
    }
    const born = this.#born.get(key);
    if (born !== undefined && born !== record.node)
      throw new Violation('generation', `${key} was given to ${born}, and again to ${record.node}`);
    if (born === undefined && record.generation !== this.#generations.get(record.instance))
      throw new Violation(
        'generation',
        `${key} is given while its slot stands at ${this.#generations.get(record.instance)}`,
      );
    this.#born.set(key, record.node);
    const others = [...this.#bindings.values()].filter(
      (other) => other.instance === record.instance && other.generation !== record.generation,
    );
    if (others.length > 0) this.#count('moves');
  }

  /** Only on proof that nothing of it runs any more. */
  #struckOff(key: string, lost: ReadonlySet<string>): void {
    const record = this.#bindings.get(key);
    this.#bindings.delete(key);
    if (!record) return;
    if (lost.has(record.node)) this.#count('instances failed over');
    else if (record.wanted) this.#count('instances taken over by time');
    const machine = this.#cluster.machine(record.node);
    const process = machine.processes.get(key);
    // what is frozen with its machine is killed by the guard before it can do anything
    if (!process || (machine.frozen && record.isolation === 'stop')) return;
    throw new Violation('proof', `${key} is struck off, and runs on ${record.node}`);
  }

  /** S5 and S1 on record: what may run on a node fits there, and no more may be active than are wanted. */
  #roomAndRoles(): void {
    const held = new Map<string, number>();
    const actives = new Map<string, number>();
    const slots = new Map<string, number>();
    for (const record of this.#bindings.values()) {
      const cpu = (held.get(record.node) ?? 0) + (record.demand.cpu ?? 0);
      held.set(record.node, cpu);
      if (cpu > 4000) throw new Violation('capacity', `${cpu} millicores are given to ${record.node}, which has 4000`);
      if (record.specHash === '') continue; // not given by this store
      if (record.role === 'active' || record.demotedAt !== null)
        actives.set(record.app, (actives.get(record.app) ?? 0) + 1);
      const wanted = (slots.get(record.instance) ?? 0) + (record.wanted ? 1 : 0);
      slots.set(record.instance, wanted);
      if (wanted > 2) throw new Violation('generation', `${record.instance} is wanted ${wanted} times`);
    }
    for (const [app, count] of actives)
      if (count > this.mostReplicas(app))
        throw new Violation('roles', `${count} of ${app} may be active, ${this.mostReplicas(app)} are wanted at most`);
  }

  mayStart(machine: MachinePart, process: Process, term: number): void {
    const record = this.#bindings.get(process.key);
    if (record?.node !== machine.name)
      throw new Violation(
        'record',
        `${process.key} starts on ${machine.name} (term ${term}), and is not on record there`,
      );
  }

  /** S2, S3: what is sent is on disk. */
  assigns(assignment: Assignment): void {
    if (assignment.term !== this.#meta.term || assignment.revision > this.#meta.revision)
      throw new Violation(
        'record',
        `${assignment.term}/${assignment.revision} is sent, the store has ${this.#meta.term}/${this.#meta.revision}`,
      );
    for (const one of assignment.instances) {
      const record = this.#bindings.get(`${one.instance}#${one.generation}`);
      // one that the same step has overtaken may still say what was wanted before
      const isNewest = assignment.revision === this.#meta.revision;
      if (record?.node !== assignment.node || (isNewest && !record.wanted))
        throw new Violation(
          'record',
          `${assignment.node} is told to run ${one.instance}#${one.generation}, which is not on record`,
        );
    }
  }

  acknowledged(command: Command): void {
    if (command.kind !== 'apply') return;
    this.#acknowledged.set(command.spec.name, JSON.stringify(command.spec));
    this.#isKept();
  }
  coordinatorStarts(): void {
    this.#isKept();
    const { meta, bindings } = this.#cluster.disk.read();
    if (meta?.term !== this.#meta.term || bindings.length !== this.#bindings.size)
      throw new Violation('durability', 'the store does not hold what was committed');
  }
  /** S3: what was acknowledged is there, unless something newer is. */
  #isKept(): void {
    const apps = new Map<string, string>(
      this.#cluster.disk.read().apps.map(({ spec }) => [spec.name, JSON.stringify(spec)]),
    );
    for (const [app, spec] of this.#acknowledged) {
      const versions = this.#versions.get(app) ?? [];
      const kept = versions.lastIndexOf(apps.get(app) ?? '');
      if (kept < versions.lastIndexOf(spec) || !versions.includes(spec))
        throw new Violation('durability', `the accepted change of ${app} is not stored`);
    }
  }
}
