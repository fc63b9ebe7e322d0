import { appOf, type NodeName } from '../../protocol/ids.ts';
import type { Heartbeat, Hello, InstanceReport } from '../../protocol/messages.ts';
import { bindingKey } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * When the store is older than the cluster (it was restored from a backup, or is new): nodes run instances that it does not
 * know, and have obeyed numbers that it has not given yet.
 */

/** What runs unknown to the store counts as possibly active until it is proved stopped: it is taken up as revoked. */
export function adoptUnknown(turn: Turn, node: NodeName, instances: readonly InstanceReport[]): void {
  for (const { instance, generation, role } of instances) {
    if (turn.state.bindings.has(bindingKey(instance, generation))) continue;
    turn.skipGenerations(instance, generation);
    turn.putBinding({
      record: {
        instance,
        app: appOf(instance),
        node,
        generation,
        role,
        isolation: 'keep',
        demand: {},
        wanted: false,
        revokedAt: 0,
        demotedAt: null,
        specHash: '',
      },
      since: turn.state.at,
      readyAt: null,
      warned: false,
    });
    turn.journal({
      kind: 'instance',
      severity: 'warning',
      node,
      instance,
      app: appOf(instance),
      text: `${node} runs ${instance} (generation ${generation}), which was given up or is unknown here: it is stopped.`,
    });
  }
}

/** Another coordinator of the same store would be heard within this. */
const OTHER_WITHIN_MS = 2000;

/** A node that obeyed this very term obeys a higher one: another coordinator may lead by now, and is given the time to say so. */
function mayBeOutrun(state: Turn['state'], node: NodeName): boolean {
  if (state.self.stores.length === 0) return false;
  if (state.nodes.get(node)?.watch.obeyed.term === state.term) state.outrunAt ??= state.at;
  return state.outrunAt !== null && state.at - state.outrunAt < OTHER_WITHIN_MS;
}

/**
 * Agents obey no term or revision lower than what they have obeyed already. Where one has obeyed more than this coordinator
 * has ever given, it goes on above that, and gives every node its assignment anew.
 */
export function overtake(
  turn: Turn,
  { node, term, revision }: Pick<Hello | Heartbeat, 'node' | 'term' | 'revision'>,
): void {
  const { state } = turn;
  if (term < state.term || (term === state.term && revision <= state.revision)) return;
  if (term > state.term && mayBeOutrun(state, node)) return;
  const before = state.term;
  state.term = term + 1;
  state.outrunAt = null;
  state.revision = Math.max(state.revision, revision);
  turn.effects.push({
    kind: 'persist',
    change: { table: 'meta', key: 'meta', value: { term: state.term, revision: state.revision } },
  });
  for (const known of state.nodes.keys()) turn.touch(known);
  turn.journal({
    kind: 'coordinator',
    severity: 'error',
    node,
    text: `${node} has obeyed term ${term}, revision ${revision}; this store ends at term ${before}: it is older than the cluster. Going on as term ${state.term}.`,
  });
}
