import type { NodePreference } from '../../placement/problem.ts';
import { allows, matches } from '../../placement/rules.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import type { AppSpec, LabelRule } from '../../protocol/spec.ts';
import type { AppRecord } from './durable.ts';
import type { Node } from './state.ts';

/*
 * Nodes that an application prefers. Priorities only say which come first: each one more of them that a node is above is worth as
 * much as the next, and more than any evenness of load. A degraded node is preferred by nobody.
 */

/** What each rank is worth, in moves: more than the load of a node can cost. */
const RANK_MOVES = 1000;
/** Of all instances together, so that costs stay exact (placement/validate.ts). */
const MOST_MOVES = 2_000_000;

export function fallsBack({ constraints }: AppSpec): boolean {
  return constraints.failback !== false;
}

/** Of a node for an application: 0 where no rule matches, 1 for the lowest of its priorities, and so on. */
export function rankOn(spec: AppSpec, node: Node): number {
  if (node.watch.health.health === 'degraded') return 0;
  return Math.max(0, ...ranksOf(spec).flatMap(({ rule, rank }) => (matches(labelled(node), rule) ? [rank] : [])));
}

/** The priority behind a rank. */
export function priorityOf(spec: AppSpec, rank: number): number {
  return prioritiesOf(spec)[rank - 1] ?? 0;
}
export function highestRank(spec: AppSpec): number {
  return prioritiesOf(spec).length;
}

function prioritiesOf({ constraints }: AppSpec): number[] {
  return [...new Set((constraints.prefer ?? []).map(({ priority }) => priority))].sort((a, b) => a - b);
}

function ranksOf(spec: AppSpec): { readonly rule: LabelRule; readonly rank: number }[] {
  const priorities = prioritiesOf(spec);
  return (spec.constraints.prefer ?? []).map((rule) => ({ rule, rank: priorities.indexOf(rule.priority) + 1 }));
}

/** A node as rules on labels see it. */
function labelled({ record: { node, domain, labels } }: Node) {
  return { name: node, domain, labels };
}

/** Whether its allow and forbid rules let an application on a node. */
export function isAllowedOn({ constraints }: AppSpec, node: Node): boolean {
  return allows(constraints, labelled(node));
}

/** In ranks, below all: a node where it could not be started is for when there is no other. */
const AVOIDED = -4;

/**
 * Gains in ranks, to be multiplied by what one is worth: those of several rules that match add up to the highest of them. `avoided`
 * names nodes where it could not be started, `returnsTo` those to which instances return.
 */
export function preferencesOf(
  spec: AppSpec,
  nodes: readonly Node[],
  avoided: readonly NodeName[] = [],
  returnsTo: readonly NodeName[] = [],
): readonly NodePreference[] {
  const ranks = ranksOf(spec);
  const wishes = ranks.map(({ rule, rank }) => ({ label: rule.label, in: rule.in, gain: rank }));
  const corrections = new Map<number, string[]>();
  for (const node of ranks.length > 0 ? nodes : []) {
    const sum = ranks.reduce((total, { rule, rank }) => total + (matches(labelled(node), rule) ? rank : 0), 0);
    const gain = rankOn(spec, node) - sum;
    if (gain !== 0) corrections.set(gain, [...(corrections.get(gain) ?? []), node.record.node]);
  }
  const dislike = { label: 'node', in: avoided, gain: AVOIDED - highestRank(spec) };
  return [
    ...wishes,
    ...[...corrections].map(([gain, names]) => ({ label: 'node', in: names, gain })),
    ...(avoided.length > 0 ? [dislike] : []),
    ...(returnsTo.length > 0 ? [{ label: 'node', in: returnsTo, gain: 1 + highestRank(spec) }] : []),
  ];
}

/** What a rank is worth, in moves, where these are to be placed. */
export function movesPerRank(
  apps: readonly AppRecord[],
  preferences: readonly (readonly NodePreference[])[],
  instances: readonly InstanceId[],
): number {
  const byApp = new Map(
    apps.map(({ spec }, a) => [
      spec.name,
      // staying where it is may count as much as all that it could gain
      preferences[a]!.reduce((sum, { gain }) => sum + Math.abs(gain), 0) + highestRank(spec),
    ]),
  );
  const ranks = instances.reduce((sum, instance) => sum + (byApp.get(appOf(instance)) ?? 0), 0);
  return ranks === 0 ? RANK_MOVES : Math.min(RANK_MOVES, MOST_MOVES / ranks);
}
