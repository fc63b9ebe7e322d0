import { createServer, type ServerResponse } from 'node:http';
import { OperatingError } from './errors.ts';
import { METRICS_TYPE, type MetricFamily, metricsText } from './prometheus.ts';

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}
/** Path → what is there; null where nothing is. */
export type MetricsSource = (path: string) => Iterable<MetricFamily> | null;

const MOST_CONNECTIONS = 16;

/** A port on which there are metrics and nothing else. Throws PORT_IN_USE. */
export async function startMetricsServer(host: string, port: number, source: MetricsSource): Promise<MetricsServer> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    (message, response) => {
      const families = message.method === 'GET' ? source(new URL(message.url ?? '/', 'http://metrics').pathname) : null;
      if (families) return void sendMetrics(response, families).catch(() => response.destroy());
      response.writeHead(404, { 'content-type': 'text/plain' }).end('metrics are at /metrics\n');
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'it is in use' : cause.message;
      const text = `cannot serve metrics on port ${port} of ${host}: ${why}; set metrics.port to another`;
      reject(new OperatingError('PORT_IN_USE', text, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as { port: number }).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Piece by piece, each when the one before has left and others have had their turn: heartbeats do not wait for it. */
export async function sendMetrics(response: ServerResponse, families: Iterable<MetricFamily>): Promise<void> {
  response.writeHead(200, { 'content-type': METRICS_TYPE, 'cache-control': 'no-store' });
  for (const piece of metricsText(families)) {
    if (response.destroyed) return;
    const hasLeft = piece === '' || response.write(piece);
    await new Promise<void>((resolve) => {
      if (hasLeft) setImmediate(resolve);
      else {
        response.once('drain', resolve);
        response.once('close', resolve);
      }
    });
  }
  response.end();
}
