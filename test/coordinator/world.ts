import type { Durable, DurableChange } from '../../coordinator/core/durable.ts';
import type { Effect, JournalLine, Reply } from '../../coordinator/core/effects.ts';
import type { Command, Event } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import { clusterView } from '../../coordinator/core/view.ts';
import { survey } from '../../coordinator/shell/survey.ts';
import type { Solution } from '../../placement/problem.ts';
import { loadSolver } from '../../placement/solver.ts';
import type { AppName, InstanceId, NodeName, Role } from '../../protocol/ids.ts';
import type { Assignment, InstanceReport } from '../../protocol/messages.ts';
import type { Reading } from '../../protocol/reading.ts';
import { AppSpec } from '../../protocol/spec.ts';
import type { ClusterView } from '../../protocol/view.ts';

/*
 * A cluster in one process under a clock of its own: the real coordinator core and the real solver, agents and BMCs as
 * simple models. It checks at every step that no slot runs twice as active and that nothing starts on a machine without power.
 */

const solver = await loadSolver();
const TICK_MS = 100;

interface Process {
  role: Role;
  readonly generation: number;
  readonly startedAt: number;
  stopsAt: number | null;
}

export interface SimNode {
  readonly name: NodeName;
  serial: string;
  domain: string;
  power: boolean;
  /** Its messages reach the coordinator and back. */
  connected: boolean;
  frozen: boolean;
  bmc: 'answers' | 'silent' | 'stuck';
  bootId: number;
  term: number;
  revision: number;
  greeted: boolean;
  leaseUntil: number;
  sequence: number;
  readings: Reading[];
  latencyMs: number;
  /** Applications whose instances never become ready here. */
  readonly broken: Set<string>;
  /** Applications whose program is missing here: they are tried again and again, ever more rarely. */
  readonly missing: Set<string>;
  readonly processes: Map<InstanceId, Map<number, Process & { isolation: string }>>;
  /** The assignment obeyed: what the lease's end has stopped is started again with the next lease. */
  assigned: Assignment['instances'];
}

export const SPEED = { readyMs: 300, stopMs: 200 };

/** What the network does to messages between agents and the coordinator, both ways. */
export interface Network {
  readonly loss: number; // share lost
  readonly doubled: number; // share delivered twice
  readonly delayMs: number; // up to this, so that messages overtake each other
  readonly random: () => number;
}
export const PERFECT: Network = { loss: 0, doubled: 0, delayMs: 0, random: () => 1 };

export class World {
  state: State;
  at = 0;
  readonly nodes = new Map<string, SimNode>();
  readonly journal: (JournalLine & { at: number })[] = [];
  readonly replies: Reply[] = [];
  readonly starts: { at: number; node: string; instance: string; role: Role }[] = [];
  readonly powerOffs: { at: number; node: string }[] = [];
  readonly #tables = {
    app: new Map(),
    node: new Map(),
    slot: new Map(),
    binding: new Map(),
    meta: new Map(),
    tally: new Map(),
    health: new Map(),
    reboot: new Map(),
    identity: new Map(),
    disarm: new Map(),
    fences: new Map(),
    flap: new Map(),
  };
  #queue: { at: number; event: () => void }[] = [];
  #requests = 0;

  readonly settings: Settings;
  /** Millicores that an instance uses where it is not 100. */
  readonly cpuUse = new Map<string, number>();
  /** On where it is of interest which losses would be survived. */
  surveys = false;
  network: Network = PERFECT;
  /** Start of the coordinator's machine: another one where that was restarted too. */
  boot = 'first';
  /** Off where replicas are lowered while an active one cannot be told: then there are too many for a while. */
  countsActives = true;

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { ...DEFAULT_SETTINGS, bmc: { all: true, nodes: [] }, solverSteps: 20_000, ...settings };
    const [state, effects] = initialState(this.settings, this.durable(), 0, 0, { boot: this.boot });
    this.state = state;
    this.#perform(effects);
  }

  /** Kills the coordinator and starts it again from what it had stored. */
  restartCoordinator(downMs = 0): void {
    this.#queue = this.#queue.filter(() => false);
    if (downMs > 0) this.runAgents(downMs);
    const [state, effects] = initialState(this.settings, this.durable(), this.at, this.at, { boot: this.boot });
    this.state = state;
    this.#perform(effects);
  }

  durable(): Durable {
    const t = this.#tables;
    return {
      meta: t.meta.get('meta') ?? null,
      apps: [...t.app.values()],
      nodes: [...t.node.values()],
      slots: [...t.slot.values()],
      bindings: [...t.binding.values()],
      tallies: [...t.tally.values()],
      healths: [...t.health.values()],
      reboot: t.reboot.get('reboot') ?? null,
      identity: t.identity.get('identity') ?? null,
      disarmed: t.disarm.get('disarm') ?? null,
      fences: t.fences.get('fences') ?? null,
      flaps: [...t.flap.values()],
    };
  }

  addNode(name: string, domain: string, serial = `SN-${name}`): SimNode {
    const node: SimNode = {
      name: name as NodeName,
      serial,
      domain,
      power: true,
      connected: true,
      frozen: false,
      bmc: 'answers',
      bootId: this.at + 1,
      term: 0,
      revision: 0,
      greeted: false,
      leaseUntil: Number.NEGATIVE_INFINITY,
      sequence: 0,
      readings: [],
      latencyMs: 5,
      broken: new Set(),
      missing: new Set(),
      processes: new Map(),
      assigned: [],
    };
    this.nodes.set(name, node);
    this.#hello(node);
    return node;
  }

  node(name: string): SimNode {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }

  /** The machine loses power: everything on it is gone, and the broker publishes its will. */
  losePower(name: string): void {
    const node = this.node(name);
    node.power = false;
    node.processes.clear();
    if (node.connected)
      this.feed({ kind: 'hinted', at: this.at, gone: { v: 1, node: node.name, bootId: node.bootId } });
  }

  restorePower(name: string): void {
    const node = this.node(name);
    node.power = true;
    node.frozen = false;
    node.connected = true;
    node.bootId = this.at + 1;
    node.sequence = 0;
    node.revision = 0;
    node.assigned = [];
    this.#hello(node);
  }

  command(command: Command): Reply {
    const request = ++this.#requests;
    this.feed({ kind: 'commanded', at: this.at, request, command });
    const reply = this.replies.at(-1);
    if (!reply) throw new Error('no reply');
    return reply;
  }

  apply(spec: Record<string, unknown>): Reply {
    return this.command({
      kind: 'apply',
      spec: AppSpec.parse({ runtime: { driver: 'process', command: ['/bin/app'] }, ...spec }),
    });
  }

  run(ms: number, each?: () => void): void {
    for (const end = this.at + ms; this.at < end; ) {
      this.at += TICK_MS;
      const due = this.#queue.filter((entry) => entry.at <= this.at);
      this.#queue = this.#queue.filter((entry) => entry.at > this.at);
      for (const entry of due) entry.event();
      this.#agents();
      this.feed({ kind: 'ticked', at: this.at });
      this.checkSafety();
      each?.();
    }
  }

  /** Time passes for the agents alone: no coordinator runs. */
  runAgents(ms: number): void {
    for (const end = this.at + ms; this.at < end; ) {
      this.at += TICK_MS;
      for (const node of this.nodes.values()) if (node.power && !node.frozen) this.#housekeep(node);
    }
  }

  view(): ClusterView {
    return clusterView(this.state, { cluster: 'test', at: this.at, wallMs: 0, version: 0, journal: [] });
  }

  /** What really runs: instance → node and role, only processes that are not being stopped. */
  running(): { instance: string; node: string; role: Role; generation: number }[] {
    return [...this.nodes.values()].flatMap((node) =>
      [...node.processes].flatMap(([instance, generations]) =>
        [...generations.values()]
          .filter((process) => process.stopsAt === null)
          .map((process) => ({ instance, node: node.name, role: process.role, generation: process.generation })),
      ),
    );
  }
  nodeOf(instance: string): string | undefined {
    return this.running().find((one) => one.instance === instance)?.node;
  }
  activesOf(app: string): number {
    return this.running().filter((one) => one.instance.startsWith(`${app}/`) && one.role === 'active').length;
  }
  said(pattern: RegExp): boolean {
    return this.journal.some((line) => pattern.test(line.text));
  }
  momentOf(pattern: RegExp): number {
    const line = this.journal.find((entry) => pattern.test(entry.text));
    if (!line)
      throw new Error(`nothing in the journal matches ${pattern}:\n${this.journal.map((l) => l.text).join('\n')}`);
    return line.at;
  }

  feed(event: Event): void {
    const [next, effects] = step(this.state, event);
    this.state = next;
    this.#perform(effects);
  }

  checkSafety(): void {
    const actives = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const node of this.nodes.values()) {
      for (const [instance, generations] of node.processes) {
        for (const process of generations.values()) {
          if (!node.power) throw new Error(`${instance} runs on ${node.name}, which has no power`);
          // a frozen process does nothing; should it thaw after its lease, agent and guard end it first
          if (process.role !== 'active' || node.frozen) continue;
          const other = actives.get(instance);
          if (other !== undefined) throw new Error(`at ${this.at}: ${instance} is active on ${other} and ${node.name}`);
          actives.set(instance, node.name);
          const app = instance.slice(0, instance.indexOf('/'));
          counts.set(app, (counts.get(app) ?? 0) + 1);
        }
      }
    }
    if (!this.countsActives) return;
    for (const [app, count] of counts) {
      const replicas = this.state.apps.get(app as AppName)?.spec.replicas;
      if (replicas !== undefined && count > replicas)
        throw new Error(`at ${this.at}: ${count} of ${app} are active, ${replicas} are wanted`);
    }
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'persist':
          this.#persist(effect.change);
          break;
        case 'record':
          this.journal.push({ ...effect.line, at: this.at });
          break;
        case 'assign':
          this.#deliver(effect.assignment.node, (node) => this.#obey(node, effect.assignment));
          break;
        case 'grant':
          this.#deliver(effect.lease.node, (node) => {
            node.leaseUntil = effect.lease.sentMs + effect.lease.leaseMs;
          });
          break;
        case 'request':
          this.#deliver(effect.request.node, (node) => this.#hello(node));
          break;
        case 'solve': {
          const { solve, problem, seed, steps } = effect;
          let solution: Solution | null = null;
          let error: string | null = null;
          try {
            solution = solver.solve(problem, { seed, steps });
          } catch (cause) {
            error = String(cause);
          }
          this.#later(20, () => this.feed({ kind: 'solved', at: this.at, solve, solution, error, tookMs: 20 }));
          break;
        }
        case 'queryPower': {
          const node = this.node(effect.node);
          const { query } = effect;
          this.#later(30, () => {
            const power = node.bmc === 'silent' ? 'unknown' : node.bmc === 'stuck' || node.power ? 'on' : 'off';
            this.feed({ kind: 'powerAnswered', at: this.at, node: node.name, query, power, detail: 'no answer' });
          });
          break;
        }
        case 'powerOn': {
          const node = this.node(effect.node);
          const { query } = effect;
          this.#later(30, () => {
            const accepted = node.bmc === 'answers';
            this.feed({ kind: 'powerOnAnswered', at: this.at, node: node.name, query, accepted, detail: 'no answer' });
            if (accepted && !node.power) this.#later(1000, () => this.restorePower(node.name));
          });
          break;
        }
        case 'powerOff': {
          const node = this.node(effect.node);
          const { query } = effect;
          this.powerOffs.push({ at: this.at, node: node.name });
          this.#later(30, () => {
            if (node.bmc === 'answers') {
              node.power = false;
              node.processes.clear();
            }
            const accepted = node.bmc !== 'silent';
            this.feed({ kind: 'powerOffAnswered', at: this.at, node: node.name, query, accepted, detail: 'no answer' });
          });
          break;
        }
        case 'reply':
          this.replies.push(effect.reply);
          break;
        case 'survey': {
          if (!this.surveys) break;
          const { survey: id, problem } = effect;
          const result = survey(solver, problem, () => false);
          this.#later(20, () => this.feed({ kind: 'surveyed', at: this.at, survey: id, result }));
          break;
        }
        case 'cancelSolve':
          break;
      }
    }
  }

  #persist(change: DurableChange): void {
    const table = this.#tables[change.table] as Map<string, unknown>;
    if (change.value === null) table.delete(change.key);
    else table.set(change.key, structuredClone(change.value));
  }

  #later(ms: number, event: () => void): void {
    this.#queue.push({ at: this.at + ms, event });
  }

  #deliver(name: NodeName, act: (node: SimNode) => void): void {
    const node = this.nodes.get(name);
    if (!node) return;
    this.#carry(1, () => {
      if (node.power && node.connected && !node.frozen) act(node);
    });
  }

  /** Over the network: late, lost or twice, as it is set. */
  #carry(minimumMs: number, arrive: () => void): void {
    const { loss, doubled, delayMs, random } = this.network;
    for (const copies = random() < doubled ? [0, 1] : [0]; copies.length > 0; copies.pop())
      if (random() >= loss) this.#later(minimumMs + Math.floor(random() * delayMs), arrive);
  }

  /** From an agent to the coordinator. Without a network of its own it arrives at once, which keeps plain tests plain. */
  #send(event: Event): void {
    if (this.network === PERFECT) this.feed(event);
    else this.#carry(1, () => this.feed({ ...event, at: this.at }));
  }

  #hello(node: SimNode): void {
    if (!node.connected) return;
    this.#send({
      kind: 'greeted',
      at: this.at,
      hello: {
        v: 1,
        node: node.name,
        bootId: node.bootId,
        machineBoot: `${node.serial}-${node.bootId}`,
        term: node.term,
        revision: node.revision,
        agentVersion: 'test',
        server: { serial: node.serial, vendor: 'Test', model: 'T1' },
        inventory: { os: '', kernel: '', cpuModel: '', cpuCores: 4, memoryBytes: 8e9, disks: [], networks: [] },
        capacity: { cpu: 4000, memory: 8_000_000_000 },
        domain: node.domain,
        labels: {},
        guard: true,
        stopBoundMs: 500,
        instances: this.#reports(node),
      },
    });
  }

  #obey(node: SimNode, assignment: Assignment): void {
    if (assignment.bootId !== node.bootId) return;
    if (assignment.term < node.term || (assignment.term === node.term && assignment.revision < node.revision)) return;
    node.term = assignment.term;
    node.revision = assignment.revision;
    const wanted = new Map(assignment.instances.map((one) => [`${one.instance}#${one.generation}`, one]));
    for (const [instance, generations] of node.processes)
      for (const process of generations.values())
        if (!wanted.has(`${instance}#${process.generation}`)) process.stopsAt ??= this.at + SPEED.stopMs;
    node.assigned = assignment.instances;
    this.#startMissing(node);
    this.#report(node, false);
  }

  #startMissing(node: SimNode): boolean {
    let changed = false;
    for (const one of node.assigned) {
      const generations = node.processes.get(one.instance) ?? new Map();
      node.processes.set(one.instance, generations);
      const running = generations.get(one.generation);
      if (running) running.role = one.role;
      else {
        generations.set(one.generation, {
          role: one.role,
          generation: one.generation,
          startedAt: this.at,
          stopsAt: null,
          isolation: one.isolation,
        });
        this.starts.push({ at: this.at, node: node.name, instance: one.instance, role: one.role });
        changed = true;
      }
    }
    return changed;
  }

  #reports(node: SimNode): InstanceReport[] {
    return [...node.processes].flatMap(([instance, generations]) =>
      [...generations.values()].map((process): InstanceReport => {
        const app = instance.slice(0, instance.indexOf('/'));
        const isMissing = node.missing.has(app);
        const ready = this.at - process.startedAt >= SPEED.readyMs && !node.broken.has(app) && !isMissing;
        // each try waits twice as long as the one before, 200 ms at first
        const failures = isMissing ? 1 + Math.floor(Math.log2((this.at - process.startedAt) / 200 + 1)) : 0;
        return {
          instance,
          generation: process.generation,
          role: process.role,
          state: process.stopsAt !== null ? 'stopping' : ready ? 'ready' : isMissing ? 'backoff' : 'starting',
          pid: isMissing ? null : 1000,
          restarts: failures,
          ...(failures > 0 && { failures }),
          detail: ready ? '' : isMissing ? 'spawn /bin/app ENOENT' : 'the port is not open',
          ports: {},
          cpuMillicores: this.cpuUse.get(instance) ?? 100,
          memoryBytes: 1e6,
          latencyMs: ready ? node.latencyMs : null,
          value: null,
        };
      }),
    );
  }

  #report(node: SimNode, full: boolean): void {
    if (!node.connected || !node.power || node.frozen) return;
    this.#send({
      kind: 'reported',
      at: this.at,
      report: {
        v: 1,
        node: node.name,
        bootId: node.bootId,
        sequence: ++node.sequence,
        term: node.term,
        revision: node.revision,
        instances: this.#reports(node),
        usage: full ? { cpu: 100 } : null,
        readings: full ? node.readings : null,
      },
    });
  }

  /** What every agent does by itself: ends stopping processes, and `stop` instances when the lease has run out. */
  #housekeep(node: SimNode): boolean {
    let changed = false;
    for (const [instance, generations] of node.processes) {
      for (const [generation, process] of generations) {
        const expired =
          process.isolation === 'stop' && this.at >= node.leaseUntil && this.at > process.startedAt + 6000;
        if (!expired && (process.stopsAt === null || this.at < process.stopsAt)) continue;
        generations.delete(generation);
        changed = true;
      }
      if (generations.size === 0) node.processes.delete(instance);
    }
    if (this.at < node.leaseUntil) changed = this.#startMissing(node) || changed;
    return changed;
  }

  #agents(): void {
    for (const node of [...this.nodes.values()]) {
      if (node.power && !node.frozen) {
        const changed = this.#housekeep(node);
        if (this.at % 1000 === 0 && node.connected)
          this.#send({
            kind: 'heartbeaten',
            at: this.at,
            heartbeat: {
              v: 1,
              node: node.name,
              bootId: node.bootId,
              sequence: ++node.sequence,
              sentMs: this.at,
              term: node.term,
              revision: node.revision,
              mainSilenceMs: 0,
            },
          });
        if (changed || this.at % 500 === 0) this.#report(node, this.at % 500 === 0);
      } else if (node.power && node.frozen) {
        // the guard is a process of its own, but it is frozen with the machine
      }
    }
  }
}

/** Nine nodes in three failure domains, heard and at rest. */
export function nineNodes(settings: Partial<Settings> = {}): World {
  const world = new World(settings);
  for (let i = 1; i <= 9; i++) world.addNode(`N${i}`, ['A', 'B', 'C'][Math.floor((i - 1) / 3)] ?? 'A');
  world.run(1000);
  return world;
}

export const WEB = { name: 'web', replicas: 3, demand: { cpu: 500, memory: 256e6 } };
export const DB = {
  name: 'db',
  replicas: 1,
  standby: 1,
  priority: 90,
  isolation: 'stop',
  demand: { cpu: 800, memory: 1e9 },
};
export const BATCH = { name: 'batch', replicas: 4, priority: 10, demand: { cpu: 700, memory: 512e6 } };
