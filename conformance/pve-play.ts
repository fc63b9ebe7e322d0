import type { Solver } from '../placement/solver.ts';
import { Cluster } from './failover/cluster.ts';
import { appNameOf, capacityOf, roomFactor, specOf, type Wish } from './pve-apps.ts';
import { failingOf, type PveCase, placesOnStart, schedulerOf } from './pve-case.ts';

const BETWEEN_GROUPS_MS = 100_000;
const AT_REST_MS = 20_000; // until everything runs at the start
const AFTERWARDS_MS = 900_000; // longer than a node that came back is given nothing for the better
const SHUTDOWN_MS = 5000; // services stopped, then the power is off
const REBOOT_MS = 60_000;
const PINNED_MS = 60_000; // how long an application that is told to move is bound to where it goes
const LOOK_MS = 500;
const MIB = 2 ** 20;

/** What of the play is judged. */
export interface Played {
  readonly cluster: Cluster;
  readonly startMs: number; // when the case begins: before, its services were started where they are
  readonly faults: ReadonlyMap<string, readonly number[]>; // node → moments at which it was cut off or switched off
  readonly deleted: ReadonlySet<string>; // services
  readonly places: ReadonlyMap<string, string | null>; // service → node at the end
  readonly appsOf: ReadonlyMap<string, string>; // our name → service
}

/**
 * Plays a case in our cluster. Every node has a BMC. What its operators do is done the way ours would: maintenance is
 * `drain` and `uncordon`; a service is stopped with no replicas, and told to move by a rule that is taken back after the move.
 */
export function play(solver: Solver, one: PveCase): Played {
  return new Play(solver, one).run();
}

class Play {
  readonly #one: PveCase;
  readonly #cluster: Cluster;
  readonly #wishes = new Map<string, Wish>();
  readonly #faults = new Map<string, number[]>();
  readonly #deleted = new Set<string>();
  #startMs = 0;

  constructor(solver: Solver, one: PveCase) {
    this.#one = one;
    const leastShare = schedulerOf(one) === 'dynamic' ? 0.05 : 1; // what is used counts, also where that is less than the demand
    this.#cluster = new Cluster(solver, { measuredDemand: { leastShare, mostShare: 2, fallMs: 60_000 } });
    const factor = roomFactor(one);
    for (const node of one.nodes) this.#cluster.addMachine(node.id, capacityOf(node.cap, factor));
    for (const { id, state, demand } of one.apps) this.#add(id, isRunning(state), demand ?? {});
  }

  #add(id: string, runs: boolean, amounts: Wish['amounts']): void {
    this.#wishes.set(id, { runs, amounts, stopGraceMs: 5000, pinnedTo: null });
    const { starts, stop } = failingOf(id);
    const usage = { cpuMillicores: 100, memoryBytes: 1e6 };
    this.#cluster.behaviours.set(appNameOf(id), { failingStarts: starts, unstoppable: stop, ...usage });
    this.#use(id, amounts);
  }

  run(): Played {
    const one = this.#one;
    const [first, ...groups] = one.commands as [string[], ...string[][]];
    for (const command of first) this.#do(command);
    this.#cluster.run(AT_REST_MS);
    if (!placesOnStart(one)) this.#settle();
    this.#startMs = this.#cluster.timeline.nowMs;
    for (const id of this.#wishes.keys()) this.#apply(id);
    for (const group of groups) {
      this.#cluster.run(BETWEEN_GROUPS_MS);
      for (const command of group) this.#do(command);
    }
    this.#cluster.run(AFTERWARDS_MS);
    return {
      cluster: this.#cluster,
      startMs: this.#startMs,
      faults: this.#faults,
      deleted: this.#deleted,
      places: new Map([...this.#wishes.keys()].map((id) => [id, this.#cluster.placeOf(appNameOf(id))])),
      appsOf: new Map([...this.#wishes.keys()].map((id) => [appNameOf(id), id])),
    };
  }

  /** Everything runs where the case says that it is: bound there, without rules, which come when it begins. */
  #settle(): void {
    for (const [id, wish] of this.#wishes) {
      const node = this.#one.current[id];
      if (!wish.runs || node === undefined || !this.#cluster.machines.get(node)?.power) continue;
      const spec = specOf(this.#one, id, { ...wish, pinnedTo: node }, false);
      this.#cluster.command({ kind: 'apply', spec });
    }
    this.#cluster.run(AT_REST_MS);
  }

  #apply(id: string): void {
    const wish = this.#wishes.get(id);
    if (wish && !this.#deleted.has(id))
      this.#cluster.command({ kind: 'apply', spec: specOf(this.#one, id, wish, true) });
  }

  #wish(id: string, change: Partial<Wish>): void {
    const wish = this.#wishes.get(id);
    if (!wish) return;
    this.#wishes.set(id, { ...wish, ...change });
    this.#apply(id);
  }

  #do(command: string): void {
    const [verb, what = '', ...rest] = command.split(' ');
    switch (verb) {
      case 'power':
        return rest[0] === 'on' ? this.#powerOn(what) : this.#powerOff(what);
      case 'network':
        return rest[0] === 'on' ? this.#cluster.machines.get(what)?.reconnect() : this.#cutOff(what);
      case 'delay':
        return this.#cluster.run(1000 * Number(what));
      case 'crm':
        return this.#maintain(what, rest[0] ?? '');
      case 'restart-lrm':
        return this.#cluster.machines.get(what)?.restartAgent();
      case 'shutdown':
        return this.#goDown(what, false);
      case 'reboot':
        return this.#goDown(what, true);
      case 'service':
        return this.#service(what, rest);
    }
  }

  #fault(node: string): void {
    this.#faults.set(node, [...(this.#faults.get(node) ?? []), this.#cluster.timeline.nowMs]);
  }
  #cutOff(node: string): void {
    this.#fault(node);
    this.#cluster.machines.get(node)!.connected = false;
  }
  #powerOff(node: string): void {
    this.#fault(node);
    this.#cluster.machines.get(node)!.losePower();
  }
  #powerOn(node: string): void {
    const machine = this.#cluster.machines.get(node)!;
    machine.reconnect();
    machine.bootUp();
  }

  /** Of nodes, and of the whole cluster, whichever node is named. */
  #maintain(node: string, what: string): void {
    if (what === 'disarm-ha') this.#cluster.command({ kind: 'disarm', reason: '', wallMs: 0 });
    if (what === 'arm-ha') this.#cluster.command({ kind: 'arm' });
    const name = this.#cluster.machines.get(node)!.name;
    if (what === 'enable-node-maintenance')
      this.#cluster.command({ kind: 'node', action: 'drain', node: name, returns: true });
    if (what === 'disable-node-maintenance') this.#cluster.command({ kind: 'node', action: 'uncordon', node: name });
  }

  /** Emptied first where the case's policy is that services leave: the file shows that only by what it expects. */
  #goDown(node: string, comesBack: boolean): void {
    const { timeline } = this.#one.expected;
    const at = timeline.find(({ cmd }) => cmd === `${comesBack ? 'reboot' : 'shutdown'} ${node}`)?.t;
    const leaves = timeline.some((line) => line.t === at && (line.do === 'migrate' || line.do === 'relocate'));
    if (leaves) this.#maintain(node, 'enable-node-maintenance');
    const down = () => {
      if (leaves && this.#cluster.runsOn(node) > 0) return this.#cluster.timeline.in(LOOK_MS, down);
      this.#powerOff(node);
      if (!comesBack) return;
      this.#cluster.timeline.in(REBOOT_MS, () => {
        this.#powerOn(node);
        if (leaves) this.#cluster.timeline.in(LOOK_MS, () => this.#maintain(node, 'disable-node-maintenance'));
      });
    };
    this.#cluster.timeline.in(leaves ? LOOK_MS : SHUTDOWN_MS, down);
  }

  #service(id: string, [verb = '', ...rest]: readonly string[]): void {
    switch (verb) {
      case 'add':
        this.#deleted.delete(id);
        this.#add(id, isRunning(rest[1] ?? 'started'), {});
        return this.#apply(id);
      case 'delete':
        this.#deleted.add(id);
        this.#cluster.command({ kind: 'delete', app: appNameOf(id) });
        return;
      case 'migrate':
      case 'relocate':
        this.#wish(id, { pinnedTo: rest[0]! });
        return this.#cluster.timeline.in(PINNED_MS, () => this.#wish(id, { pinnedTo: null }));
      case 'stop':
        return this.#wish(id, { runs: false, stopGraceMs: 1000 * Number(rest[0]) });
      case 'set-static-stats':
      case 'set-dynamic-stats': {
        const amounts = { ...this.#wishes.get(id)?.amounts };
        for (let k = 0; k + 1 < rest.length; k += 2)
          amounts[rest[k]!] = Number(rest[k + 1]) * (rest[k]!.endsWith('mem') ? MIB : 1);
        this.#use(id, amounts);
        return this.#wish(id, { amounts });
      }
      case 'started':
      case 'enabled':
      case 'stopped':
      case 'disabled':
        return this.#wish(id, { runs: isRunning(verb) });
    }
  }

  #use(id: string, { cpu, mem }: Wish['amounts']): void {
    const behaviour = this.#cluster.behaviours.get(appNameOf(id));
    if (!behaviour) return;
    if (cpu !== undefined) behaviour.cpuMillicores = Math.round(1000 * cpu);
    if (mem !== undefined) behaviour.memoryBytes = Math.round(mem);
  }
}

function isRunning(state: string | null): boolean {
  return state === 'started' || state === 'enabled';
}
