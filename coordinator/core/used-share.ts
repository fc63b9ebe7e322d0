import type { Inventory } from '../../protocol/messages.ts';
import type { Resources } from '../../protocol/spec.ts';

/**
 * Measured amounts → shares, 0 to 1. CPU and memory are measured for the whole machine, so they are shares of the machine,
 * also where the node offers the cluster only a part of it (`capacity` in its configuration); others are shares of capacity.
 */
export function usedShares(usage: Resources, capacity: Resources, inventory: Inventory | null): Record<string, number> {
  const machine: Resources = inventory ? { cpu: inventory.cpuCores * 1000, memory: inventory.memoryBytes } : {};
  const shares = Object.entries(usage).map(([resource, used]) => [
    resource,
    used / (machine[resource] ?? capacity[resource] ?? 0),
  ]);
  return Object.fromEntries(shares.filter(([, share]) => Number.isFinite(share)));
}
