import { adoptedState } from '../../agent/initial-state.ts';
import { reportsOf } from '../../agent/instance-report.ts';
import { mayStillStart } from '../../agent/reconcile.ts';
import type { AgentState, Effect, Event } from '../../agent/state.ts';
import { needsGuard, nextDueMs, step } from '../../agent/step.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { AssignedInstance, Hello } from '../../protocol/messages.ts';
import type { AgentPart, DiskRecord, MachinePart } from './parts.ts';

type Timed<E> = E extends Event ? Omit<E, 'atMs'> : never;

const GATHER_MS = 20;
const HEARTBEAT_MS = 1000;
const REPORT_MS = 2000;
const REMEMBERED = 64;
const STOP_BOUND_MS = 1000;
const GUARD_RETRY_MS = 50;
const INVENTORY: Hello['inventory'] = {
  os: '',
  kernel: '',
  cpuModel: '',
  cpuCores: 4,
  memoryBytes: 8e9,
  disks: [],
  networks: [],
};

/**
 * One life of an agent on a machine: its real decisions (agent/step.ts), with what agent/main.ts, publisher.ts and
 * heartbeat-worker.ts do around them. The heartbeat is a thread of its own: it goes on while the main thread hangs.
 */
export class Agent implements AgentPart {
  readonly bootId: number;
  state: AgentState;
  /** SIGSTOP of the whole process. */
  paused = false;
  /** The main thread makes no progress since then, by the machine's clock. */
  hungSince: number | null = null;
  #alive = true;
  readonly #machine: MachinePart;
  #mainWaits: (() => void)[] = [];
  #threadWaits: (() => void)[] = [];
  #reports = 0;
  #gathering = false;
  #due = 0; // number of the timer that counts
  #beats = 0;
  readonly #sentMs = new Map<number, number>();
  #guardWanted = false;
  #guardUntilMs = 0;
  #guardHeld = false;
  /** Launches under way, and processes that are looked after. */
  readonly #launching = new Set<string>();
  readonly #known = new Set<string>();

  constructor(machine: MachinePart) {
    this.#machine = machine;
    this.bootId = machine.disk.bootId;
    const living = [...machine.disk.records.values()].map((record) => ({
      v: 1 as const,
      token: 'token-of-it',
      machineBoot: String(machine.boot),
      pid: record.pid,
      startTicks: 1,
      ports: {},
      ready: record.ready,
      assigned: record.assigned,
    }));
    this.state = adoptedState(machine.name, machine.disk, living);
    for (const key of machine.disk.records.keys()) this.#known.add(key);
  }

  begin(): void {
    this.feed({ kind: 'ticked' });
    this.#main(80, () => this.feed({ kind: 'connected' }));
    this.#thread(this.#machine.cluster.firstBeatMs(this.#machine), () => this.#beatAgain());
    this.#main(100, () => this.#cycle());
    for (const key of this.#known) this.#probeLater(key);
  }

  die(): void {
    this.#alive = false;
  }

  resume(): void {
    this.paused = false;
    for (const act of this.#threadWaits.splice(0)) act();
    this.#runMain();
  }
  unhang(): void {
    this.hungSince = null;
    this.#runMain();
  }
  #runMain(): void {
    if (this.paused || this.hungSince !== null) return;
    for (const act of this.#mainWaits.splice(0)) act();
  }

  /** In the main thread, after so long; waits while it cannot run. */
  #main(localMs: number, act: () => void): void {
    this.#machine.after(localMs, () => this.#inMain(act));
  }
  #inMain(act: () => void): void {
    const run = () => {
      if (this.#alive) act();
    };
    if (this.paused || this.hungSince !== null) this.#mainWaits.push(run);
    else run();
  }
  #thread(localMs: number, act: () => void): void {
    this.#machine.after(localMs, () => this.#inThread(act));
  }
  #inThread(act: () => void): void {
    const run = () => {
      if (this.#alive) act();
    };
    if (this.paused) this.#threadWaits.push(run);
    else run();
  }

  feed(event: Timed<Event>): void {
    if (!this.#alive) return;
    const machine = this.#machine;
    const [next, effects] = step(this.state, { ...event, atMs: machine.clock() } as Event);
    this.state = next;
    machine.cluster.timeline.mark(
      event.kind,
      machine.index,
      () => `${machine.name} agent: ${event.kind} ${brief(event)}`,
    );
    machine.cluster.oracles.stepped(machine, next);
    for (const effect of effects) this.#perform(effect);
    this.#wantGuard(needsGuard(this.state));
    const due = nextDueMs(this.state) - machine.clock();
    const timer = ++this.#due;
    if (Number.isFinite(due))
      this.#main(Math.min(Math.max(due, 50), 60_000), () => timer === this.#due && this.feed({ kind: 'ticked' }));
  }

  #perform(effect: Effect): void {
    const machine = this.#machine;
    switch (effect.kind) {
      case 'persistTerm':
        machine.disk.term = effect.term;
        return;
      case 'launch':
        return this.#launch(effect.key, effect.assigned);
      case 'remember': {
        const record = this.#known.has(effect.key) ? machine.disk.records.get(effect.key) : undefined;
        if (record) this.#write(effect.key, { ...record, assigned: effect.assigned, ready: effect.ready });
        return;
      }
      case 'tellRole':
        return this.#tellRole(effect.key, effect.assigned);
      case 'terminate':
        if (!machine.processes.has(effect.key) && !this.#known.has(effect.key))
          return this.feed({ kind: 'vanished', key: effect.key });
        return machine.terminate(effect.key);
      case 'kill':
        if (!machine.processes.has(effect.key) && !this.#known.has(effect.key))
          return this.feed({ kind: 'vanished', key: effect.key });
        return machine.kill(effect.key);
      case 'forget':
        machine.disk.records.delete(effect.key);
        return;
      case 'hello':
        return this.#hello();
      case 'report':
        return this.#reportSoon();
      case 'note':
        return;
    }
  }

  #write(key: string, record: DiskRecord): void {
    this.#machine.disk.records.set(key, record);
  }

  #launch(key: string, assigned: AssignedInstance): void {
    const machine = this.#machine;
    this.#launching.add(key);
    this.#write(key, { assigned, ready: false, pid: null });
    this.#main(machine.cluster.spawnsAfterMs(machine, key), () => {
      this.#launching.delete(key);
      if (machine.processes.has(key))
        return this.feed({ kind: 'spawnFailed', key, detail: 'it runs already', diskFull: false });
      if (!mayStillStart(this.state, key, machine.clock()))
        return this.feed({ kind: 'spawnFailed', key, detail: 'the lease has ended meanwhile', diskFull: false });
      const process = machine.spawn(assigned);
      this.#known.add(key);
      this.#write(key, { assigned, ready: false, pid: process.pid });
      this.#main(1, () => this.feed({ kind: 'spawned', key, pid: process.pid, ports: {} }));
      this.#probeLater(key);
    });
  }

  #probeLater(key: string): void {
    const machine = this.#machine;
    this.#main(machine.cluster.readyAfterMs(machine, key), () => {
      const slot = this.state.slots.get(key);
      if (!slot || !machine.processes.has(key)) return;
      const isBroken = machine.cluster.isBroken(machine, slot.assigned.instance);
      if (slot.phase === 'running' && slot.assigned.probes.readiness) {
        if (slot.readiness !== 'passing' || isBroken)
          this.feed({
            kind: 'probed',
            key,
            probe: 'readiness',
            latencyMs: isBroken ? null : 3,
            detail: isBroken ? 'the port is not open' : '',
          });
      }
      if (this.state.slots.get(key)?.readiness !== 'passing') this.#probeLater(key);
    });
  }

  #tellRole(key: string, assigned: AssignedInstance): void {
    const machine = this.#machine;
    const process = machine.processes.get(key);
    if (!process) {
      this.#main(200, () => this.feed({ kind: 'roleFailed', key, detail: `${key} does not run`, diskFull: false }));
      return;
    }
    process.role = assigned.role;
    const record = machine.disk.records.get(key);
    if (record) this.#write(key, { ...record, assigned });
    machine.cluster.oracles.toldRole(machine, process);
    this.#main(1, () => this.feed({ kind: 'roleTold', key, role: assigned.role }));
  }

  /** The leader has died; a little later nothing of the group is left. */
  processEnded(key: string): void {
    if (!this.#known.has(key)) return;
    this.#main(5, () => this.feed({ kind: 'exited', key, detail: 'signal' }));
    this.#main(60, () => {
      this.#known.delete(key);
      this.feed({ kind: 'vanished', key });
    });
  }

  #hello(): void {
    const machine = this.#machine;
    const { bootId, term, revision } = this.state;
    machine.cluster.say(machine, {
      kind: 'greeted',
      hello: {
        v: 1,
        node: machine.name as NodeName,
        bootId,
        machineBoot: `${machine.name}-${machine.boot}`,
        term,
        revision,
        agentVersion: 'simulated',
        server: { serial: `SN-${machine.name}`, vendor: 'Test', model: 'T1' },
        inventory: INVENTORY,
        capacity: { cpu: 4000, memory: 8e9 },
        domain: machine.cluster.domainOf(machine),
        labels: {},
        guard: true,
        stopBoundMs: STOP_BOUND_MS,
        instances: reportsOf(this.state),
      },
    });
    this.#thread(5, () => this.#beat());
  }

  reconnected(): void {
    this.#inMain(() => this.feed({ kind: 'connected' }));
  }
  #reportSoon(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#main(GATHER_MS, () => {
      this.#gathering = false;
      this.#report(false);
    });
  }
  #cycle(): void {
    this.#report(true);
    this.#main(REPORT_MS, () => this.#cycle());
  }
  #report(full: boolean): void {
    const machine = this.#machine;
    const { bootId, term, revision } = this.state;
    const instances = reportsOf(this.state);
    machine.cluster.oracles.reports(machine, this.state, instances);
    machine.cluster.say(machine, {
      kind: 'reported',
      report: {
        v: 1,
        node: machine.name as NodeName,
        bootId,
        sequence: this.#reports++,
        term,
        revision,
        instances,
        usage: full ? { cpu: 100 } : null,
        readings: full ? [] : null,
      },
    });
  }

  #beatAgain(): void {
    this.#beat();
    this.#thread(HEARTBEAT_MS, () => this.#beatAgain());
  }
  #beat(): void {
    const machine = this.#machine;
    const now = machine.clock();
    this.#sentMs.set(this.#beats, now);
    this.#sentMs.delete(this.#beats - REMEMBERED);
    machine.cluster.say(machine, {
      kind: 'heartbeaten',
      heartbeat: {
        v: 1,
        node: machine.name as NodeName,
        bootId: this.bootId,
        sequence: this.#beats++,
        sentMs: now,
        term: this.state.term,
        revision: this.state.revision,
        mainSilenceMs: this.hungSince === null ? 0 : now - this.hungSince,
      },
    });
  }

  /** A lease arrives at the heartbeat's thread. */
  leased(lease: Lease): void {
    this.#inThread(() => {
      if (lease.bootId !== this.bootId || lease.term < this.state.term) return;
      const asked = this.#sentMs.get(lease.sequence);
      if (asked === undefined) return;
      const untilMs = asked + lease.leaseMs;
      const machine = this.#machine;
      this.#guardUntilMs = Math.max(this.#guardUntilMs, untilMs);
      if (this.#guardHeld && machine.guard) machine.guard.untilMs = Math.max(machine.guard.untilMs, this.#guardUntilMs);
      this.#inMain(() => this.feed({ kind: 'leased', lease, untilMs }));
    });
  }
  received(event: Timed<Event> & { kind: 'assigned' | 'requested' }): void {
    this.#inMain(() => this.feed(event));
  }

  #wantGuard(wanted: boolean): void {
    if (wanted === this.#guardWanted) return;
    this.#guardWanted = wanted;
    this.#guardHeld = false;
    if (wanted) this.#thread(1, () => this.#holdGuard());
  }
  #holdGuard(): void {
    if (!this.#guardWanted || this.#guardHeld) return;
    const machine = this.#machine;
    if (!machine.guard) {
      this.#inMain(() => this.#guardIsMissing());
      return this.#thread(GUARD_RETRY_MS * 4, () => this.#holdGuard());
    }
    this.#guardHeld = true;
    machine.guard.untilMs = Math.max(machine.guard.untilMs, this.#guardUntilMs);
    const { untilMs } = machine.guard;
    this.#inMain(() => this.feed({ kind: 'guarded', held: true, untilMs }));
  }
  #guardIsMissing(): void {
    if (!needsGuard(this.state)) return;
    this.feed({ kind: 'guarded', held: false, untilMs: 0 });
    const until = this.state.leaseUntilMs ?? 0;
    const machine = this.#machine;
    machine.after(120, () => machine.startGuard(until));
  }
  /** Its connection to the guard has broken. */
  guardLost(): void {
    this.#inThread(() => {
      this.#guardHeld = false;
      this.#holdGuard();
    });
  }
}

function brief(event: Timed<Event>): string {
  switch (event.kind) {
    case 'assigned': {
      const { term, revision, instances } = event.assignment;
      return `${term}/${revision}: ${instances.map((one) => `${one.instance}#${one.generation} ${one.role}`).join(', ')}`;
    }
    case 'spawned':
    case 'vanished':
    case 'exited':
    case 'roleTold':
      return event.key;
    default:
      return '';
  }
}
