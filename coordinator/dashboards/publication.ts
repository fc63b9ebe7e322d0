import type { ClusterName } from '../../protocol/ids.ts';
import { stateTopic } from '../../protocol/topics.ts';
import type { ClusterView, NodeView } from '../../protocol/view.ts';
import { type Discovery, NO_DISCOVERY } from './discovery.ts';
import type { RetainedTopics } from './retained-topics.ts';
import {
  appPath,
  appState,
  availabilityOf,
  availabilityPath,
  CLUSTER_PATH,
  COORDINATOR_PATH,
  clusterState,
  nodePath,
  nodeState,
  ONLINE,
  readingsPath,
  readingsState,
} from './state-topics.ts';

/** What changes is published at once, then at most this often. */
const FACTS_GAP_MS = 1000;

/**
 * Turns each view into what should be retained. Nodes and applications that are gone take their topics with them, also those
 * that an earlier coordinator left behind.
 */
export class Publication {
  readonly #cluster: ClusterName;
  readonly #topics: RetainedTopics;
  readonly #readingsMs: number;
  readonly #discovery: Discovery;
  #nodes: ReadonlySet<string> = new Set();
  #apps: ReadonlySet<string> = new Set();
  /** A report brings a new list of readings; the same list needs no second look. */
  readonly #readings = new Map<string, NodeView['readings']>();
  #version = -1;

  constructor(cluster: ClusterName, topics: RetainedTopics, readingsMs: number, discovery: Discovery = NO_DISCOVERY) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#readingsMs = readingsMs;
    this.#discovery = discovery;
    topics.want(this.#topic(COORDINATOR_PATH), ONLINE, 0);
  }

  /** True when there is nothing new in a view of this version. */
  has(version: number): boolean {
    return version === this.#version;
  }

  show(view: ClusterView): void {
    this.#version = view.version;
    this.#say(CLUSTER_PATH, JSON.stringify(clusterState(view)));
    for (const node of view.nodes) this.#showNode(node);
    for (const app of view.apps) this.#say(appPath(app.app), JSON.stringify(appState(app)));
    this.#discovery.showCluster();
    const nodes = new Set<string>(view.nodes.map((node) => node.node));
    const apps = new Set<string>(view.apps.map((app) => app.app));
    for (const node of this.#nodes) if (!nodes.has(node)) this.#dropNode(node);
    for (const app of this.#apps) if (!apps.has(app)) this.#topics.drop(this.#topic(appPath(app)));
    this.#nodes = nodes;
    this.#apps = apps;
  }

  /** A retained topic below `state/` that the broker held when the connection was made. */
  found(topic: string, text: string): void {
    const [kind, name = '', ...rest] = topic.slice(this.#topic('').length).split('/');
    // what a node that has not reported yet said last stays until it reports
    if (kind === 'node' && rest[0] === 'readings' && this.#nodes.has(name) && !this.#readings.has(name))
      this.#topics.want(topic, text, this.#readingsMs);
    this.#topics.found(topic, text);
  }

  #showNode(node: NodeView): void {
    this.#say(nodePath(node.node), JSON.stringify(nodeState(node)));
    this.#say(availabilityPath(node.node), availabilityOf(node));
    const isNew = node.readings.length > 0 && this.#readings.get(node.node) !== node.readings;
    if (isNew) {
      this.#readings.set(node.node, node.readings);
      const text = JSON.stringify(readingsState(node.readings));
      this.#topics.want(this.#topic(readingsPath(node.node)), text, this.#readingsMs);
    }
    this.#discovery.showNode(node, isNew);
  }

  #dropNode(node: string): void {
    for (const path of [nodePath(node), availabilityPath(node), readingsPath(node)])
      this.#topics.drop(this.#topic(path));
    this.#readings.delete(node);
    this.#discovery.dropNode(node);
  }

  #say(path: string, text: string): void {
    this.#topics.want(this.#topic(path), text, FACTS_GAP_MS);
  }
  #topic(path: string): string {
    return stateTopic(this.#cluster, path);
  }
}
