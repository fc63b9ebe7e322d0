import type { AgentState } from '../../agent/state.ts';
import type { DurableChange } from '../../coordinator/core/durable.ts';
import type { Effect, Reply } from '../../coordinator/core/effects.ts';
import type { Command, Event } from '../../coordinator/core/events.ts';
import type { State } from '../../coordinator/core/state.ts';
import type { InstanceReport } from '../../protocol/messages.ts';
import { FenceOracle } from './fence-oracle.ts';
import { FlapOracle } from './flap-oracle.ts';
import type { ClusterPart, MachinePart, Onlooker, Process } from './parts.ts';
import { StoreOracle } from './store-oracle.ts';
import { Violation } from './violation.ts';

/** Beyond a lease's end, for a guard that looks once in a second and the time that killing takes. */
const STOP_BOUND_MS = 1000;

/**
 * Who knows everything and sees every step. Each layer has an oracle of its own, since layers hide each other's faults: what
 * the machines really do is judged here, what the store holds in store-oracle.ts, who is fenced in fence-oracle.ts.
 */
export class Oracles implements Onlooker {
  readonly counts = new Map<string, number>();
  readonly #cluster: ClusterPart;
  readonly #store: StoreOracle;
  readonly #fences: FenceOracle;
  readonly #flaps: FlapOracle;
  /** Generations that were ever started, and where. */
  readonly #startedOn = new Map<string, string>();
  /** The newest that each machine's agents have obeyed. */
  readonly #obeyed = new Map<string, { boot: number; term: number; revision: number }>();

  constructor(cluster: ClusterPart) {
    this.#cluster = cluster;
    this.#store = new StoreOracle(cluster, (what) => this.count(what));
    this.#fences = new FenceOracle(cluster, (what) => this.count(what));
    this.#flaps = new FlapOracle(cluster, (what) => this.count(what));
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /* Machines */

  started(machine: MachinePart, process: Process, term: number): void {
    this.count('starts');
    this.#cluster.timeline.mark('start', process.pid, () => `${machine.name}: ${process.key} runs as ${process.role}`);
    const elsewhere = this.#startedOn.get(process.key);
    if (elsewhere !== undefined && elsewhere !== machine.name)
      throw new Violation('generation', `${process.key} was started on ${elsewhere} and is started on ${machine.name}`);
    this.#startedOn.set(process.key, machine.name);
    this.#store.mayStart(machine, process, term);
    this.#oneActive(process.instance);
    this.#room(machine);
  }
  ended(machine: MachinePart, process: Process): void {
    this.#cluster.timeline.mark('end', process.pid, () => `${machine.name}: ${process.key} has ended`);
  }
  toldRole(machine: MachinePart, process: Process): void {
    this.#cluster.timeline.mark('role', process.pid, () => `${machine.name}: ${process.key} is ${process.role}`);
    this.#oneActive(process.instance);
  }
  thawed(machine: MachinePart): void {
    for (const process of machine.processes.values()) this.#oneActive(process.instance);
  }

  /** S1. What stands still with its machine does nothing; it counts again when it thaws. */
  #oneActive(instance: string): void {
    const app = instance.slice(0, instance.indexOf('/'));
    let ofApp = 0;
    let holder: string | null = null;
    for (const machine of this.#cluster.machines) {
      if (machine.frozen) continue;
      for (const process of machine.processes.values()) {
        if (process.role !== 'active' || !process.instance.startsWith(app)) continue;
        ofApp++;
        if (process.instance !== instance) continue;
        if (holder !== null)
          throw new Violation('one active', `${process.key} is active on ${machine.name}, beside ${holder}`);
        holder = `${process.key} on ${machine.name}`;
      }
    }
    const most = this.#store.mostReplicas(app);
    if (ofApp > most) throw new Violation('one active', `${ofApp} of ${app} are active, ${most} are wanted at most`);
  }

  /** S5, as the machine has it: what runs fits, whatever is on its way. */
  #room(machine: MachinePart): void {
    let cpu = 0;
    for (const process of machine.processes.values()) cpu += process.demand.cpu ?? 0;
    if (cpu > 4000) throw new Violation('capacity', `${cpu} millicores run on ${machine.name}, which has 4000`);
  }

  /** What may run under a lease only, has one: by the machine's own clock, from when the heartbeats were sent that were answered. */
  leases(): void {
    for (const machine of this.#cluster.machines) {
      if (machine.frozen) continue;
      for (const process of machine.processes.values()) {
        if (process.isolation !== 'stop') continue;
        const overMs = machine.clock() - machine.leasedUntilMs - STOP_BOUND_MS;
        if (overMs > 0)
          throw new Violation(
            'lease',
            `${process.key} runs on ${machine.name} ${Math.round(overMs)} ms after it must have stopped`,
          );
      }
    }
  }

  /* Agents */

  stepped(machine: MachinePart, after: AgentState): void {
    this.#ordersGrow(machine, after);
    if (after.leaseUntilMs === null || machine.clock() < after.leaseUntilMs) return;
    for (const slot of after.slots.values())
      if (slot.assigned.isolation === 'stop' && slot.phase !== 'stopping')
        throw new Violation(
          'agent lease',
          `the agent of ${machine.name} has no lease, and ${slot.key} is ${slot.phase}`,
        );
  }

  /** S2: what an agent has obeyed only grows, over its restarts too. */
  #ordersGrow(machine: MachinePart, after: AgentState): void {
    const known = this.#obeyed.get(machine.name) ?? { boot: 0, term: 0, revision: 0 };
    const goesBack =
      after.term < known.term ||
      (after.bootId === known.boot && after.term === known.term && after.revision < known.revision);
    if (goesBack)
      throw new Violation(
        'terms',
        `${machine.name} obeys ${after.term}/${after.revision} after ${known.term}/${known.revision}`,
      );
    this.#obeyed.set(machine.name, { boot: after.bootId, term: after.term, revision: after.revision });
  }

  /** A report lists all that lives: what is not in it counts as stopped. */
  reports(machine: MachinePart, state: AgentState, instances: readonly InstanceReport[]): void {
    for (const process of machine.processes.values()) {
      const listed = instances.find((one) => `${one.instance}#${one.generation}` === process.key);
      if (!listed)
        throw new Violation(
          'report',
          `${machine.name} at ${state.term}/${state.revision} leaves out ${process.key}, which lives`,
        );
      if (
        listed.role !== process.role &&
        process.role === 'active' &&
        state.slots.get(process.key)?.phase === 'running' &&
        state.slots.get(process.key)?.telling === null
      )
        throw new Violation(
          'report',
          `${machine.name} reports ${process.key} as ${listed.role}, it is ${process.role}`,
        );
    }
  }

  /* The coordinator */

  /** Called when the coordinator has made up its mind about the event, and before it does anything. */
  heard(event: Event, after: State): void {
    this.#fences.heard(event, after);
    this.#flaps.heard(event);
    if (event.kind === 'ticked') this.leases();
  }
  coordinatorStarts(): void {
    this.count('coordinator restarts');
    this.#fences.coordinatorStarts();
    this.#store.coordinatorStarts();
  }
  committed(changes: readonly DurableChange[], after: State): void {
    this.#store.committed(changes, after);
    this.#fences.committed(after);
    this.#flaps.committed(changes, after);
  }
  performs(effect: Effect, state: State): void {
    if (effect.kind === 'assign') this.#store.assigns(effect.assignment);
    if (effect.kind === 'powerOff') this.#fences.powersOff(effect.node, state);
    if (effect.kind === 'reply' && effect.reply.ok) this.count('commands accepted');
  }
  replied(command: Command, reply: Reply): void {
    if (reply.ok) this.#store.acknowledged(command);
  }
}
