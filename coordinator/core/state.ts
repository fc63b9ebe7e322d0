import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import type { InstanceReport } from '../../protocol/messages.ts';
import type { Presence } from '../../protocol/presence.ts';
import type { Reading } from '../../protocol/reading.ts';
import type { NameTable, Sample } from '../../protocol/samples.ts';
import type { Resources } from '../../protocol/spec.ts';
import type { Liveness } from '../../protocol/view.ts';
import type {
  AppRecord,
  BegunFence,
  BindingRecord,
  DisarmRecord,
  FlapRecord,
  NodeRecord,
  RebootRecord,
  TallyRecord,
} from './durable.ts';
import type { Survey } from './events.ts';
import { type HealthTrack, NOTHING_JUDGED } from './health-track.ts';
import type { History } from './sample-history.ts';
import type { Settings } from './settings.ts';

/*
 * Everything the coordinator knows. Durable facts (records) come from the store and go there before anything acts on them;
 * the rest is what was heard since this coordinator started. `at` values are its own monotonic clock in ms.
 */

/** A question to a node's BMC that is under way, or the course of a fence. */
export interface PowerCheck {
  readonly query: number; // the question asked last
  readonly waiting: boolean; // for its answer
  readonly offs: number; // answers `off` in a row
  readonly fence: boolean; // power-off was ordered: not only asked
  readonly nextAt: number; // when to ask again
  readonly since: number;
  readonly orderedAt: number; // when power-off was last ordered
  readonly told: number; // how often it was journalled that the BMC does not obey
}

/** A fence that would be one too many in its time. */
export interface HeldFence {
  readonly since: number;
  readonly askedAt: number; // when the BMC was last asked meanwhile
}

/** What is heard of one node. */
export interface Watch {
  readonly liveness: Liveness;
  readonly bootId: number; // of the agent that speaks for the node now; 0 before its hello
  readonly heardAt: number | null; // last heartbeat that counts as a sign of life
  readonly heartbeat: number; // highest heartbeat sequence of this boot
  readonly report: number; // highest report sequence of this boot
  readonly grantedAt: number; // when a lease was last granted (the coordinator's start where unknown: it may have been)
  readonly greetedAt: number; // when this boot first said hello
  readonly rival: number; // the older boot that was told of as still speaking; 0: none
  readonly store: string | undefined; // that its agent obeys, as it says; undefined: it knows of none
  readonly obeyed: { readonly term: number; readonly revision: number }; // newest assignment that the agent reports to have taken over
  readonly assigned: number; // revision of the newest assignment made for it under this term; 0: none yet
  readonly assignedAt: number; // when it was last sent
  readonly askedAt: number; // when it was last asked who it is
  readonly hung: boolean;
  readonly refused: string; // the last hello that was refused, so that it is journalled once
  readonly excused: boolean; // it is silent, and was so together with most others: no failure of its own
  readonly hinted: boolean; // the BMC was asked on a hint during this silence
  readonly power: PowerCheck | null;
  readonly held: HeldFence | null; // it is dead, and may not be fenced yet
  readonly actual: ReadonlyMap<string, InstanceReport>; // by binding key
  readonly usage: Resources | null;
  readonly peaks: ReadonlyMap<string, Peaks>; // by binding key: what instances were measured to use
  readonly readings: readonly Reading[];
  readonly health: HealthTrack;
  readonly pressure: Track | null; // of the node: PSI
}

/** What a node's agent tells of its sensors. */
export interface Telemetry {
  readonly bootId: number; // whose present values these are
  readonly tables: ReadonlyMap<string, NameTable>; // the newest few, by their id
  readonly whole: { readonly table: string; readonly latest: readonly Sample[] } | null; // null until a snapshot has come
  readonly next: number; // number that the next live sample should have
  readonly askedAt: number; // when something was last asked of it
  readonly histories: ReadonlyMap<string, History>; // by sensor
  readonly tally: TallyRecord;
  readonly unacknowledged: readonly number[]; // streams of which something came since the last receipt
  readonly isWaiting: boolean; // it has more to tell of the past
  readonly invitedAt: number; // when it was last told to go on with that
}

/** A smoothed value against a limit, with hysteresis. */
export interface Track {
  readonly value: number | null;
  readonly at: number;
  readonly missedSince: number | null;
}

/** What an instance was measured to use of one resource: a peak of the average, which rises with it and falls slowly. */
export interface Peak {
  readonly mean: number; // of the newest samples
  readonly peak: number; // when it was last sampled; never below the mean
  readonly at: number;
}
export type Peaks = Readonly<Record<string, Peak>>; // per resource

export interface Node {
  readonly record: NodeRecord;
  readonly watch: Watch;
}

export interface Binding {
  readonly record: BindingRecord;
  readonly since: number; // when it was made (or loaded)
  readonly readyAt: number | null; // first seen ready
  readonly warned: boolean; // its not becoming ready was journalled
}

/** Where a slot should be, as the last accepted solution says. */
export interface Target {
  readonly node: NodeName;
  readonly forced: boolean; // the move is needed (drain, failing hardware, a broken rule), not merely worthwhile
  readonly voluntary?: boolean; // for maintenance, levelling or performance: budgets count
  readonly detour?: NodeName; // a third node that it went over for want of room: it does so once
}

/** An instance of an application could not be started on a node: remembered for a while, so that the next try is elsewhere. */
export interface FailedStart {
  readonly instance: InstanceId;
  readonly generation: number;
  readonly at: number;
  readonly why: string;
  readonly counts: boolean; // it ran nowhere else meanwhile: one of the tries that it has
  readonly wellSince: number | null; // it runs there after all
  readonly isTold: boolean; // that no other node can take it
}

/** What a plan that is only for the better is to bring. */
export type Predicted =
  | { readonly kind: 'levelling'; readonly lowest: number; readonly highest: number } // shares of capacity
  | {
      readonly kind: 'objective';
      readonly instance: InstanceId;
      readonly app: AppName;
      readonly node: NodeName;
      readonly before: number; // its objective's value, which was above the target
      readonly target: number;
    };

/** A move whose outcome is not known yet. */
export interface Trial {
  readonly plan: number;
  readonly predicted: Extract<Predicted, { kind: 'objective' }>;
  readonly dueAt: number;
}

export interface Plan {
  readonly id: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly predicted: Predicted | null; // what it is to bring, where it is only for the better
  readonly slots: readonly { readonly instance: InstanceId; readonly from: NodeName | null; readonly to: NodeName }[];
}

export type Purpose =
  | 'repair' // all that is well stays where it is
  | 'repair-rated' // the same, and measurements hold no room
  | 'repair-free' // all may move, and measurements hold no room
  | 'failback' // only what would rather be elsewhere may move
  | 'rebalance'
  | 'performance';
export interface Solve {
  readonly id: number;
  readonly purpose: Purpose;
  readonly epoch: number;
  readonly reason: string;
  readonly names: { readonly nodes: readonly NodeName[]; readonly instances: readonly InstanceId[] };
  readonly homes: readonly number[];
  readonly apps: ReadonlyMap<AppName, AppRecord>; // as they were then
  readonly holdsMeasured: boolean; // something was measured to need more room than it demands
  readonly instance: InstanceId | null; // of a performance solve
}

/** A rolling reboot, with what of it need not survive. */
export interface Reboot {
  readonly record: RebootRecord;
  readonly since: number; // when its phase began (or was loaded)
  readonly query: number; // power-on asked last; 0: none yet
  readonly nextAt: number; // power-on is asked again then; while it comes back: not well for long enough before
  readonly refusals: number; // power-ons refused in a row
  readonly accepted: boolean; // one was accepted
}

export interface State {
  readonly settings: Settings;
  readonly startedAt: number;
  readonly at: number; // of the newest event
  readonly tickedAt: number;
  readonly graceFrom: number; // silence is not counted before this: start, deafness, an own pause
  readonly deaf: string | null; // why the coordinator does not trust its own ears
  readonly massSilence: boolean;
  /** Which coordinator this is: stores as in its IdentityRecord (none: it tells nobody), and the name of this process's run. */
  readonly self: { readonly stores: readonly string[]; readonly run: string };
  readonly other: { readonly said: Presence; readonly heardAt: number } | null; // another of this cluster name, while it is heard
  readonly deposed: number | null; // the term of the one that leads in its place: nothing is decided any more
  readonly foreign: ReadonlyMap<NodeName, string>; // nodes that obey another store
  readonly outrunAt: number | null; // when a node that had obeyed this term was first heard to obey a higher one
  readonly boot: string; // start of the coordinator's machine, from which its clock counts
  readonly fences: readonly BegunFence[]; // of late, oldest first
  readonly flaps: ReadonlyMap<NodeName, FlapRecord>;
  readonly term: number;
  readonly revision: number;
  readonly apps: ReadonlyMap<AppName, AppRecord>;
  readonly nodes: ReadonlyMap<NodeName, Node>;
  readonly slots: ReadonlyMap<InstanceId, number>; // highest generation ever given
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly targets: ReadonlyMap<InstanceId, Target>;
  readonly waiting: ReadonlyMap<InstanceId, readonly string[]>;
  readonly performance: ReadonlyMap<string, Track>; // by binding key
  readonly peaksLeft: ReadonlyMap<InstanceId, Peaks>; // of slots, from bindings that are gone
  readonly trial: Trial | null; // the newest move for an objective, until its outcome is known
  readonly unhelpful: ReadonlyMap<AppName, number>; // moves for its objective in a row that did not help
  readonly coolUntil: ReadonlyMap<AppName, number>; // no further move for performance before
  readonly stuckUntil: ReadonlyMap<InstanceId, number>; // a move of it failed: stays where it is until then
  readonly failedStarts: ReadonlyMap<AppName, ReadonlyMap<NodeName, FailedStart>>;
  readonly epoch: number; // grows with every change that placement must take into account
  readonly epochAt: number;
  readonly epochReason: string;
  readonly solvedEpoch: number;
  readonly loosened: ReadonlySet<AppName>; // their constraints changed: what runs of them may move
  readonly rebalance: string | null; // why a rebalancing should be considered
  readonly rebalancedAt: number;
  readonly failbackEpoch: number; // in which it was last asked who may go where it prefers to be
  readonly solve: Solve | null;
  readonly solves: number;
  readonly wasOvertaken: boolean; // the last answer was to a question that the cluster had left behind
  readonly plan: Plan | null;
  readonly plans: number;
  readonly reboot: Reboot | null;
  readonly disarmed: DisarmRecord | null; // nothing is decided by itself
  readonly queries: number;
  readonly telemetry: ReadonlyMap<NodeName, Telemetry>;
  readonly survey: {
    readonly asked: number;
    readonly epoch: number;
    readonly result: Survey | null;
    readonly waiting: boolean;
  };
}

export function bindingKey(instance: InstanceId, generation: number): string {
  return `${instance}#${generation}`;
}

/** Names as people count: N2 before N10. */
export function byName(a: string, b: string): number {
  return a === b ? 0 : NATURAL.compare(a, b);
}
const NATURAL = new Intl.Collator('en', { numeric: true });

/** What is known of a node whose agent has reported nothing in its present life. */
export const NOTHING_REPORTED = {
  actual: new Map(),
  usage: null,
  readings: [],
  health: NOTHING_JUDGED,
  pressure: null,
} satisfies Partial<Watch>;

export function hasBmc(settings: Settings, node: NodeName): boolean {
  return settings.bmc.all || settings.bmc.nodes.includes(node);
}
