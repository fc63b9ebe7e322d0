import { processMetrics } from '../../protocol/process-metrics.ts';
import { counted, type MetricFamily, type Sample, single } from '../../protocol/prometheus.ts';
import { readingMetrics } from '../../protocol/reading-metrics.ts';
import type { AppView, ClusterView, NodeView } from '../../protocol/view.ts';
import type { DashboardCounters } from './connection.ts';
import type { SparkplugCounters } from './sparkplug/connection.ts';

/* The cluster for Prometheus. Labels are names of nodes, resources and applications, and words of ours: their number is bounded. */

export interface Counters {
  readonly received: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  readonly solves: number;
  readonly isBrokerHeard: boolean;
  readonly isStoreWritable: boolean;
  readonly dashboards: DashboardCounters;
  readonly sparkplug?: SparkplugCounters;
}

const LIVENESS = ['unknown', 'alive', 'suspect', 'dead', 'fencing', 'lost'] as const;
const HEALTH = ['ok', 'degraded', 'failing'] as const;
const STEPS = ['waiting', 'running', 'done', 'failed'] as const;

export function* clusterMetrics(view: ClusterView, counters: Counters): Generator<MetricFamily> {
  const { nodes, apps } = view;
  const gauge = (name: string, help: string, samples: Iterable<Sample>): MetricFamily => ({
    name: `evenkeel_${name}`,
    type: 'gauge',
    help,
    samples,
  });
  const counter = (name: string, help: string, samples: Iterable<Sample>): MetricFamily => ({
    name: `evenkeel_${name}_total`,
    type: 'counter',
    help,
    samples,
  });
  const anyNode = view.survives?.anyNode ?? null;
  const survives = anyNode === null ? null : Number(anyNode);
  const steps = view.plan?.steps ?? [];
  yield gauge('cluster_info', 'Name of the cluster.', [{ labels: { cluster: view.cluster }, value: 1 }]);
  yield gauge('coordinator_term', 'Number of starts of a coordinator.', single(view.term));
  yield gauge(
    'broker_heard',
    'Whether the coordinator hears itself through the broker.',
    single(Number(counters.isBrokerHeard)),
  );
  yield gauge(
    'store_writable',
    'Whether the last change could be written to disk.',
    single(Number(counters.isStoreWritable)),
  );
  yield gauge(
    'survives_any_node',
    'Whether the loss of any one node could be absorbed; absent while unknown, and while nothing runs.',
    single(survives),
  );
  yield gauge(
    'nodes',
    'Nodes by liveness.',
    counted(
      'liveness',
      tally(
        LIVENESS,
        nodes.map(({ liveness }) => liveness),
      ),
    ),
  );
  yield gauge(
    'nodes_by_health',
    'Nodes by health.',
    counted(
      'health',
      tally(
        HEALTH,
        nodes.map(({ health }) => health),
      ),
    ),
  );
  yield gauge(
    'plan_steps',
    'Steps of the present plan.',
    counted(
      'state',
      tally(
        STEPS,
        steps.map(({ state }) => state),
      ),
    ),
  );

  yield gauge(
    'app_instances_wanted',
    'Instances that should run, standbys too.',
    ofApps(apps, (app) => app.wanted),
  );
  yield gauge(
    'app_instances_ready',
    'Instances that are ready.',
    ofApps(apps, (app) => app.ready),
  );
  yield gauge(
    'app_instances_active',
    'Instances that are ready and active.',
    ofApps(apps, (app) => app.active),
  );
  yield gauge('app_instances_waiting', 'Instances for which there is no place.', ofApps(apps, waiting));
  yield gauge(
    'app_objective_ratio',
    'The worst instance against its objective; above 1 it is missed.',
    ofApps(apps, objective),
  );

  yield gauge(
    'node_alive',
    'Whether the node is heard.',
    ofNodes(nodes, ({ liveness }) => Number(liveness === 'alive')),
  );
  yield gauge(
    'node_health',
    'Health of the hardware: 0 ok, 1 degraded, 2 failing.',
    ofNodes(nodes, ({ health }) => HEALTH.indexOf(health)),
  );
  yield gauge(
    'node_cordoned',
    'Whether the node takes nothing new.',
    ofNodes(nodes, ({ cordoned }) => Number(cordoned)),
  );
  yield gauge(
    'node_quarantined',
    'Whether the node takes nothing new because it failed too often.',
    ofNodes(nodes, ({ quarantine }) => Number(quarantine !== undefined)),
  );
  yield gauge(
    'node_fence_held',
    'Whether the node is dead and may not be fenced yet.',
    ofNodes(nodes, ({ fenceHeld }) => Number(fenceHeld !== undefined)),
  );
  yield gauge(
    'node_instances',
    'Instances assigned to the node.',
    ofNodes(nodes, ({ instances }) => instances.length),
  );
  yield gauge(
    'node_heartbeat_age_seconds',
    'Time since the last heartbeat.',
    ofNodes(nodes, ({ silenceMs }) => (silenceMs === null ? null : silenceMs / 1000)),
  );
  yield gauge(
    'node_capacity',
    'What the node has, in base units (CPU in cores).',
    ofResources(nodes, ({ capacity }) => capacity),
  );
  yield gauge(
    'node_demand',
    'What its instances demand, in base units (CPU in cores).',
    ofResources(nodes, ({ demand }) => demand),
  );
  yield gauge(
    'node_usage',
    'What is measured to be used, in base units (CPU in cores).',
    ofResources(nodes, ({ usage }) => usage),
  );

  yield counter('messages_received', 'MQTT messages taken, by kind.', counted('kind', counters.received));
  yield counter('messages_refused', 'MQTT messages refused, by error code.', counted('code', counters.refused));
  yield counter('solver_questions', 'Questions put to the solver.', single(counters.solves));
  yield counter(
    'state_publications',
    'Retained messages published for dashboards.',
    single(counters.dashboards.published),
  );
  yield counter('buttons_pressed', 'Buttons of dashboards that were obeyed.', single(counters.dashboards.pressed));
  yield counter(
    'buttons_refused',
    'Buttons of dashboards that were refused, by error code.',
    counted('code', counters.dashboards.refused),
  );
  if (counters.sparkplug) {
    const { sessions, published, rebirths, refused } = counters.sparkplug;
    yield counter('sparkplug_sessions', 'Connections over which Sparkplug births were published.', single(sessions));
    yield counter('sparkplug_messages', 'Sparkplug messages published.', single(published));
    yield counter('sparkplug_rebirths', 'Rebirths that Sparkplug hosts asked for.', single(rebirths));
    yield counter(
      'sparkplug_refused',
      'Messages of Sparkplug hosts that were refused, by error code.',
      counted('code', refused),
    );
  }
  yield* processMetrics();
}

/** What is at which path, over the API's port and over the one for metrics alone. */
export function metricsAt(
  path: string,
  view: () => ClusterView,
  counters: () => Counters,
): Iterable<MetricFamily> | null {
  if (path === '/metrics') return clusterMetrics(view(), counters());
  if (path === '/metrics/readings') return readingMetrics(view().nodes);
  return null;
}

function tally(words: readonly string[], found: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(words.map((word) => [word, 0]));
  for (const word of found) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
function waiting(app: AppView): number {
  return app.waiting.reduce((sum, { instances }) => sum + instances.length, 0);
}
function objective({ objective }: AppView): number | null {
  return objective === null || objective.value === null ? null : objective.value / objective.target;
}

function* ofApps(apps: readonly AppView[], numberOf: (app: AppView) => number | null): Generator<Sample> {
  for (const app of apps) {
    const value = numberOf(app);
    if (value !== null) yield { labels: { app: app.app }, value };
  }
}
function* ofNodes(nodes: readonly NodeView[], numberOf: (node: NodeView) => number | null): Generator<Sample> {
  for (const node of nodes) {
    const value = numberOf(node);
    if (value !== null) yield { labels: { node: node.node }, value };
  }
}
function* ofResources(
  nodes: readonly NodeView[],
  amountsOf: (node: NodeView) => Readonly<Record<string, number>> | null,
): Generator<Sample> {
  for (const node of nodes)
    for (const [resource, amount] of Object.entries(amountsOf(node) ?? {}))
      yield { labels: { node: node.node, resource }, value: resource === 'cpu' ? amount / 1000 : amount };
}
