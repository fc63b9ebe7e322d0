import type { NodeName } from '../../protocol/ids.ts';
import type { Cluster } from './cluster.ts';

/** What keeps the cluster from being as it should be; empty when it is. Every application fits once all nodes are there. */
function troubles(cluster: Cluster, all: boolean): string[] {
  const found: string[] = [];
  const { state } = cluster.coordinator;
  if (cluster.coordinator.ended) return ['there is no coordinator'];
  for (const machine of cluster.machines) {
    const liveness = state.nodes.get(machine.name as NodeName)?.watch.liveness;
    if (liveness !== 'alive') found.push(`${machine.name} is ${liveness ?? 'unknown'}`);
    if (found.length > 0 && !all) return found;
  }
  for (const { spec } of state.apps.values()) {
    let ready = 0;
    let active = 0;
    for (const machine of cluster.machines) {
      for (const process of machine.processes.values()) {
        if (!process.instance.startsWith(`${spec.name}/`)) continue;
        const slot = machine.agent?.state.slots.get(process.key);
        if (slot?.phase !== 'running' || slot.readiness !== 'passing') continue;
        ready++;
        if (process.role === 'active') active++;
      }
    }
    if (active !== spec.replicas || ready !== spec.replicas + spec.standby)
      found.push(
        `${spec.name}: ${active} active and ${ready} ready, wanted ${spec.replicas} and ${spec.standby} standby`,
      );
    if (found.length > 0 && !all) return found;
  }
  for (const [node, { quarantine }] of state.flaps) if (quarantine !== null) found.push(`${node} is quarantined`);
  for (const { record } of state.bindings.values())
    if (!record.wanted || record.demotedAt !== null)
      found.push(
        `${record.instance}#${record.generation} on ${record.node} is to ${record.wanted ? 'become standby' : 'stop'}`,
      );
  return found;
}

export function hasSettled(cluster: Cluster): boolean {
  return troubles(cluster, false).length === 0;
}
export function whatIsMissing(cluster: Cluster): string {
  return troubles(cluster, true).join('; ') || 'nothing is missing';
}
