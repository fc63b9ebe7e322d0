import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { AppSpec } from '../../protocol/spec.ts';
import type { AppView, ClusterView, InstanceView, JournalEntry, NodeView } from '../../protocol/view.ts';

/* A cluster of three nodes and two applications, as a coordinator would show it. */

export function instance(name: string, node: string, more: Partial<InstanceView> = {}): InstanceView {
  return {
    instance: name as InstanceId,
    generation: 1,
    role: 'active',
    node: node as NodeName,
    state: 'ready',
    moving: null,
    restarts: 0,
    pid: 4711,
    ports: { http: 20_001 },
    cpuMillicores: 123,
    memoryBytes: 50 * 2 ** 20,
    latencyMs: 1.25,
    detail: '',
    ...more,
  };
}

export function node(name: string, instances: readonly InstanceView[], more: Partial<NodeView> = {}): NodeView {
  return {
    node: name as NodeName,
    domain: 'rack-1',
    labels: {},
    liveness: 'alive',
    health: 'ok',
    healthReasons: [],
    components: [],
    denied: [],
    cordoned: false,
    draining: false,
    replacement: null,
    silenceMs: 100,
    takeover: 'bmc',
    server: { serial: `SN-${name}`, vendor: 'Acme', model: 'X1' },
    inventory: null,
    capacity: { cpu: 4000, memory: 2 ** 33 },
    demand: { cpu: 1000, memory: 2 ** 31 },
    usage: { cpu: 400, memory: 2 ** 30 },
    used: { cpu: 0.1, memory: 0.125 },
    readings: [{ sensor: 'bmc/FAN1', value: 8000, unit: 'RPM', level: 'ok' }],
    instances,
    ...more,
  };
}

function app(name: string, more: Partial<AppView> = {}): AppView {
  const spec = AppSpec.parse({
    name,
    replicas: 2,
    demand: { cpu: 500 },
    runtime: { driver: 'process', command: ['run'] },
  });
  return { app: name as AppName, spec, wanted: 2, ready: 2, active: 2, waiting: [], objective: null, ...more };
}

export function entry(id: number, text: string, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id,
    wallMs: 1_700_000_000_000 + id,
    kind: 'decision',
    severity: 'info',
    node: null,
    instance: null,
    app: null,
    text,
    ...more,
  };
}

export function cannedView(): ClusterView {
  return {
    cluster: 'lab',
    term: 3,
    wallMs: 1_700_000_000_000,
    version: 1,
    sentence: 'All 4 instances run.',
    tone: 'good',
    survives: {
      anyNode: true,
      notNode: null,
      anyDomain: null,
      notDomain: null,
      text: 'survives the loss of any one node',
    },
    nodes: [
      node('N1', [instance('web/0', 'N1'), instance('queue/0', 'N1')]),
      node('N2', [instance('web/1', 'N2')], { cordoned: true }),
      node('N3', [instance('queue/1', 'N3', { role: 'standby' })], {
        health: 'degraded',
        healthReasons: ['FAN2 is at 900 RPM'],
        components: [
          {
            component: 'disk/sda',
            health: 'degraded',
            causes: [
              {
                because: 'trend',
                health: 'degraded',
                sensor: 'disk/sda/wear',
                value: 95,
                unit: '%',
                limit: 100,
                forMs: 7_200_000,
                leftMs: 5 * 86_400_000,
                text: 'it heads for 100 %',
              },
            ],
          },
        ],
        denied: ['bmc/FAN1'],
        takeover: 'manual',
      }),
    ],
    apps: [
      app('queue', { active: 1 }),
      app('web', {
        ready: 1,
        waiting: [{ who: 'web/2', instances: ['web/2' as InstanceId], reasons: ['no node has 500m cpu free'] }],
      }),
    ],
    plan: null,
    journal: [entry(1, 'N1 has joined.'), entry(2, 'web was applied.'), entry(3, 'Nothing is moved.')],
  };
}
