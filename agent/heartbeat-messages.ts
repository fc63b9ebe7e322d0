import type { ClusterName, NodeName } from '../protocol/ids.ts';
import type { Lease } from '../protocol/lease.ts';

/** What the heartbeat's thread is started with. */
export interface HeartbeatSetup {
  readonly cluster: ClusterName;
  readonly node: NodeName;
  readonly url: string;
  readonly bootId: number;
  readonly store: string; // of the coordinator that is obeyed; '' for none yet
  readonly heartbeatMs: number;
  readonly guardSocket: string;
  /** Numbers of 64 bits, written by the main thread, but for `turns`: see SHARED. */
  readonly shared: SharedArrayBuffer;
}

export const SHARED = { progressMs: 0, term: 1, revision: 2, turns: 3, length: 4 } as const;

export type ToHeartbeat =
  | { readonly kind: 'obey'; readonly store: string }
  | { readonly kind: 'beat' } // at once, beside the regular ones
  | { readonly kind: 'guard'; readonly wanted: boolean }
  | { readonly kind: 'stop' };

export type FromHeartbeat =
  | { readonly kind: 'leased'; readonly lease: Lease; readonly untilMs: number }
  /** The guard answers; this is the lease that it goes by. */
  | { readonly kind: 'guardHeld'; readonly untilMs: number }
  | { readonly kind: 'guardMissing' }
  /** Nothing but a question whether the main thread still comes round, where nothing else is to be told. */
  | { readonly kind: 'pulse' }
  | { readonly kind: 'ignored'; readonly code: string; readonly detail: string }
  | { readonly kind: 'link'; readonly up: boolean; readonly detail: string }
  | { readonly kind: 'stopped' };
