import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { atRest, bindingsOfApp, fitsNow, slotsOf } from './bindings.ts';
import { fallsBack, highestRank, isAllowedOn, rankOn } from './preference.ts';
import { isOpen } from './problem.ts';
import type { State } from './state.ts';

/* Who runs well, and could be on a node that it prefers: asked for when all is quiet, once for every change of the cluster. */

export interface Failback {
  readonly instance: InstanceId;
  readonly to: NodeName; // the best that has room for it now; the solver decides
}

export function failbacks(state: State): Failback[] {
  return [...state.apps.values()].flatMap(({ spec, deleted }): Failback[] => {
    if (deleted || !fallsBack(spec)) return [];
    const movable = slotsOf(spec)
      .map((instance) => ({ instance, rank: rankNow(state, instance, spec) }))
      .filter(({ rank }) => rank < highestRank(spec));
    if (movable.length === 0) return [];
    const least = Math.min(...movable.map(({ rank }) => rank));
    const taken = new Set(bindingsOfApp(state, spec.name).map(({ record }) => record.node));
    const failed = state.failedStarts.get(spec.name);
    const best = [...state.nodes.values()]
      .filter(({ record }) => !taken.has(record.node) && !failed?.has(record.node))
      .map((node) => ({ node, rank: rankOn(spec, node) }))
      .filter(({ node, rank }) => rank > least && isOpen(state, node) && isAllowedOn(spec, node))
      .sort((a, b) => b.rank - a.rank)
      .find(({ node }) => fitsNow(state, node.record.node, spec));
    if (!best) return [];
    return movable
      .filter(({ rank }) => rank < best.rank)
      .map(({ instance }) => ({ instance, to: best.node.record.node }));
  });
}

/** How much it prefers the node that it is on; infinitely where it is not to move: it is not ready, or something of it is under way. */
function rankNow(state: State, instance: InstanceId, spec: AppSpec): number {
  const rest = atRest(state, instance);
  const mayMove = (state.stuckUntil.get(instance) ?? Number.NEGATIVE_INFINITY) <= state.at;
  return rest && mayMove ? rankOn(spec, rest.node) : Number.POSITIVE_INFINITY;
}

/** Why the solver is asked: `web/0 prefers N1`. */
export function failbackReason(all: readonly Failback[]): string {
  const [first] = all;
  if (!first) return '';
  if (all.length === 1) return `${first.instance} prefers ${first.to}, which can take it`;
  return `${first.instance} and ${all.length - 1} more prefer other nodes, which can take them`;
}
