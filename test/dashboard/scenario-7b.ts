import type { AppName, InstanceId, NodeName, Role } from '../../protocol/ids.ts';
import type { Reading } from '../../protocol/reading.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import type { AppView, ClusterView, InstanceView, JournalEntry, NodeView, PlanView } from '../../protocol/view.ts';

/*
 * Scenario 7B as a coordinator would tell it: nine nodes in three racks, N1 loses power, db's standby is promoted at
 * once, the rest of N1's work starts elsewhere, and at last nothing is left to do.
 */

const CORES = 8000;
const MEMORY = 32 * 1024 ** 3;
const DISK = 960e9;
export const START_MS = Date.UTC(2026, 10, 23, 14, 3, 0);

export interface AppSketch {
  readonly app: string;
  readonly replicas: number;
  readonly standby: number;
  readonly priority: number;
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly objective?: { kind: 'latency' | 'cpu' | 'value'; target: number; value: number };
}

export const APPS: readonly AppSketch[] = [
  {
    app: 'db',
    replicas: 1,
    standby: 1,
    priority: 100,
    cpu: 2400,
    memoryMiB: 12_288,
    objective: { kind: 'latency', target: 20, value: 4.2 },
  },
  {
    app: 'web',
    replicas: 4,
    standby: 0,
    priority: 80,
    cpu: 1500,
    memoryMiB: 4096,
    objective: { kind: 'latency', target: 50, value: 18.6 },
  },
  { app: 'cache', replicas: 2, standby: 1, priority: 70, cpu: 1000, memoryMiB: 8192 },
  {
    app: 'queue-worker',
    replicas: 3,
    standby: 0,
    priority: 60,
    cpu: 1600,
    memoryMiB: 3072,
    objective: { kind: 'value', target: 500, value: 112 },
  },
  {
    app: 'render',
    replicas: 2,
    standby: 0,
    priority: 20,
    cpu: 3000,
    memoryMiB: 6144,
    objective: { kind: 'cpu', target: 95, value: 81 },
  },
];

export type Placed = readonly [instance: string, node: string, more?: Partial<InstanceView>];

const BEFORE: readonly Placed[] = [
  ['db/0', 'N1'],
  ['db/1', 'N5', { role: 'standby' }],
  ['web/0', 'N1'],
  ['web/1', 'N4'],
  ['web/2', 'N7'],
  ['web/3', 'N9'],
  ['cache/0', 'N2'],
  ['cache/1', 'N6'],
  ['cache/2', 'N8', { role: 'standby' }],
  ['queue-worker/0', 'N1'],
  ['queue-worker/1', 'N6'],
  ['queue-worker/2', 'N8'],
  ['render/0', 'N3'],
  ['render/1', 'N5'],
];

export function node(name: string, index: number, more: Partial<NodeView> = {}): NodeView {
  return {
    node: name as NodeName,
    domain: `rack ${'ABC'[Math.floor(index / 3)] ?? Math.floor(index / 3)}`,
    labels: { site: 'lyngby', disk: index % 2 ? 'ssd' : 'nvme' },
    liveness: 'alive',
    health: 'ok',
    healthReasons: [],
    components: [],
    denied: [],
    cordoned: false,
    draining: false,
    replacement: null,
    silenceMs: 400,
    takeover: 'bmc',
    server: { serial: `CZ2${4100 + index * 37}`, vendor: 'Supermicro', model: 'SYS-110P-WR' },
    inventory: {
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.48-amd64',
      cpuModel: 'Intel Xeon E-2378',
      cpuCores: 8,
      memoryBytes: MEMORY,
      disks: [{ name: 'nvme0n1', type: 'NVMe', bytes: DISK }],
      networks: [{ name: 'eno1', address: `10.4.0.${11 + index}` }],
    },
    capacity: { cpu: CORES, memory: MEMORY, disk: DISK },
    demand: {},
    usage: null,
    used: null,
    readings: readingsOf(index),
    instances: [],
    ...more,
  };
}

function readingsOf(index: number): readonly Reading[] {
  return [
    { sensor: 'bmc/CPU Temp', value: 47 + ((index * 5) % 11), unit: 'C', level: 'ok' },
    { sensor: 'bmc/Inlet Temp', value: 22 + (index % 3), unit: 'C', level: 'ok' },
    { sensor: 'bmc/FAN1', value: 5400 + ((index * 170) % 600), unit: 'RPM', level: 'ok' },
    { sensor: 'bmc/FAN2', value: 5300 + ((index * 230) % 600), unit: 'RPM', level: 'ok' },
    { sensor: 'bmc/FAN3', value: null, unit: 'RPM' },
    { sensor: 'bmc/PSU Power', value: 104 + ((index * 13) % 44), unit: 'W', level: 'ok' },
    { sensor: 'psi/cpu/some10', value: 1.2, unit: '%' },
  ];
}

export function instance(id: string, index: number, more: Partial<InstanceView> = {}): InstanceView {
  return {
    instance: id as InstanceId,
    generation: 1,
    role: 'active' as Role,
    node: 'N1' as NodeName,
    state: 'ready',
    moving: null,
    restarts: 0,
    pid: 2100 + index,
    ports: { http: 40_000 + index },
    cpuMillicores: 420,
    memoryBytes: 3 * 1024 ** 3,
    latencyMs: 12,
    detail: '',
    ...more,
  };
}

/** Nodes with their instances, demand and usage, from a list of placements. */
export function populate(nodes: readonly NodeView[], placed: readonly Placed[]): readonly NodeView[] {
  return nodes.map((each, nodeIndex) => {
    const here = placed.filter(([, on]) => on === each.node);
    const instances = here.map(([id, , more], index) =>
      instance(id, nodeIndex * 10 + index, { node: each.node, ...more }),
    );
    const counted = instances.filter((i) => i.state !== 'lost').map((i) => sketchOf(i.instance));
    const cpu = counted.reduce((sum, app) => sum + app.cpu, 600);
    const memory = counted.reduce((sum, app) => sum + app.memoryMiB * 1024 ** 2, 2 * 1024 ** 3);
    const disk = DISK * (0.18 + 0.11 * instances.length);
    return {
      ...each,
      instances,
      demand: { cpu, memory, disk },
      used: {
        cpu: (cpu / CORES) * (0.55 + (nodeIndex % 4) * 0.08),
        memory: (memory / MEMORY) * 0.8,
        disk: (disk / DISK) * 0.7,
      },
    };
  });
}

function sketchOf(id: string): AppSketch {
  return APPS.find(({ app }) => app === id.slice(0, id.lastIndexOf('/')))!;
}

export function appViews(
  nodes: readonly NodeView[],
  waiting: Readonly<Record<string, readonly string[]>>,
): readonly AppView[] {
  return APPS.map((sketch) => {
    const own = nodes
      .filter((each) => each.liveness === 'alive')
      .flatMap((each) => each.instances)
      .filter((i) => i.instance.startsWith(`${sketch.app}/`) && i.state === 'ready');
    const { objective } = sketch;
    return {
      app: sketch.app as AppName,
      spec: specOf(sketch),
      wanted: sketch.replicas + sketch.standby,
      ready: own.length,
      active: own.filter((i) => i.role === 'active').length,
      waiting: Object.entries(waiting)
        .filter(([id]) => id.startsWith(`${sketch.app}/`))
        .map(([id, reasons]) => ({ who: id, instances: [id as InstanceId], reasons })),
      objective: objective
        ? { value: objective.value, target: objective.target, missed: objective.value > objective.target, worst: null }
        : null,
    };
  });
}

function specOf(sketch: AppSketch): AppSpec {
  return {
    name: sketch.app as AppName,
    replicas: sketch.replicas,
    standby: sketch.standby,
    priority: sketch.priority,
    demand: { cpu: sketch.cpu, memory: sketch.memoryMiB * 1024 ** 2 },
    constraints: { allow: [], forbid: [], affinity: [], antiAffinity: [], spread: 'domain' },
    ...(sketch.objective ? { objective: { kind: sketch.objective.kind, target: sketch.objective.target } } : {}),
    runtime: {
      driver: 'process',
      command: ['./serve'],
      env: {},
      ports: ['http'],
      stopGraceMs: 5000,
      log: { maxBytes: 1_048_576, files: 3 },
      restart: { backoffMs: 200, maxBackoffMs: 30_000 },
    },
    probes: {},
    isolation: 'keep',
    move: 'make-before-break',
  };
}

const NAMES = ['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8', 'N9'];
const SURVIVES = {
  anyNode: true,
  notNode: null,
  anyDomain: null,
  notDomain: null,
  text: 'survives the loss of any one node',
};

type Line = readonly [
  id: number,
  atS: number,
  severity: JournalEntry['severity'],
  kind: JournalEntry['kind'],
  text: string,
];
const LINES: readonly Line[] = [
  [1, 0, 'info', 'coordinator', 'Coordinator started with term 7 and found 5 applications in its store.'],
  [2, 1, 'info', 'node', 'N1 to N9 said hello; everything they run was taken over as it is.'],
  [3, 2, 'info', 'decision', 'Nothing is moved: a rebalancing would gain 1 %, and 3 % is the least that pays.'],
  [4, 61, 'notice', 'performance', 'render used 96 % of its CPU for 4 s, then met its objective again; it stays.'],
  [5, 122, 'warning', 'node', 'N1 has been silent for 2.2 s; its BMC is asked.'],
  [6, 123.1, 'error', 'fence', 'N1 is lost: its BMC said power off twice. It ran db/0, web/0 and queue-worker/0.'],
  [
    7,
    123.2,
    'notice',
    'plan',
    'db/1 is promoted on N5; web/0 starts on N2, queue-worker/0 on N3, db/0 as standby on N9.',
  ],
  [8, 123.4, 'notice', 'step', 'db/1 is active on N5, 0.3 s after N1 was proved off.'],
  [9, 125.2, 'info', 'step', 'web/0 is ready on N2.'],
  [10, 126, 'notice', 'plan', 'All of N1’s work runs on N2 to N9, 3.9 s after N1 fell silent.'],
];

function journal(newest: number): readonly JournalEntry[] {
  return LINES.filter(([id]) => id <= newest).map(([id, atS, severity, kind, text]) => ({
    id,
    wallMs: START_MS + atS * 1000,
    kind,
    severity,
    node: /\b(N\d)\b/.exec(text)?.[1] === 'N1' ? ('N1' as NodeName) : null,
    instance: null,
    app: null,
    text,
  }));
}

interface Stage {
  readonly atS: number;
  readonly version: number;
  readonly sentence: string;
  readonly tone: ClusterView['tone'];
  readonly survives: ClusterView['survives'];
  readonly n1?: Partial<NodeView>;
  readonly placed: readonly Placed[];
  readonly plan: PlanView | null;
  readonly waiting?: Readonly<Record<string, readonly string[]>>;
  readonly newest: number;
}

function view(stage: Stage): ClusterView {
  const bare = NAMES.map((name, index) => node(name, index, index === 0 ? stage.n1 : {}));
  const nodes = populate(bare, stage.placed);
  return {
    cluster: 'plant-lyngby',
    term: 7,
    wallMs: START_MS + stage.atS * 1000,
    version: stage.version,
    sentence: stage.sentence,
    tone: stage.tone,
    survives: stage.survives,
    nodes,
    apps: appViews(nodes, stage.waiting ?? {}),
    plan: stage.plan,
    journal: journal(stage.newest),
  };
}

const KEPT = BEFORE.filter(([, on]) => on !== 'N1');
const LOST: readonly Placed[] = BEFORE.filter(([, on]) => on === 'N1').map(([id, on]) => [
  id,
  on,
  { state: 'lost', pid: null },
]);
const OFF: Partial<NodeView> = {
  liveness: 'lost',
  silenceMs: 3400,
  healthReasons: ['its BMC confirmed power off twice'],
};

function plan(
  states: readonly [PlanView['steps'][number]['state'], ...PlanView['steps'][number]['state'][]],
): PlanView {
  const steps = [
    ['promote', 'db/1', 'N5'],
    ['start', 'web/0', 'N2'],
    ['start', 'queue-worker/0', 'N3'],
    ['start', 'db/0', 'N9'],
  ] as const;
  return {
    id: 12,
    reason: 'N1 is lost: its three instances are taken over by nodes with room in other racks.',
    steps: steps.map(([kind, id, on], index) => ({
      id: index + 1,
      kind,
      instance: id as InstanceId,
      node: on as NodeName,
      state: states[index] ?? 'waiting',
    })),
  };
}

const promoted = KEPT.map((placed): Placed => (placed[0] === 'db/1' ? ['db/1', 'N5', { role: 'active' }] : placed));

export const calm = view({
  atS: 120,
  version: 10,
  tone: 'good',
  survives: SURVIVES,
  placed: BEFORE,
  plan: null,
  newest: 4,
  sentence: 'All 5 applications run as they should on 9 nodes.',
});
export const suspect = view({
  atS: 122,
  version: 11,
  tone: 'warning',
  survives: SURVIVES,
  placed: BEFORE,
  plan: null,
  newest: 5,
  n1: { liveness: 'suspect', silenceMs: 2200 },
  sentence: 'N1 has been silent for 2 s; its BMC is being asked.',
});
/** What comes between where the BMC cannot say off at once: dead, and so perhaps still running. */
export const fencing = view({
  atS: 122.8,
  version: 11.5,
  tone: 'bad',
  survives: null,
  placed: [...LOST, ...KEPT],
  plan: null,
  newest: 5,
  n1: { liveness: 'fencing', silenceMs: 3000 },
  sentence: 'N1 is dead and being fenced.',
});
export const lost = view({
  atS: 123.2,
  version: 12,
  tone: 'bad',
  survives: null,
  placed: [...LOST, ...KEPT],
  newest: 7,
  n1: OFF,
  plan: plan(['running', 'waiting', 'waiting', 'waiting']),
  sentence: 'N1 is lost; its 3 instances are being taken over.',
});
export const moving = view({
  atS: 123.6,
  version: 13,
  tone: 'busy',
  survives: null,
  newest: 8,
  n1: OFF,
  plan: plan(['done', 'running', 'running', 'waiting']),
  placed: [
    ...LOST,
    ...promoted,
    ['web/0', 'N2', { generation: 2, state: 'starting', moving: 'in' }],
    ['queue-worker/0', 'N3', { generation: 2, state: 'starting', moving: 'in' }],
  ],
  waiting: { 'db/0': ['its standby is started once web/0 and queue-worker/0 are ready', 'N1: lost', 'N5: runs db/1'] },
  sentence: 'db runs on N5; 2 more of N1’s instances are starting.',
});
export const restored = view({
  atS: 126,
  version: 14,
  tone: 'good',
  plan: null,
  newest: 10,
  n1: OFF,
  survives: {
    anyNode: true,
    notNode: null,
    anyDomain: null,
    notDomain: null,
    text: 'survives the loss of any one further node',
  },
  placed: [
    ...promoted,
    ['web/0', 'N2', { generation: 2 }],
    ['queue-worker/0', 'N3', { generation: 2 }],
    ['db/0', 'N9', { generation: 2, role: 'standby' }],
  ],
  sentence: 'All 5 applications run on 8 nodes; N1 is lost.',
});
