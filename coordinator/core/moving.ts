import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { bindingsOf, possiblyActive } from './bindings.ts';
import { runtimeHash } from './runtime-hash.ts';
import type { Binding } from './state.ts';
import type { Turn } from './turn.ts';

/* What every step is made of: an instance is started on a node, stopped there, or stays there after all. */

/** A move that failed is not tried again for this long. */
const STUCK_MS = 60_000;

/** Beside one that runs it starts as standby. */
export function bind(turn: Turn, instance: InstanceId, spec: AppSpec, node: NodeName): void {
  const moves = bindingsOf(turn.state, instance).length > 0;
  const role = !moves && possiblyActive(turn.state, spec.name) < spec.replicas ? 'active' : 'standby';
  const generation = turn.nextGeneration(instance);
  turn.putBinding({
    record: {
      instance,
      app: spec.name,
      node,
      generation,
      role,
      isolation: spec.isolation,
      demand: spec.demand,
      wanted: true,
      revokedAt: 0,
      demotedAt: null,
      specHash: runtimeHash(spec),
    },
    since: turn.state.at,
    readyAt: null,
    warned: false,
  });
  turn.journal({
    kind: 'step',
    node,
    instance,
    app: spec.name,
    text: `${instance} is started on ${node} as ${role}.`,
  });
}

export function revoke(turn: Turn, binding: Binding, why: string): void {
  const { record } = binding;
  turn.putBinding({ ...binding, record: { ...record, wanted: false } });
  turn.journal({
    kind: 'step',
    node: record.node,
    instance: record.instance,
    app: record.app,
    text: `${record.instance} is stopped on ${record.node}: ${why}.`,
  });
}

/** It stays where it is, and is not moved again for a while. */
export function giveUpMove(turn: Turn, { record: { instance, node } }: Binding): void {
  turn.put('stuckUntil', instance, turn.state.at + STUCK_MS);
  turn.put('targets', instance, { node, forced: false });
}
