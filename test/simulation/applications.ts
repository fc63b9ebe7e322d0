import { AppSpec } from '../../protocol/spec.ts';
import type { Shape } from './schedule.ts';

const RUNTIME = { driver: 'process', command: ['/bin/app'], stopGraceMs: 1000 };
const PROBES = { readiness: { command: ['/bin/true'] } };

/**
 * Every policy once: a pair with a standby that stops with its lease, replicas that run on, one that must stop before it moves, one
 * that goes back to the nodes that it prefers. What does not become ready is soon tried elsewhere.
 */
export function applicationsOf(shape: Shape): AppSpec[] {
  const size = shape.tight ? 1.5 : 1;
  const cpu = (millicores: number) => ({ cpu: Math.floor(millicores * size), memory: 256e6 });
  return [
    {
      name: 'db',
      replicas: 1,
      standby: 1,
      priority: 90,
      isolation: 'stop',
      demand: cpu(1000),
      failedStart: { restarts: 2, relocations: 3, readyMs: 4000 },
    },
    { name: 'web', replicas: 2, demand: cpu(900), failedStart: { restarts: 1, relocations: 1, readyMs: 2500 } },
    { name: 'job', replicas: 1, priority: 20, move: 'stop-first', isolation: 'stop', demand: cpu(800) },
    {
      name: 'old',
      replicas: 1,
      standby: 1,
      priority: 60,
      demand: cpu(600),
      constraints: {
        prefer: [
          { label: 'node', in: ['N2'], priority: 2 },
          { label: 'node', in: ['N3'], priority: 1 },
        ],
      },
    },
  ].map((app) => AppSpec.parse({ runtime: RUNTIME, probes: PROBES, ...app }));
}
