import type { Problem } from '../../placement/problem.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { Assignment, Request } from '../../protocol/messages.ts';
import type { Receipt } from '../../protocol/samples.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import type { DurableChange } from './durable.ts';

export type JournalLine = Omit<JournalEntry, 'id' | 'wallMs'>;

/**
 * What the core asks of the shell. The shell first commits all `persist` and `record` effects of a step in one
 * transaction; when that fails it drops the step's new state and its other effects (nothing happened) and says so.
 * Only then does it perform the rest, in order.
 */
export type Effect =
  | { readonly kind: 'persist'; readonly change: DurableChange }
  | { readonly kind: 'record'; readonly line: JournalLine }
  | { readonly kind: 'assign'; readonly assignment: Assignment }
  | { readonly kind: 'grant'; readonly lease: Lease }
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'acknowledge'; readonly receipt: Receipt }
  | {
      readonly kind: 'solve';
      readonly solve: number;
      readonly problem: Problem;
      readonly seed: number;
      readonly steps: number;
    }
  | { readonly kind: 'survey'; readonly survey: number; readonly problem: Problem }
  | { readonly kind: 'cancelSolve'; readonly solve: number }
  | { readonly kind: 'queryPower'; readonly node: NodeName; readonly query: number }
  | { readonly kind: 'powerOff'; readonly node: NodeName; readonly query: number }
  | { readonly kind: 'powerOn'; readonly node: NodeName; readonly query: number }
  | { readonly kind: 'reply'; readonly request: number; readonly reply: Reply };

export type Reply =
  | { readonly ok: true; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      readonly code: 'NODE_UNKNOWN' | 'APP_UNKNOWN' | 'CONFLICT' | 'REQUEST_INVALID';
      readonly message: string;
    };
