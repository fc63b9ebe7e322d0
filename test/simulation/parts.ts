import type { AgentState } from '../../agent/state.ts';
import type { DurableChange } from '../../coordinator/core/durable.ts';
import type { Effect, Reply } from '../../coordinator/core/effects.ts';
import type { Command, Event, Happening } from '../../coordinator/core/events.ts';
import type { Settings } from '../../coordinator/core/settings.ts';
import type { State } from '../../coordinator/core/state.ts';
import type { InstanceId, Role } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { AssignedInstance, Assignment, InstanceReport, Request } from '../../protocol/messages.ts';
import type { Disk } from './disk.ts';
import type { Network } from './network.ts';
import type { Shape } from './schedule.ts';
import type { Timeline } from './timeline.ts';
import type { Trouble } from './trouble.ts';

/* The parts of a simulated cluster as they see each other. */

/** A process group of one instance. */
export interface Process {
  readonly key: string;
  readonly instance: string;
  readonly generation: number;
  readonly isolation: 'keep' | 'stop';
  readonly demand: Readonly<Record<string, number>>;
  readonly pid: number;
  readonly startedAt: number;
  role: Role;
  killed: boolean;
}

/** What is on disk about an instance, as agent/records.ts keeps it. */
export interface DiskRecord {
  assigned: AssignedInstance;
  ready: boolean;
  pid: number | null;
}

export interface AgentPart {
  readonly bootId: number;
  readonly state: AgentState;
  leased(lease: Lease): void;
  received(
    event:
      | { readonly kind: 'assigned'; readonly assignment: Assignment }
      | { readonly kind: 'requested'; readonly request: Request },
  ): void;
}

export interface MachinePart {
  readonly index: number;
  readonly name: string;
  readonly cluster: ClusterPart;
  readonly power: boolean;
  readonly frozen: boolean;
  /** Starts of the machine. */
  readonly boot: number;
  readonly processes: ReadonlyMap<string, Process>;
  readonly disk: { bootId: number; term: number; readonly records: Map<string, DiskRecord> };
  readonly agent: AgentPart | null;
  readonly guard: { untilMs: number } | null;
  readonly leasedUntilMs: number;
  clock(): number;
  after(localMs: number, act: () => void): void;
  spawn(assigned: AssignedInstance): Process;
  kill(key: string): void;
  terminate(key: string): void;
  startGuard(untilMs: number): void;
  losePower(): void;
}

export interface BmcPart {
  query(done: (power: 'on' | 'off' | 'unknown') => void): void;
  off(done: (accepted: boolean) => void): void;
}

/** Who looks on, and throws a Violation when a promise is broken. */
export interface Onlooker {
  started(machine: MachinePart, process: Process, term: number): void;
  ended(machine: MachinePart, process: Process): void;
  toldRole(machine: MachinePart, process: Process): void;
  thawed(machine: MachinePart): void;
  stepped(machine: MachinePart, after: AgentState): void;
  reports(machine: MachinePart, state: AgentState, instances: readonly InstanceReport[]): void;
  heard(event: Event, after: State): void;
  committed(changes: readonly DurableChange[], after: State): void;
  performs(effect: Effect, state: State): void;
  replied(command: Command, reply: Reply): void;
}

export interface ClusterPart {
  readonly seed: number;
  readonly shape: Shape;
  readonly settings: Settings;
  readonly timeline: Timeline;
  readonly trouble: Trouble;
  readonly network: Network;
  readonly disk: Disk;
  readonly oracles: Onlooker;
  readonly machines: readonly MachinePart[];
  readonly coordinatorRate: number;
  readonly coordinatorBoot: { readonly number: number; readonly clockMs: number; readonly sinceMs: number };
  machine(name: string): MachinePart;
  bmcOf(name: string): BmcPart;
  domainOf(machine: MachinePart): string;
  say(machine: MachinePart, happening: Happening): void;
  leaseArrives(machine: MachinePart, lease: Lease): void;
  connectionLost(machine: MachinePart): void;
  machineLost(machine: MachinePart): void;
  switchedOff(machine: MachinePart): void;
  crashCoordinator(downMs: number): void;
  spawnsAfterMs(machine: MachinePart, key: string): number;
  readyAfterMs(machine: MachinePart, key: string): number;
  stopsAfterMs(process: Process): number;
  firstBeatMs(machine: MachinePart): number;
  isBroken(machine: MachinePart, instance: InstanceId): boolean;
}
