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
/** Retained, for people and dashboards: `state/cluster`, `state/node/N1`, `state/app/web`. */
export function stateTopic(cluster: ClusterName, path: string): string {
  return `${TOPIC_ROOT}/${cluster}/state/${path}`;
}
/** The coordinator's own loopback probe through the broker: tells a deaf coordinator from a silent node. */
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
