import type { NodeName } from '../../protocol/ids.ts';
import type { AssignedInstance } from '../../protocol/messages.ts';
import { bindingsOn } from './bindings.ts';
import { addressed } from './other-coordinators.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** Everything that a node should run now. */
function assignedTo(state: State, node: NodeName): AssignedInstance[] {
  return bindingsOn(state, node).flatMap(({ record }) => {
    const spec = state.apps.get(record.app)?.spec;
    if (!record.wanted || !spec) return [];
    return [
      {
        instance: record.instance,
        generation: record.generation,
        role: record.role,
        isolation: record.isolation,
        demand: record.demand,
        runtime: spec.runtime,
        probes: spec.probes,
      },
    ];
  });
}

/**
 * Gives every node whose work changed in this step a new assignment. Bindings revoked or demoted in the step learn the
 * revision that first said so: a report that has obeyed it and does not list them, or as standby, proves it done.
 */
export function assignTouched(turn: Turn): void {
  const { state } = turn;
  const touched = turn.touched().filter((node) => state.nodes.has(node));
  if (touched.length === 0) return;
  state.revision++;
  for (const node of touched) {
    for (const binding of bindingsOn(state, node)) {
      const { record } = binding;
      const revokedAt = !record.wanted && record.revokedAt === 0 ? state.revision : record.revokedAt;
      const demotedAt = record.demotedAt === 0 ? state.revision : record.demotedAt;
      if (revokedAt !== record.revokedAt || demotedAt !== record.demotedAt)
        turn.putBinding({ ...binding, record: { ...record, revokedAt, demotedAt } });
    }
    turn.watch(node, { assigned: state.revision });
    sendAssignment(turn, node);
  }
  turn.effects.push({
    kind: 'persist',
    change: { table: 'meta', key: 'meta', value: { term: state.term, revision: state.revision } },
  });
}

export function sendAssignment(turn: Turn, node: NodeName): void {
  const { state } = turn;
  const watch = state.nodes.get(node)?.watch;
  if (!watch || watch.bootId === 0) return; // it will say hello, and gets it then
  turn.watch(node, { assignedAt: state.at });
  turn.effects.push({
    kind: 'assign',
    assignment: {
      v: 1,
      node,
      bootId: watch.bootId,
      term: state.term,
      ...addressed(state, watch.store),
      revision: watch.assigned,
      instances: assignedTo(state, node),
    },
  });
}
