import type { NodeView } from '../protocol/view.ts';

const natural = new Intl.Collator('en', { numeric: true });
export const byName = natural.compare;

export interface Domain {
  readonly domain: string;
  readonly nodes: readonly NodeView[];
}

/** Nodes grouped by failure domain, both in the order in which a person counts (N2 before N10). */
export function domainsOf(nodes: readonly NodeView[]): readonly Domain[] {
  const groups = Map.groupBy(nodes, (node) => node.domain);
  return [...groups]
    .map(([domain, members]) => ({ domain, nodes: members.toSorted((a, b) => byName(a.node, b.node)) }))
    .sort((a, b) => byName(a.domain, b.domain));
}

/** The node's fullest resource, 0 to 1 and above: what decides whether more fits. */
export function loadOf(node: NodeView): number {
  let most = 0;
  for (const [resource, capacity] of Object.entries(node.capacity)) {
    if (capacity > 0) most = Math.max(most, (node.demand[resource] ?? 0) / capacity);
  }
  return most;
}
