import type { Solution } from '../../placement/problem.ts';
import type { NodeAction, RebootControl } from '../../protocol/api.ts';
import type { AppName, NodeName } from '../../protocol/ids.ts';
import type { Gone, Heartbeat, Hello, NodeEvent, Report } from '../../protocol/messages.ts';
import type { Presence } from '../../protocol/presence.ts';
import type { NameTable, Samples } from '../../protocol/samples.ts';
import type { AppSpec } from '../../protocol/spec.ts';

/** What an operator asks for. Checked for form by the shell; whether it makes sense is the core's to say. */
export type Command =
  | { readonly kind: 'apply'; readonly spec: AppSpec }
  | { readonly kind: 'delete'; readonly app: AppName }
  | { readonly kind: 'node'; readonly action: NodeAction; readonly node: NodeName; readonly returns?: boolean }
  /** No nodes: all. `own`: nodes that the coordinator would switch off under itself. */
  | { readonly kind: 'reboot'; readonly nodes: readonly NodeName[]; readonly own: readonly NodeName[] }
  | { readonly kind: 'controlReboot'; readonly control: RebootControl }
  | { readonly kind: 'adopt'; readonly store: string }
  /** `wallMs` is Unix time, for people only. */
  | { readonly kind: 'disarm'; readonly reason: string; readonly wallMs: number }
  | { readonly kind: 'arm' };

/** Whether the loss of any one node, and of any one failure domain, could be absorbed, and the worst of those that could not. */
export interface Survey {
  readonly anyNode: boolean | null; // null: nothing runs that a loss could stop
  readonly anyDomain: boolean | null; // null: no domain has more than one node, or there is only one
  readonly node: SurveyLoss | null;
  readonly domain: SurveyLoss | null;
  readonly taking: number; // nodes to which something new may go
}
export interface SurveyLoss {
  readonly what: string; // name of the node or domain
  readonly waiting: readonly string[]; // instances that would have to wait
  /** With so much more room, in all, those would run that rules do not keep off all other nodes. */
  readonly short: readonly { readonly resource: string; readonly amount: number }[];
  readonly ruledOut: number; // of those that wait
  readonly isPartial: boolean; // very many wait: what is short was counted for the most important of them
  readonly others: number; // losses of the same kind that could not be absorbed either
}

export type PowerAnswer = 'on' | 'off' | 'unknown';

/** Everything that can happen to the coordinator. `at` is its own monotonic clock in ms; wall clocks decide nothing. */
export type Event = { readonly at: number } & (
  | { readonly kind: 'ticked' }
  | { readonly kind: 'greeted'; readonly hello: Hello }
  | { readonly kind: 'heartbeaten'; readonly heartbeat: Heartbeat }
  | { readonly kind: 'reported'; readonly report: Report }
  | { readonly kind: 'named'; readonly node: NodeName; readonly names: NameTable }
  | { readonly kind: 'sampled'; readonly node: NodeName; readonly samples: Samples }
  /** It is time to make durable what was counted, and to acknowledge it; and what is judged over days. */
  | { readonly kind: 'tallied'; readonly wallMs: number }
  | { readonly kind: 'noted'; readonly event: NodeEvent }
  | { readonly kind: 'hinted'; readonly gone: Gone } // a will: the broker lost the connection
  | {
      readonly kind: 'solved';
      readonly solve: number;
      readonly solution: Solution | null;
      readonly error: string | null;
      readonly tookMs: number;
    }
  | {
      readonly kind: 'powerAnswered';
      readonly node: NodeName;
      readonly query: number;
      readonly power: PowerAnswer;
      readonly detail: string;
    }
  | {
      readonly kind: 'powerOffAnswered';
      readonly node: NodeName;
      readonly query: number;
      readonly accepted: boolean;
      readonly detail: string;
    }
  | {
      readonly kind: 'powerOnAnswered';
      readonly node: NodeName;
      readonly query: number;
      readonly accepted: boolean;
      readonly detail: string;
    }
  | { readonly kind: 'commanded'; readonly request: number; readonly command: Command }
  | { readonly kind: 'surveyed'; readonly survey: number; readonly result: Survey | null }
  | { readonly kind: 'otherHeard'; readonly said: Presence } // another coordinator of this cluster name
  /** The coordinator's own ears: round trip of its probe through the broker and its own event-loop lag. */
  | { readonly kind: 'listened'; readonly deaf: boolean; readonly detail: string }
);

/** An event before the clock is read. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;
