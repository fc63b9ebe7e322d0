import type { ClusterName, NodeName } from './ids.ts';

export const TOPIC_ROOT = 'evenkeel/v1';
export const UP_KINDS = ['hello', 'heartbeat', 'report', 'names', 'samples', 'event', 'gone'] as const;
export const DOWN_KINDS = ['lease', 'assignment', 'request', 'receipt'] as const;
export type UpKind = (typeof UP_KINDS)[number];
export type DownKind = (typeof DOWN_KINDS)[number];

export function upTopic(cluster: ClusterName, node: NodeName, kind: UpKind): string {
  return `${TOPIC_ROOT}/${cluster}/node/${node}/up/${kind}`;
}
export function downTopic(cluster: ClusterName, node: NodeName, kind: DownKind): string {
  return `${TOPIC_ROOT}/${cluster}/node/${node}/down/${kind}`;
}
/** Retained, for people and dashboards: `state/cluster`, `state/node/N1`, `state/app/web`; what there is says docs/protocol.md. */
export function stateTopic(cluster: ClusterName, path: string): string {
  return `${TOPIC_ROOT}/${cluster}/state/${path}`;
}
/** What the coordinator says of itself, and hears back: tells a deaf coordinator from a silent node, and one coordinator from two. */
export function probeTopic(cluster: ClusterName): string {
  return `${TOPIC_ROOT}/${cluster}/coordinator/probe`;
}
/** What the coordinator subscribes to. */
export function allUpTopics(cluster: ClusterName): string {
  return `${TOPIC_ROOT}/${cluster}/node/+/up/+`;
}
/** Splits `…/node/<node>/up/<kind>`; null when the topic is none of ours. The node's name is not yet checked. */
export function parseUpTopic(cluster: ClusterName, topic: string): { node: string; kind: UpKind } | null {
  const prefix = `${TOPIC_ROOT}/${cluster}/node/`;
  if (!topic.startsWith(prefix)) return null;
  const [node, up, kind, ...rest] = topic.slice(prefix.length).split('/');
  if (node === undefined || up !== 'up' || rest.length > 0) return null;
  return UP_KINDS.includes(kind as UpKind) ? { node, kind: kind as UpKind } : null;
}

/** What a dashboard's button says: `command/node/N1/cordon`. */
export function commandTopic(cluster: ClusterName, node: NodeName | '+', action: string): string {
  return `${TOPIC_ROOT}/${cluster}/command/node/${node}/${action}`;
}
/** Splits `…/command/node/<node>/<action>`; null when the topic is none of ours. Neither name is checked yet. */
export function parseCommandTopic(cluster: ClusterName, topic: string): { node: string; action: string } | null {
  const prefix = `${TOPIC_ROOT}/${cluster}/command/node/`;
  if (!topic.startsWith(prefix)) return null;
  const [node, action, ...rest] = topic.slice(prefix.length).split('/');
  return node === undefined || action === undefined || rest.length > 0 ? null : { node, action };
}
