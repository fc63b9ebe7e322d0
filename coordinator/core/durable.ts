import type { AppName, InstanceId, IsolationPolicy, NodeName, Role } from '../../protocol/ids.ts';
import type { Inventory, ServerIdentity } from '../../protocol/messages.ts';
import type { Ranges } from '../../protocol/ranges.ts';
import type { AppSpec, Resources } from '../../protocol/spec.ts';
import type { RebootPhase, RebootStatus, Replacement } from '../../protocol/view.ts';
import type { HealthRecord } from './health-record.ts';

/*
 * Durable facts: what survives the coordinator. Everything else (liveness, readings, plans) is worked out again.
 * Each record is one JSON document under (table, key), so that any ordered key-value store can hold them.
 */

export interface MetaRecord {
  readonly term: number;
  readonly revision: number; // the highest ever used
}
/** By which stores the coordinator goes: its own first, then those whose nodes an operator had it take over. */
export interface IdentityRecord {
  readonly stores: readonly string[];
}
export interface AppRecord {
  readonly spec: AppSpec;
  readonly deleted: boolean; // its instances are being stopped; the record goes with the last of them
}
export interface NodeRecord {
  readonly node: NodeName;
  readonly bootId: number; // the newest ever heard
  readonly machineBoot: string;
  readonly server: ServerIdentity;
  readonly inventory: Inventory;
  readonly capacity: Resources;
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly guard: boolean;
  readonly stopBoundMs: number;
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly returning?: readonly InstanceId[]; // were on it when it was drained, and go back to it when it is used again
  readonly replacement: Replacement;
  readonly lost: boolean; // proved to run nothing, until it says hello again
}
/**
 * One process that may exist: a slot given to a node, with a generation that is never reused. It is written before the
 * assignment that starts it is sent, and deleted only on proof that nothing of it runs any more.
 */
export interface BindingRecord {
  readonly instance: InstanceId;
  readonly app: AppName;
  readonly node: NodeName;
  readonly generation: number;
  readonly role: Role;
  readonly isolation: IsolationPolicy;
  readonly demand: Resources; // held on the node until the binding is gone
  readonly wanted: boolean; // false: revoked, waits for proof that it has stopped
  readonly revokedAt: number; // the revision that first left it out; 0 while wanted
  /** The revision that first made it standby while it may still be active; 0 before that is sent, null when it is settled. */
  readonly demotedAt: number | null;
  readonly specHash: string; // of the runtime it was started with: a changed spec replaces it
}
/** The highest generation ever given to a slot, kept after its bindings are gone. */
export interface SlotRecord {
  readonly instance: InstanceId;
  readonly generation: number;
}
/** Which of a node's samples have been counted: it lives as long as the node, so that each counts once whoever restarts. */
export interface TallyRecord {
  readonly node: NodeName;
  readonly received: number; // samples that came, each counted once
  readonly lost: number; // samples that the agent said are lost for good
  readonly duplicates: number; // samples that came again
  readonly streams: readonly StreamTally[]; // the newest last
}
export interface StreamTally {
  readonly stream: number; // boot id of the agent that measured
  readonly counted: Ranges; // numbers of samples that came or are lost
}

/** The rolling reboot that is under way. */
export interface RebootRecord {
  readonly nodes: readonly NodeName[]; // in order
  readonly done: number; // so many of them, from the first, are back
  readonly phase: RebootPhase; // of the next one
  readonly status: RebootStatus;
  readonly why: string; // it has stopped
  /** Of that node before it was taken down: another start is told by these, and afterwards it is used as it was. */
  readonly machineBoot: string;
  readonly bootId: number;
  readonly wasCordoned: boolean;
  readonly wasDraining: boolean;
}

/** Hands off: nothing is started elsewhere, moved or fenced while this record is there. */
export interface DisarmRecord {
  readonly reason: string; // '' where none was given
  readonly wallMs: number; // Unix time, for people only
}

/** How a node has failed of late. Times are by the coordinator's clock; the record goes when nothing of it counts any more. */
export interface FlapRecord {
  readonly node: NodeName;
  readonly boot: string; // start of the coordinator's machine by whose clock the times are
  readonly failures: readonly number[]; // when, oldest first; the newest also when it counts no more
  readonly isDown: boolean; // it has not been heard since the newest
  readonly backAt: number; // when it was heard again, or its quarantine ended
  readonly holds: number; // quarantines in a row
  readonly quarantine: { readonly since: number; readonly untilAt: number | null } | null; // null: from when it is heard
  readonly isToBeLevelled: boolean; // it is back without its work, and gets some for the better once it is steady
}

/** A fence that was begun: power-off was ordered because the node was dead. */
export interface BegunFence {
  readonly node: NodeName;
  readonly at: number;
  readonly isOver: boolean; // proved off, or heard again since
}
/** The fences of late, oldest first. */
export interface FencesRecord {
  readonly boot: string; // start of the coordinator's machine by whose clock `at` is
  readonly begun: readonly BegunFence[];
}

export interface Durable {
  readonly meta: MetaRecord | null; // null: a new store
  readonly apps: readonly AppRecord[];
  readonly nodes: readonly NodeRecord[];
  readonly slots: readonly SlotRecord[];
  readonly bindings: readonly BindingRecord[];
  readonly tallies?: readonly TallyRecord[];
  readonly healths?: readonly HealthRecord[];
  readonly reboot?: RebootRecord | null;
  readonly identity?: IdentityRecord | null; // null: the store was made before there was one
  readonly disarmed?: DisarmRecord | null;
  readonly fences?: FencesRecord | null;
  readonly flaps?: readonly FlapRecord[];
}

export type DurableChange =
  | { readonly table: 'meta'; readonly key: 'meta'; readonly value: MetaRecord }
  | { readonly table: 'identity'; readonly key: 'identity'; readonly value: IdentityRecord }
  | { readonly table: 'app'; readonly key: AppName; readonly value: AppRecord | null } // null: delete
  | { readonly table: 'node'; readonly key: NodeName; readonly value: NodeRecord | null }
  | { readonly table: 'slot'; readonly key: InstanceId; readonly value: SlotRecord | null }
  | { readonly table: 'binding'; readonly key: string; readonly value: BindingRecord | null } // key: `web/0#7`
  | { readonly table: 'tally'; readonly key: NodeName; readonly value: TallyRecord | null }
  | { readonly table: 'health'; readonly key: NodeName; readonly value: HealthRecord | null }
  | { readonly table: 'reboot'; readonly key: 'reboot'; readonly value: RebootRecord | null }
  | { readonly table: 'disarm'; readonly key: 'disarm'; readonly value: DisarmRecord | null }
  | { readonly table: 'fences'; readonly key: 'fences'; readonly value: FencesRecord }
  | { readonly table: 'flap'; readonly key: NodeName; readonly value: FlapRecord | null };
