import * as z from 'zod';
import { type AppName, NodeName } from './ids.ts';
import { STORE_ID } from './store-id.ts';

/*
 * The coordinator's HTTP JSON API, on a Unix socket and on loopback. Every path starts with /api/v1.
 *
 *   GET    /status                    ClusterView
 *   GET    /nodes  /nodes/:node       NodeView[] / NodeView
 *   GET    /apps   /apps/:app         AppView[] / AppView
 *   GET    /nodes/:node/history       NodeHistory: the latest points of its sensors
 *   GET    /events?after=ID&limit=N   JournalEntry[] (oldest first)
 *   GET    /stream                    server-sent events: `view` (ClusterView, whole, on change) and `journal` (JournalEntry)
 *   PUT    /apps/:app                 body: the spec as YAML or JSON text → Accepted
 *   DELETE /apps/:app                 → Accepted
 *   POST   /plan                      PlanRequest → PlanPreview; nothing is done
 *   GET    /explain/:app              Explanation
 *   POST   /nodes/:node/drain         DrainRequest or nothing → Accepted
 *   POST   /nodes/:node/cordon | uncordon | replace | confirm-dead | forget   → Accepted
 *   POST   /reboot                    RebootRequest: nodes one after the other → Accepted
 *   POST   /reboot/pause | resume | cancel   → Accepted; GET /status tells how far it is
 *   POST   /disarm                    DisarmRequest: nothing is decided by itself from now on → Accepted
 *   POST   /arm                       → Accepted
 *   GET    /store                     StoreStatus
 *   POST   /store/adopt               AdoptRequest: takes over the nodes that obey a store which is lost → Accepted
 *   POST   /store/backup              copies and checks the store now → StoreBackup
 *   GET    /metrics-json              counters of the shell (messages, invalid by code, store, solver)
 *
 * Outside of /api/v1: GET /metrics and /metrics/readings, for Prometheus.
 *
 * Errors: status 400 (bad input), 404 (unknown name), 409 (conflict), 503 (store cannot write), body ApiError.
 */
export const API_PREFIX = '/api/v1';

export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly details?: readonly string[] };
}
/** Per sensor, oldest first: where its value left its deadband. Between two points it stayed near the first. */
export interface NodeHistory {
  readonly node: NodeName;
  readonly sensors: Readonly<Record<string, readonly { readonly agoMs: number; readonly value: number }[]>>;
}

/** The change is on disk. `notes` says what follows, or why nothing does. */
export interface Accepted {
  readonly accepted: true;
  readonly notes: readonly string[];
}

/** A copy of the store that was found to be whole. */
export interface StoreBackup {
  readonly file: string;
  readonly madeMs: number; // Unix time
  readonly commits: number; // how many the store had had
}
export interface StoreStatus {
  readonly writable: boolean;
  readonly error: { readonly code: string; readonly message: string } | null; // why not
  readonly lastBackup: StoreBackup | null; // since the coordinator's start
  readonly backupError: { readonly code: string; readonly message: string } | null; // of the last attempt
}

/** What would happen if: nodes lost, nodes added (like an existing one), nodes emptied. All empty: what a plan made now would do. */
export const PlanRequest = z.strictObject({
  fail: z.array(NodeName).max(1000).default([]),
  add: z.int().min(0).max(1000).default(0),
  drain: z.array(NodeName).max(1000).default([]),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

/** A step of a plan: whatever order and overlap keeps to `after`, every node has room for all that is on it. */
export interface PreviewStep {
  readonly kind: 'start' | 'stop' | 'move';
  readonly instance: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly detour: boolean; // to a third node, and on from there later
  readonly interrupts: boolean; // stops what is started elsewhere later
  readonly why: string | null; // of a detour or an interruption
  readonly after: readonly number[]; // steps that must be finished before, by their place in the list
  readonly together: readonly number[]; // steps that begin and end with this one
  readonly wave: number; // from 0: steps of one wave can run at the same time
}
export interface PreviewSteps {
  readonly steps: readonly PreviewStep[];
  readonly waves: readonly (readonly number[])[];
  /** Who stays where it is, because no order of steps leads to where it should be. */
  readonly left: readonly { readonly instance: string; readonly why: string }[];
}

export interface PlanPreview {
  readonly moves: readonly {
    readonly instance: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly why: string;
  }[];
  readonly promotions: readonly { readonly instance: string; readonly node: string }[];
  /** Who would wait; `from` is where it runs now, null where it runs nowhere already. */
  readonly unplaced: readonly {
    readonly instance: string;
    readonly from: string | null;
    readonly reasons: readonly string[];
  }[];
  /** What stays on a node that was to be emptied, and why: no room or place elsewhere, no order of steps, or its budget. */
  readonly stays: readonly { readonly instance: string; readonly node: string; readonly reasons: readonly string[] }[];
  readonly plan: PreviewSteps; // how the moves would be carried out
  /** Highest relative load of any node and resource, before and after, 0 to 1 and above. */
  readonly maxLoadBefore: number;
  readonly maxLoadAfter: number;
  readonly text: string; // one sentence
  readonly solverMs: number;
}

/** Parts of what a place costs; `rules` and `failure domains` count before all others together. */
export type TermName =
  | 'rules'
  | 'failure domains'
  | 'move'
  | 'load' // of the fullest node
  | 'imbalance'
  | 'unease'
  | 'preference'
  | 'company';

export interface Explanation {
  readonly app: AppName;
  readonly instances: readonly {
    readonly instance: string;
    readonly node: string | null;
    readonly why: readonly string[]; // why here (or why nowhere)
    readonly failing?: string; // it does not run there: it fails to start, and what is done about that
    /** What it was measured to use, where it was: a peak that falls slowly, beside what it demands and what it counts for. */
    readonly measured: readonly {
      readonly resource: string;
      readonly demanded: number;
      readonly measured: number;
      readonly counted: number;
    }[];
    /** On the best other node that may take it: what would cost more (or, negative, less) than here. Null where none may. */
    readonly held: {
      readonly node: string;
      /** Numbers of rules broken and failure domains shared; the others in units of one move. Those of 0 are left out. */
      readonly terms: readonly { readonly term: TermName; readonly amount: number }[];
      readonly cost: number; // the sum of the terms that are in moves
    } | null;
    /** Every other node: what forbids it (all blockers at once), or, when nothing does, what it would cost more. */
    readonly others: readonly {
      readonly node: string;
      readonly allowed: boolean;
      readonly reasons: readonly string[];
    }[];
  }[];
}

export const NodeAction = z.enum(['cordon', 'uncordon', 'drain', 'replace', 'confirm-dead', 'forget']);
export type NodeAction = z.infer<typeof NodeAction>;

/** The store, as the nodes that obey it name it. */
export const AdoptRequest = z.strictObject({
  store: z.string().regex(STORE_ID, 'a store is named by 16 hexadecimal digits'),
});

export const DrainRequest = z.strictObject({ returns: z.boolean().default(false) });
export type DrainRequest = z.input<typeof DrainRequest>;

/** Nodes to reboot one after the other; `all` instead of names is every node that is not lost. */
export const RebootRequest = z.union([
  z.strictObject({ nodes: z.array(NodeName).min(1).max(10_000) }),
  z.strictObject({ all: z.literal(true) }),
]);
export type RebootRequest = z.infer<typeof RebootRequest>;
export const RebootControl = z.enum(['pause', 'resume', 'cancel']);
export type RebootControl = z.infer<typeof RebootControl>;

export const DisarmRequest = z.strictObject({ reason: z.string().max(200).default('') });
export type DisarmRequest = z.input<typeof DisarmRequest>;

export const DEFAULT_HTTP_PORT = 7400;
export const DEFAULT_MQTT_PORT = 7401;
