import { adoptedState } from '../../agent/initial-state.ts';
import { reportsOf } from '../../agent/instance-report.ts';
import type { AgentState, Effect, Event, SlotKey } from '../../agent/state.ts';
import { nextDueMs, step } from '../../agent/step.ts';
import type { Event as Told } from '../../coordinator/core/events.ts';
import { appOf, type NodeName } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { AssignedInstance, Hello } from '../../protocol/messages.ts';
import type { Timeline } from './timeline.ts';

type Without<E, Key extends string> = E extends unknown ? Omit<E, Key> : never;
export type Message = Without<Told, 'at'>;

/** What a machine needs to know of the world around it. */
export interface Surroundings {
  readonly timeline: Timeline;
  /** Carries a message to the coordinator, if the network does. */
  say(machine: Machine, message: Message): void;
  /** How the application behaves. */
  failsToStart(app: string): boolean;
  readonly unstoppable: (app: string) => boolean;
  usageOf(app: string): { readonly cpuMillicores: number; readonly memoryBytes: number };
  ran(machine: Machine, process: Process): void;
}

export interface Process {
  readonly key: SlotKey;
  readonly app: string;
  assigned: AssignedInstance; // as its agent told it last
}

const SPAWN_MS = 50;
const STOP_MS = 500;
const LOOK_MS = 2000; // how often everything is measured and reported

/** A server: power, network, processes, and an agent whose decisions are the real ones (agent/step.ts). */
export class Machine {
  readonly name: NodeName;
  power = false;
  connected = false;
  readonly processes = new Map<SlotKey, Process>();
  readonly #around: Surroundings;
  readonly #capacity: Hello['capacity'];
  #state: AgentState | null = null; // null: no agent runs
  #boot = 0; // of the machine
  #life = 0; // of the agent
  #term = 0; // on disk
  #due = 0;
  #sequence = 0;
  readonly #sentMs = new Map<number, number>();

  constructor(name: string, capacity: Hello['capacity'], around: Surroundings) {
    this.name = name as NodeName;
    this.#capacity = capacity;
    this.#around = around;
  }

  get isReachable(): boolean {
    return this.power && this.connected;
  }

  bootUp(): void {
    if (this.power) return;
    this.power = true;
    this.#boot++;
    this.startAgent();
  }

  losePower(): void {
    this.power = false;
    this.#state = null;
    this.processes.clear();
  }

  /** The agent ends, what it looks after runs on; another one adopts that. */
  restartAgent(): void {
    if (this.power) this.startAgent();
  }

  startAgent(): void {
    const now = this.#around.timeline.nowMs;
    this.#life = Math.max(this.#life + 1, Math.floor(now) + 1);
    const living = [...this.processes.values()].map(({ assigned }) => ({
      v: 1 as const,
      token: 'of-this-process',
      machineBoot: String(this.#boot),
      pid: 1000,
      startTicks: 1,
      ports: {},
      ready: true,
      assigned,
    }));
    this.#state = adoptedState(this.name, { bootId: this.#life, term: this.#term }, living);
    this.feed({ kind: 'connected' });
    this.#beat();
    this.#look();
  }

  reconnect(): void {
    this.connected = true;
    this.feed({ kind: 'connected' });
  }

  feed(event: Without<Event, 'atMs'>): void {
    if (!this.#state) return;
    const now = this.#around.timeline.nowMs;
    const [state, effects] = step(this.#state, { ...event, atMs: now } as Event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    const due = nextDueMs(state) - now;
    const timer = ++this.#due;
    if (Number.isFinite(due))
      this.#after(Math.max(due, 50), () => timer === this.#due && this.feed({ kind: 'ticked' }));
  }

  /** Within this life of the agent. */
  #after(ms: number, act: () => void): void {
    const life = this.#life;
    this.#around.timeline.in(ms, () => {
      if (this.power && this.#life === life && this.#state) act();
    });
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'persistTerm':
        this.#term = effect.term;
        return;
      case 'launch':
        return this.#launch(effect.key, effect.assigned);
      case 'tellRole':
        return this.#after(1, () => {
          const process = this.processes.get(effect.key);
          if (!process)
            return this.feed({ kind: 'roleFailed', key: effect.key, detail: 'it is gone', diskFull: false });
          process.assigned = effect.assigned;
          this.#around.ran(this, process);
          this.feed({ kind: 'roleTold', key: effect.key, role: effect.assigned.role });
        });
      case 'terminate':
      case 'kill':
        return this.#after(effect.kind === 'kill' ? 5 : STOP_MS, () => this.#stop(effect.key));
      case 'hello':
        return this.#hello();
      case 'report':
        return this.#after(10, () => this.#report(false));
      case 'remember':
      case 'forget':
      case 'note':
        return; // records and journal: nothing here reads them
    }
  }

  #launch(key: SlotKey, assigned: AssignedInstance): void {
    this.#after(SPAWN_MS, () => {
      const app = appOf(assigned.instance);
      const process = { key, app, assigned };
      this.processes.set(key, process);
      this.#around.ran(this, process);
      this.feed({ kind: 'spawned', key, pid: 1000, ports: {} });
      if (this.#around.failsToStart(app)) {
        this.#after(20, () => {
          this.processes.delete(key);
          this.feed({ kind: 'exited', key, detail: 'exit code 1' });
          this.feed({ kind: 'vanished', key });
        });
      }
    });
  }

  #stop(key: SlotKey): void {
    const process = this.processes.get(key);
    if (process && this.#around.unstoppable(process.app)) return;
    this.processes.delete(key);
    this.feed({ kind: 'vanished', key });
  }

  #hello(): void {
    const state = this.#state!;
    this.#around.say(this, {
      kind: 'greeted',
      hello: {
        v: 1,
        node: this.name,
        bootId: this.#life,
        machineBoot: `${this.name}-${this.#boot}`,
        term: state.term,
        revision: state.revision,
        agentVersion: 'simulated',
        server: { serial: `SN-${this.name}`, vendor: '', model: '' },
        inventory: {
          os: '',
          kernel: '',
          cpuModel: '',
          cpuCores: Math.max(1, Math.floor((this.#capacity.cpu ?? 0) / 1000)),
          memoryBytes: this.#capacity.memory ?? 0,
          disks: [],
          networks: [],
        },
        capacity: this.#capacity,
        domain: this.name,
        labels: {},
        guard: false,
        stopBoundMs: 0,
        instances: reportsOf(state),
      },
    });
  }

  #beat(): void {
    const state = this.#state!;
    const sequence = this.#sequence++;
    const now = this.#around.timeline.nowMs;
    this.#sentMs.set(sequence, now);
    this.#sentMs.delete(sequence - 16);
    const { term, revision } = state;
    const heartbeat = { v: 1 as const, node: this.name, bootId: this.#life, sequence, sentMs: now };
    this.#around.say(this, { kind: 'heartbeaten', heartbeat: { ...heartbeat, term, revision, mainSilenceMs: 0 } });
    this.#after(1000, () => this.#beat());
  }

  leased(lease: Lease): void {
    const sentMs = this.#sentMs.get(lease.sequence);
    if (sentMs !== undefined && lease.bootId === this.#life)
      this.feed({ kind: 'leased', lease, untilMs: sentMs + lease.leaseMs });
  }

  #look(): void {
    const measured = [...this.processes.values()].map(
      ({ key, app }) => [key, { ...this.#around.usageOf(app), value: null }] as const,
    );
    this.feed({ kind: 'measured', measurements: new Map(measured) });
    this.#report(true);
    this.#after(LOOK_MS, () => this.#look());
  }

  #report(whole: boolean): void {
    const state = this.#state!;
    this.#around.say(this, {
      kind: 'reported',
      report: {
        v: 1,
        node: this.name,
        bootId: this.#life,
        sequence: this.#sequence++,
        term: state.term,
        revision: state.revision,
        instances: reportsOf(state),
        usage: whole ? { cpu: 100 } : null,
        readings: whole ? [] : null,
      },
    });
  }
}
