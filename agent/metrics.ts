import { processMetrics } from '../protocol/process-metrics.ts';
import { counted, type MetricFamily, single } from '../protocol/prometheus.ts';
import type { Reading } from '../protocol/reading.ts';
import { readingMetrics } from '../protocol/reading-metrics.ts';

export interface AgentFacts {
  readonly cluster: string;
  readonly node: string;
  readonly version: string;
  readonly isConnected: boolean;
  readonly instancePhases: readonly string[];
  readonly readings: readonly Reading[];
}

/** What an agent says of its node: the last readings, as they went into its last report. */
export function* agentMetrics(facts: AgentFacts): Generator<MetricFamily> {
  const { cluster, node, version } = facts;
  const phases: Record<string, number> = { launching: 0, running: 0, waiting: 0, stopping: 0 };
  for (const phase of facts.instancePhases) phases[phase] = (phases[phase] ?? 0) + 1;
  yield {
    name: 'evenkeel_agent_info',
    type: 'gauge',
    help: 'The agent, its node and its cluster.',
    samples: [{ labels: { cluster, node, version }, value: 1 }],
  };
  yield {
    name: 'evenkeel_agent_connected',
    type: 'gauge',
    help: 'Whether the agent is connected to the broker.',
    samples: single(Number(facts.isConnected)),
  };
  yield {
    name: 'evenkeel_agent_instances',
    type: 'gauge',
    help: 'Instances that the agent looks after, by phase.',
    samples: counted('phase', phases),
  };
  yield* readingMetrics([{ node, readings: facts.readings }]);
  yield* processMetrics();
}
