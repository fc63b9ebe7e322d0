import type { InstanceId, NodeName } from '../protocol/ids.ts';
import type { ClusterView, InstanceView, JournalEntry } from '../protocol/view.ts';

/*
 * What the page knows, as a function of what it has heard. The coordinator's view is the truth and is replaced whole;
 * beside it the page remembers only what a view cannot say: older journal lines, where each instance was seen last (so
 * that a chip can fly from there), and what a lost node ran. It does not open connections: stream.ts does.
 */

export const JOURNAL_KEPT = 200;

export interface Live {
  readonly view: ClusterView | null;
  /** Oldest first, ids ascending, at most JOURNAL_KEPT. */
  readonly journal: readonly JournalEntry[];
  readonly connection: 'connecting' | 'live' | 'lost';
  /** No view has come over the present connection yet: the next one counts, whatever its version says. */
  readonly fresh: boolean;
  /** Coordinator's clock minus this browser's, so that "5 s ago" is right where the clocks differ. */
  readonly skewMs: number;
  /** Where each instance was seen last; where it was lost only when it was never seen elsewhere. */
  readonly homes: ReadonlyMap<InstanceId, NodeName>;
  /** What each dead, fenced or lost node ran when it was last alive. */
  readonly remains: ReadonlyMap<NodeName, readonly InstanceView[]>;
}

export type LiveEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'viewed'; readonly at: number; readonly view: ClusterView }
  | { readonly kind: 'journaled'; readonly entry: JournalEntry };

export const nothingYet: Live = {
  view: null,
  journal: [],
  connection: 'connecting',
  fresh: true,
  skewMs: 0,
  homes: new Map(),
  remains: new Map(),
};

export function reduce(live: Live, event: LiveEvent): Live {
  switch (event.kind) {
    case 'connected':
      return { ...live, connection: 'live', fresh: true };
    case 'disconnected':
      return { ...live, connection: 'lost' };
    case 'journaled':
      return { ...live, journal: merge(live.journal, [event.entry]) };
    case 'viewed':
      return viewed(live, event.at, event.view);
  }
}

function viewed(live: Live, at: number, view: ClusterView): Live {
  const before = live.view;
  if (!live.fresh && before !== null && before.term === view.term && view.version < before.version) return live;
  const newest = view.journal.at(-1)?.id ?? 0;
  // a coordinator that began with an empty store counts its journal from 1 again: the old lines are another cluster's
  const restarted = live.fresh && newest < (live.journal.at(-1)?.id ?? 0);
  return {
    view,
    journal: merge(restarted ? [] : live.journal, view.journal),
    connection: 'live',
    fresh: false,
    skewMs: view.wallMs - at,
    homes: homesAfter(live.homes, view),
    remains: remainsAfter(live.remains, before, view),
  };
}

function merge(known: readonly JournalEntry[], added: readonly JournalEntry[]): readonly JournalEntry[] {
  const newest = known.at(-1)?.id ?? Number.NEGATIVE_INFINITY;
  if (added.every((entry) => entry.id > newest)) return [...known, ...added].slice(-JOURNAL_KEPT);
  const byId = new Map([...known, ...added].map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-JOURNAL_KEPT);
}

function homesAfter(homes: Live['homes'], view: ClusterView): Live['homes'] {
  const next = new Map(homes);
  for (const node of view.nodes) {
    for (const instance of node.instances) {
      if (instance.moving === 'out') continue;
      if (instance.state !== 'lost' || !next.has(instance.instance)) next.set(instance.instance, node.node);
    }
  }
  return next;
}

function remainsAfter(remains: Live['remains'], before: ClusterView | null, view: ClusterView): Live['remains'] {
  const next = new Map<NodeName, readonly InstanceView[]>();
  for (const node of view.nodes) {
    if (!isGone(node.liveness)) continue;
    const earlier = remains.get(node.node) ?? before?.nodes.find((other) => other.node === node.node)?.instances ?? [];
    const listed = new Set(node.instances.map((instance) => instance.instance));
    next.set(node.node, [...node.instances, ...earlier.filter((instance) => !listed.has(instance.instance))]);
  }
  return next;
}

export function isGone(liveness: string): boolean {
  return liveness === 'dead' || liveness === 'fencing' || liveness === 'lost';
}
