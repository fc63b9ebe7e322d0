import type { MetricFamily } from './prometheus.ts';
import { single } from './prometheus.ts';

const START_S = Date.now() / 1000 - process.uptime();

/** This process, under the names that Prometheus' own client libraries give. */
export function processMetrics(): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage(); // µs
  return [
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time of this process, all threads.',
      samples: single((user + system) / 1e6),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Memory of this process that is in RAM.',
      samples: single(process.memoryUsage.rss()),
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      help: 'When this process started, in Unix time.',
      samples: single(START_S),
    },
  ];
}
