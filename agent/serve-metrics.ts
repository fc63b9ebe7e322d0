import type { Logger } from 'pino';
import { type MetricsServer, startMetricsServer } from '../protocol/metrics-server.ts';
import type { AgentConfig } from './config.ts';
import { type AgentFacts, agentMetrics } from './metrics.ts';

/** Serves metrics where the configuration says. A port that is taken is logged: applications must run all the same. */
export async function serveMetrics(
  { cluster, node, metrics }: AgentConfig,
  log: Logger,
  facts: () => Omit<AgentFacts, 'cluster' | 'node'>,
): Promise<MetricsServer | null> {
  if (!metrics) return null;
  try {
    const server = await startMetricsServer(metrics.host, metrics.port, (path) =>
      path === '/metrics' ? agentMetrics({ cluster, node, ...facts() }) : null,
    );
    log.info({ url: server.url }, 'metrics are served');
    return server;
  } catch (error) {
    log.error({ code: (error as { code?: string }).code, detail: (error as Error).message }, 'no metrics are served');
    return null;
  }
}
