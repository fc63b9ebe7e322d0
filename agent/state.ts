import type { InstanceId, Role } from '../protocol/ids.ts';
import type { Lease } from '../protocol/lease.ts';
import type { AssignedInstance, Assignment, Request } from '../protocol/messages.ts';

/** Names one generation of an instance, `web/0#3`: two generations of it can be on a node while the older one stops. */
export type SlotKey = string;

export function slotKey(assigned: { readonly instance: InstanceId; readonly generation: number }): SlotKey {
  return `${assigned.instance}#${assigned.generation}`;
}

/** One generation of an instance that has processes here, is about to, or waits for its next try. */
export interface Slot {
  readonly key: SlotKey;
  readonly assigned: AssignedInstance; // as last told; a running process is not restarted when its runtime changes
  readonly phase: 'launching' | 'running' | 'waiting' | 'stopping';
  readonly role: Role; // that its process has been told
  readonly telling: Role | null; // being told now
  readonly pid: number | null;
  readonly ports: Readonly<Record<string, number>>;
  readonly readiness: 'unknown' | 'passing' | 'failing';
  readonly readinessFailures: number; // in a row
  readonly livenessFailures: number; // in a row
  readonly restarts: number;
  readonly failures: number; // in a row: the exponent of the back-off
  readonly startedAtMs: number;
  readonly dueAtMs: number; // waiting: the next try; stopping: SIGKILL, Infinity once it was sent
  readonly restart: boolean; // stopping: only to be started again
  readonly detail: string;
  readonly latencyMs: number | null;
  readonly value: number | null;
  readonly cpuMillicores: number | null;
  readonly memoryBytes: number | null;
}

export interface AgentState {
  readonly node: string;
  readonly bootId: number;
  readonly term: number; // the highest heard, kept on disk
  readonly store: string; // of the coordinator that is obeyed, kept on disk; '' before the first
  readonly foreign: string | null; // the other store that it was last told of that somebody gives orders by
  readonly revision: number; // newest assignment taken over in this boot; 0 before the first
  readonly assigned: boolean; // an assignment for this boot has arrived: before it, nothing is started or stopped
  readonly desired: ReadonlyMap<InstanceId, AssignedInstance>;
  readonly slots: ReadonlyMap<SlotKey, Slot>;
  /** Moment at which the lease ends; null while it is not known (an agent that restarted asks the guard). */
  readonly leaseUntilMs: number | null;
  readonly leaseRevision: number; // the newest revision that a lease has named
  readonly guarded: boolean; // a guard process answers
  readonly diskFull: boolean;
}

export interface Measurement {
  readonly cpuMillicores: number | null;
  readonly memoryBytes: number | null;
  readonly value: number | null;
}

/** Everything that can happen to an agent. `atMs` is the monotonic clock. */
export type Event = { readonly atMs: number } & (
  | { readonly kind: 'connected' }
  | { readonly kind: 'assigned'; readonly assignment: Assignment }
  /** `untilMs` is counted from the moment at which the heartbeat that the lease answers was sent. */
  | { readonly kind: 'leased'; readonly lease: Lease; readonly untilMs: number }
  | { readonly kind: 'requested'; readonly request: Request }
  /** The guard answers, and this is the lease that it knows of; or there is none. */
  | { readonly kind: 'guarded'; readonly held: boolean; readonly untilMs: number }
  | { readonly kind: 'ticked' }
  | {
      readonly kind: 'spawned';
      readonly key: SlotKey;
      readonly pid: number;
      readonly ports: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'spawnFailed'; readonly key: SlotKey; readonly detail: string; readonly diskFull: boolean }
  | { readonly kind: 'roleTold'; readonly key: SlotKey; readonly role: Role }
  | { readonly kind: 'roleFailed'; readonly key: SlotKey; readonly detail: string; readonly diskFull: boolean }
  /** The leader of the process group is dead; others of the group may live. */
  | { readonly kind: 'exited'; readonly key: SlotKey; readonly detail: string }
  /** No process of the instance lives. */
  | { readonly kind: 'vanished'; readonly key: SlotKey }
  | {
      readonly kind: 'probed';
      readonly key: SlotKey;
      readonly probe: 'readiness' | 'liveness';
      readonly latencyMs: number | null; // null: it failed
      readonly detail: string;
    }
  | { readonly kind: 'measured'; readonly measurements: ReadonlyMap<SlotKey, Measurement> }
);

export type NoteKind =
  | 'instance-exited'
  | 'instance-failed'
  | 'adopted'
  | 'lease-ended'
  | 'disk-full'
  | 'other-coordinator';

export type Effect =
  /** Whose orders are obeyed goes to disk, the store beside the term; performed before any other effect of the same step. */
  | { readonly kind: 'persistTerm'; readonly term: number }
  | { readonly kind: 'launch'; readonly key: SlotKey; readonly assigned: AssignedInstance }
  | { readonly kind: 'remember'; readonly key: SlotKey; readonly assigned: AssignedInstance; readonly ready: boolean }
  | { readonly kind: 'tellRole'; readonly key: SlotKey; readonly assigned: AssignedInstance }
  | { readonly kind: 'terminate'; readonly key: SlotKey }
  | { readonly kind: 'kill'; readonly key: SlotKey }
  | { readonly kind: 'forget'; readonly key: SlotKey } // its record is of no use any more
  | { readonly kind: 'hello' }
  | { readonly kind: 'report' }
  | {
      readonly kind: 'note';
      readonly note: NoteKind;
      readonly instance: InstanceId | null;
      readonly detail: string;
    };

export type Step = [AgentState, readonly Effect[]];
