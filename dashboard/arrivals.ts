import type { InstanceId, NodeName } from '../protocol/ids.ts';
import type { ClusterView } from '../protocol/view.ts';

export interface Arrival {
  readonly instance: InstanceId;
  readonly from: NodeName;
  readonly to: NodeName;
}

/** Instances that are on a node now on which they were not before, and were last seen on another: they moved. */
export function arrivals(
  homes: ReadonlyMap<InstanceId, NodeName>,
  before: ClusterView | null,
  after: ClusterView,
): readonly Arrival[] {
  if (before === null) return [];
  const had = new Set(before.nodes.flatMap((node) => node.instances.map((i) => `${node.node} ${i.instance}`)));
  const found: Arrival[] = [];
  for (const node of after.nodes) {
    for (const { instance, state, moving } of node.instances) {
      const from = homes.get(instance);
      if (from === undefined || from === node.node || state === 'lost' || moving === 'out') continue;
      if (!had.has(`${node.node} ${instance}`)) found.push({ instance, from, to: node.node });
    }
  }
  return found;
}
