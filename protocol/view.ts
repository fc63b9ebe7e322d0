import type { AppName, InstanceId, NodeName, Role } from './ids.ts';
import type { InstanceState, Inventory, ServerIdentity } from './messages.ts';
import type { Reading, Unit } from './reading.ts';
import type { AppSpec } from './spec.ts';

/*
 * What people see: the whole cluster as one document, made by the coordinator, shown by the dashboard, `evenkeel status`
 * and anything that asks GET /api/v1/status or listens to its event stream. Types only: these are written, never read back.
 */

export type Liveness =
  | 'unknown' // known from the store, not heard since this coordinator started
  | 'alive'
  | 'suspect' // silent for longer than two heartbeats
  | 'dead' // silent past the decision time; not yet known to run nothing
  | 'fencing' // its BMC was told to power it off
  | 'lost'; // proved to run nothing (BMC off, lease run out with a guard, or confirmed by a person)
export type Health = 'ok' | 'degraded' | 'failing';
/** Why a component is not well: which reading, against which limit, since when. */
export interface CauseView {
  readonly because:
    | 'limit' // it is beyond a limit of its device, or in a bad state
    | 'trend' // it is heading for one
    | 'count' // it grew by more than is allowed within a day
    | 'event' // its device said so
    | 'lost'; // it has no value any more, or none that can be true
  readonly health: Health | 'unknown'; // what it makes of its component
  readonly sensor: string;
  readonly value: number | null; // the reading; of a count, its growth within a day
  readonly unit: Unit;
  readonly limit: number | null; // in `unit`
  readonly forMs: number; // how long it has been so
  readonly leftMs: number | null; // of a trend: until the limit is reached
  readonly text: string;
}
/** It failed again and again, and gets nothing new for some time. */
export interface QuarantineView {
  readonly failures: number; // that led to it
  readonly forMs: number;
  readonly leftMs: number | null; // null: it is away, and the time runs from when it is heard again
  readonly text: string; // why, until when, and what ends it: behind the node's name
}
/** A fan, a disk, the memory: something that can fail by itself. */
export interface ComponentView {
  readonly component: string;
  readonly health: Health | 'unknown';
  readonly causes: readonly CauseView[]; // the worst first
}
/** Guided replacement of the server behind a node. */
export type Replacement = 'draining' | 'powering-off' | 'awaiting-server' | null;

/** A rolling reboot: what is done to the node that it is at. */
export type RebootPhase =
  | 'waiting' // for everything to be at rest
  | 'draining'
  | 'powering-off'
  | 'powering-on'
  | 'awaiting-reboot' // by hand: it has no BMC
  | 'coming-back'; // heard again, and watched until it is well
export type RebootStatus =
  | 'running'
  | 'paused'
  | 'stopped' // at the first failure
  | 'ending'; // called off: the node that is off is brought back first
export interface RebootView {
  readonly status: RebootStatus;
  readonly why: string; // it has stopped; '' otherwise
  readonly text: string; // how far it is
  readonly nodes: readonly { readonly node: NodeName; readonly state: RebootPhase | 'done' }[]; // in order
}

export interface InstanceView {
  readonly instance: InstanceId;
  readonly generation: number;
  readonly role: Role;
  readonly node: NodeName;
  /** `moving-in`, `moving-out` and `lost` say what the coordinator is doing with it; otherwise as its agent reports. */
  readonly state: InstanceState | 'assigned' | 'lost';
  readonly moving: 'in' | 'out' | null;
  readonly restarts: number;
  readonly pid: number | null;
  readonly ports: Readonly<Record<string, number>>;
  readonly cpuMillicores: number | null;
  readonly memoryBytes: number | null;
  readonly latencyMs: number | null;
  readonly detail: string;
}

export interface NodeView {
  readonly node: NodeName;
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly liveness: Liveness;
  readonly health: Health;
  /** Why health is not ok: one sentence per component. */
  readonly healthReasons: readonly string[];
  /** Its components that are not well, or of which nothing is known any more; the worst first. */
  readonly components: readonly ComponentView[];
  /** Sensors that it has and that are not believed, by configuration. */
  readonly denied: readonly string[];
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly quarantine?: QuarantineView; // while it is quarantined
  readonly replacement: Replacement;
  readonly silenceMs: number | null; // since its last heartbeat; null before the first
  readonly takeover: 'bmc' | 'lease' | 'manual'; // how its work can be taken over when it is lost: shown before it happens
  /** While it is dead and as many nodes were fenced of late as may be: how long it waits and has to wait, and what can be done. */
  readonly fenceHeld?: { readonly forMs: number; readonly leftMs: number; readonly text: string };
  readonly server: ServerIdentity | null;
  readonly inventory: Inventory | null;
  /** Per resource, base units: what it has, what placed instances demand, what was measured (null where it is not). */
  readonly capacity: Readonly<Record<string, number>>;
  readonly demand: Readonly<Record<string, number>>;
  readonly usage: Readonly<Record<string, number>> | null;
  /** What was measured as a share, 0 to 1: of CPU and memory the whole machine's, of others that of capacity. */
  readonly used: Readonly<Record<string, number>> | null;
  readonly readings: readonly Reading[];
  /** Measured values of its sensors: each counts once, as received or as lost for good. */
  readonly samples?: { readonly received: number; readonly lost: number; readonly duplicates: number };
  readonly instances: readonly InstanceView[];
}

export interface AppView {
  readonly app: AppName;
  readonly spec: AppSpec;
  readonly wanted: number; // replicas + standbys
  readonly ready: number; // of both roles
  readonly active: number; // ready and active
  /** Those that wait for the same reasons together; `who` names them for people. */
  readonly waiting: readonly {
    readonly who: string;
    readonly instances: readonly InstanceId[];
    readonly reasons: readonly string[];
  }[];
  /** Instances that fail to start where they are, and what is done about it. */
  readonly failing?: readonly { readonly instance: InstanceId; readonly text: string }[];
  readonly objective: {
    readonly value: number | null;
    readonly target: number;
    readonly missed: boolean;
    readonly worst: InstanceId | null;
  } | null;
}

export interface StepView {
  readonly id: number;
  readonly kind: 'start' | 'stop' | 'promote' | 'demote';
  readonly instance: InstanceId;
  readonly node: NodeName;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
}
export interface PlanView {
  readonly id: number;
  readonly reason: string;
  readonly steps: readonly StepView[];
}

/** One line of the decision journal. */
export interface JournalEntry {
  readonly id: number;
  readonly wallMs: number; // Unix time, for people only
  readonly kind:
    | 'coordinator'
    | 'node'
    | 'hardware'
    | 'fence'
    | 'application'
    | 'instance'
    | 'plan'
    | 'step'
    | 'decision'
    | 'performance'
    | 'operator';
  readonly severity: 'info' | 'notice' | 'warning' | 'error';
  readonly node: NodeName | null;
  readonly instance: InstanceId | null;
  readonly app: AppName | null;
  readonly text: string; // one sentence: what was decided or seen, and why
}

export interface Survives {
  readonly anyNode: boolean | null; // null: nothing runs that a loss could stop
  readonly notNode: NodeName | null; // the node whose loss would be worst
  readonly anyDomain: boolean | null; // null: no domain has more than one node, or there is only one
  readonly notDomain: string | null;
  readonly text: string; // behind `the cluster …`: who would have to wait, and what is short
}

export interface ClusterView {
  readonly cluster: string;
  readonly term: number;
  readonly wallMs: number;
  /** Grows with every change of the view. */
  readonly version: number;
  /** One sentence on how the cluster is. */
  readonly sentence: string;
  readonly tone: 'good' | 'busy' | 'warning' | 'bad';
  /** Whether the loss of any one node, or of any one failure domain, could be absorbed; null while that is being worked out. */
  readonly survives: Survives | null;
  readonly nodes: readonly NodeView[];
  readonly apps: readonly AppView[];
  readonly plan: PlanView | null;
  readonly reboot?: RebootView; // while one is under way
  /** While nothing is decided by itself: why, and since when (Unix time, ms). */
  readonly disarmed?: { readonly reason: string; readonly wallMs: number };
  readonly journal: readonly JournalEntry[]; // the newest 100, oldest first
}
