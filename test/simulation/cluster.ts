import type { Event, Happening } from '../../coordinator/core/events.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import { appOf, type InstanceId, type NodeName } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import { applicationsOf } from './applications.ts';
import { Bmc } from './bmc.ts';
import { Coordinator } from './coordinator.ts';
import { Disk } from './disk.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { Oracles } from './oracles.ts';
import type { ClusterPart, MachinePart, Process } from './parts.ts';
import { roll, tail } from './random.ts';
import type { Schedule, Shape } from './schedule.ts';
import { Timeline } from './timeline.ts';
import { Trouble } from './trouble.ts';

/** Few steps suffice for so few instances; most of a question's cost is its setting-up. */
const SOLVER_STEPS = 300;

/** A whole cluster in one process: machines, their BMCs, the network between them, a store, and a coordinator. */
export class Cluster implements ClusterPart {
  readonly seed: number;
  readonly shape: Shape;
  readonly timeline: Timeline;
  readonly trouble = new Trouble();
  readonly network: Network;
  readonly oracles: Oracles;
  readonly disk = new Disk();
  readonly settings: Settings;
  readonly machines: readonly Machine[];
  readonly bmcs: readonly Bmc[];
  readonly coordinatorRate: number;
  coordinator: Coordinator;
  /** From now on whatever is switched off is switched on again. */
  isHealed = false;
  /** The start of the coordinator's machine, from which its clock counts. */
  coordinatorBoot = { number: 1, clockMs: 5_000_000, sinceMs: 0 };
  #restartAt = 0;
  #restartsMachine = false;

  constructor(schedule: Schedule, keepsLines = false) {
    this.seed = schedule.seed;
    this.shape = schedule.shape;
    this.timeline = new Timeline(keepsLines);
    this.network = new Network(this.timeline, this.trouble, this.seed);
    const names = Array.from({ length: this.shape.nodes }, (_, k) => `N${k + 1}`);
    this.settings = {
      ...DEFAULT_SETTINGS,
      solverSteps: SOLVER_STEPS,
      ...this.shape.limits,
      bmc: {
        all: this.shape.bmc === 'all',
        nodes: this.shape.bmc === 'some' ? names.filter((_, k) => k % 2 === 0) : [],
      },
    };
    const rate = (k: number) => 1 + (this.shape.ratePpm / 1e6) * (roll(this.seed, 'rate', k) < 0.5 ? -1 : 1);
    this.coordinatorRate = rate(-1);
    this.machines = names.map((_, k) => new Machine(this, k, rate(k)));
    this.bmcs = this.machines.map((machine) => new Bmc(machine));
    this.oracles = new Oracles(this);
    this.coordinator = new Coordinator(this);
    for (const machine of this.machines) machine.bootUp();
    for (const spec of applicationsOf(this.shape)) this.command({ kind: 'apply', spec });
  }

  machine(name: string): Machine {
    const machine = this.machines.find((one) => one.name === name);
    if (!machine) throw new Error(`there is no ${name}`);
    return machine;
  }
  bmcOf(name: string): Bmc {
    return this.bmcs[this.machine(name).index]!;
  }
  domainOf(machine: MachinePart): string {
    return `D${machine.index}`;
  }

  command(command: Extract<Event, { kind: 'commanded' }>['command']): void {
    if (this.coordinator.ended) return;
    this.coordinator.command(command, (reply) => this.oracles.replied(command, reply));
  }

  /** From an agent to whichever coordinator is there when it arrives. */
  say(machine: MachinePart, happening: Happening): void {
    this.network.carry(machine.index, 'up', () => this.coordinator.feed(happening));
  }
  leaseArrives({ name }: MachinePart, lease: Lease): void {
    const machine = this.machine(name);
    if (!machine.power || machine.agent?.bootId !== lease.bootId) return;
    machine.leasedUntilMs = Math.max(machine.leasedUntilMs, lease.sentMs + lease.leaseMs);
    machine.agent.leased(lease);
  }

  /** Its kernel closes the connection: the broker publishes the will. */
  connectionLost(machine: MachinePart): void {
    this.#publishWill(machine, machine.disk.bootId, 5 + 400 * roll(this.seed, 'will', this.timeline.now));
  }
  machineLost(machine: MachinePart): void {
    // a machine without power closes nothing; where a switch tells the broker, it is quick all the same
    const quick = roll(this.seed, 'link down', this.timeline.now, machine.index) < 0.5;
    this.#publishWill(machine, machine.disk.bootId, quick ? 100 : 7500);
  }
  #publishWill(machine: MachinePart, bootId: number, inMs: number): void {
    this.timeline.in(inMs, () => {
      if (this.trouble.has('broker-down') !== null) return;
      this.coordinator.feed({ kind: 'hinted', gone: { v: 1, node: machine.name as NodeName, bootId } });
    });
  }
  /** After a cut, the agent connects anew, and the broker tells of the old connection's end. */
  reconnect(machine: Machine): void {
    this.#publishWill(machine, machine.disk.bootId, 20);
    const { agent } = machine;
    machine.after(50 + 1500 * roll(this.seed, 'reconnect', this.timeline.now, machine.index), () =>
      agent?.reconnected(),
    );
  }

  /** A fence has switched it off: somebody may switch it on again. */
  switchedOff({ name }: MachinePart): void {
    const machine = this.machine(name);
    this.oracles.count('machines switched off');
    if (!this.shape.bootsAgain && !this.isHealed) return;
    this.timeline.in(3000 + 6000 * roll(this.seed, 'boots', this.timeline.now), () => {
      if (!machine.power) machine.bootUp();
    });
  }

  crashCoordinator(downMs: number, withItsMachine = false): void {
    this.coordinator.die();
    if (withItsMachine) this.#restartsMachine = true;
    const at = this.timeline.now + downMs;
    this.#restartAt = Math.max(this.#restartAt, at);
    this.timeline.in(downMs, () => this.startCoordinator());
  }
  startCoordinator(): void {
    if (!this.coordinator.ended || (this.timeline.now < this.#restartAt && !this.isHealed)) return;
    if (this.trouble.has('store-full') !== null) {
      this.#restartAt = this.timeline.now + 500; // a coordinator whose store cannot be written does not start
      this.timeline.in(500, () => this.startCoordinator());
      return;
    }
    if (this.#restartsMachine)
      this.coordinatorBoot = { number: this.coordinatorBoot.number + 1, clockMs: 20_000, sinceMs: this.timeline.now };
    this.#restartsMachine = false;
    this.oracles.coordinatorStarts();
    this.timeline.mark('coordinator', 0, () => 'C: starts');
    this.coordinator = new Coordinator(this);
  }

  /* How long things take on a machine; by what they are about, so that they repeat. */
  spawnsAfterMs(machine: MachinePart, key: string): number {
    return tail(roll(this.seed, `spawn ${key}`, machine.index), 60, 300);
  }
  readyAfterMs(machine: MachinePart, key: string): number {
    return 50 + tail(roll(this.seed, `ready ${key}`, machine.index), 400, 1500);
  }
  stopsAfterMs(process: Process): number {
    return 10 + tail(roll(this.seed, `stop ${process.key}`), 300, 1500);
  }
  firstBeatMs(machine: MachinePart): number {
    return 100 + 900 * roll(this.seed, 'beat', machine.index);
  }
  isBroken(machine: MachinePart, instance: InstanceId): boolean {
    const amount = this.trouble.has('app-broken', machine.index);
    return amount !== null && (amount < 0.5 ? 'web' : 'db') === appOf(instance);
  }
}
