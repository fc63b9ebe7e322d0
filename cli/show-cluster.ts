import { durationText } from '../protocol/duration-text.ts';
import { showQuantity } from '../protocol/quantity.ts';
import type { AppView, ClusterView, InstanceView, JournalEntry, NodeView } from '../protocol/view.ts';
import { clean } from './clean-text.ts';
import { type Cell, type Column, table } from './table.ts';
import { bold, dim, green, plain, red, yellow } from './terminal.ts';

/* The cluster as text: what `status`, `nodes` and `apps` print. Colour only repeats what words say. */

const TONES = { good: green, busy: plain, warning: yellow, bad: red } as const;

export function clusterText(view: ClusterView, width: number): string {
  const survives = view.survives ? `${clean(view.survives.text)}\n` : '';
  const plan = view.plan
    ? `\n${bold('Plan')}: ${clean(view.plan.reason)} (${view.plan.steps.filter(({ state }) => state === 'done').length} of ${view.plan.steps.length} steps done)\n`
    : '';
  const reboot = view.reboot ? `\n${bold('Rolling reboot')}: ${clean(view.reboot.text)}\n` : '';
  const waiting = view.apps.flatMap((app) => [
    ...app.waiting.map(waitingText),
    ...(app.failing ?? []).map(({ text }) => `${clean(text)}\n`),
  ]);
  const held = view.nodes.flatMap(brakesOn).map(clean);
  return [
    `${bold(clean(view.cluster))}: ${TONES[view.tone](clean(view.sentence))}\n`,
    survives,
    `\n${view.nodes.length === 0 ? 'No nodes.\n' : nodesTable(view.nodes, width)}`,
    `\n${view.apps.length === 0 ? 'No applications.\n' : appsTable(view.apps, view.nodes, width)}`,
    waiting.length > 0 ? `\n${waiting.join('')}` : '',
    held.length > 0 ? `\n${held.join('\n')}\n` : '',
    plan,
    reboot,
  ].join('');
}

export function nodesTable(nodes: readonly NodeView[], width: number): string {
  const columns: Column[] = [
    { title: 'NODE', shrinkTo: 8 },
    { title: 'STATE', shrinkTo: 12 },
    { title: 'DOMAIN', shrinkTo: 6 },
    { title: 'CPU', align: 'right' },
    { title: 'MEMORY', align: 'right' },
    { title: 'RUNS', align: 'right' },
    { title: 'IF LOST', shrinkTo: 6 },
    { title: 'HARDWARE', shrinkTo: 10 },
  ];
  const rows = nodes.map((node): Cell[] => [
    node.node,
    nodeState(node),
    node.domain,
    share(node, 'cpu'),
    share(node, 'memory'),
    node.instances.length,
    TAKEOVER[node.takeover],
    hardware(node),
  ]);
  return table(columns, rows, width);
}

function hardware({ health, healthReasons, components }: NodeView): Cell {
  if (health !== 'ok') return { text: `${health}: ${healthReasons.join('; ')}`, style: yellow };
  const unknown = components.filter((component) => component.health === 'unknown').length;
  return unknown === 0 ? 'ok' : { text: `ok, ${unknown} unknown`, style: yellow };
}

/** What is not well, why and for how long; null where all is. */
export function componentsTable(node: NodeView, width: number): string | null {
  const rows = node.components.flatMap(({ component, causes }) =>
    causes.map((cause): Cell[] => [
      component,
      cause.health === 'ok' ? cause.health : { text: cause.health, style: yellow },
      cause.because,
      durationText(cause.forMs),
      cause.leftMs === null ? null : durationText(cause.leftMs),
      cause.text,
    ]),
  );
  const columns: Column[] = [
    { title: 'COMPONENT', shrinkTo: 10 },
    { title: 'HEALTH' },
    { title: 'BY' },
    { title: 'FOR', align: 'right' },
    { title: 'LEFT', align: 'right' },
    { title: 'WHY', shrinkTo: 20 },
  ];
  return rows.length === 0 ? null : table(columns, rows, width);
}

const TAKEOVER: Readonly<Record<NodeView['takeover'], string>> = {
  bmc: 'by its BMC',
  lease: 'by lease',
  manual: 'by hand',
};

function nodeState(node: NodeView): Cell {
  const marks = [
    node.replacement === null ? '' : REPLACEMENT[node.replacement],
    node.draining && node.replacement === null ? 'draining' : '',
    node.cordoned && !node.draining && node.replacement === null ? 'cordoned' : '',
    node.quarantine ? 'quarantined' : '',
    node.fenceHeld ? 'fence held back' : '',
  ].filter((mark) => mark !== '');
  const text = [node.liveness, ...marks].join(', ');
  if (node.liveness === 'alive') return marks.length > 0 ? { text, style: yellow } : { text, style: green };
  return { text, style: node.liveness === 'suspect' || node.liveness === 'unknown' ? yellow : red };
}

export const REPLACEMENT = {
  draining: 'draining for replacement',
  'powering-off': 'powering off',
  'awaiting-server': 'awaiting its new server',
} as const;

/** What holds back a fence of the node or keeps new instances off it, until when, and what can be done: one sentence each. */
export function brakesOn({ node, quarantine, fenceHeld }: NodeView): string[] {
  return [
    ...(fenceHeld ? [fenceHeld.text] : []),
    ...(quarantine ? [`${node} is quarantined: ${quarantine.text}`] : []),
  ];
}

/** `web/2 waits: no node has room` */
export function waitingText({ who, instances, reasons }: AppView['waiting'][number]): string {
  return `${clean(who)} ${instances.length === 1 ? 'waits' : 'wait'}: ${reasons.map(clean).join('; ')}\n`;
}

/** Demanded of the node's capacity, and what is measured of the machine. */
function share(node: NodeView, resource: string): string {
  const capacity = node.capacity[resource];
  if (!capacity) return '-';
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  const used = node.used?.[resource];
  return percent((node.demand[resource] ?? 0) / capacity) + (used === undefined ? '' : ` (${percent(used)} used)`);
}

export function appsTable(apps: readonly AppView[], nodes: readonly NodeView[], width: number): string {
  const columns: Column[] = [
    { title: 'APPLICATION', shrinkTo: 10 },
    { title: 'READY', align: 'right' },
    { title: 'ACTIVE', align: 'right' },
    { title: 'PRIORITY', align: 'right' },
    { title: 'OBJECTIVE', shrinkTo: 10 },
    { title: 'RUNS ON (standby)', shrinkTo: 12 },
  ];
  const placed = placementOf(nodes);
  const rows = apps.map((app): Cell[] => [
    app.app,
    { text: `${app.ready}/${app.wanted}`, style: app.ready >= app.wanted ? green : yellow },
    `${app.active}/${app.spec.replicas}`,
    app.spec.priority,
    objective(app),
    placed.get(app.app)?.join(' ') || '-',
  ]);
  return table(columns, rows, width);
}

const UNITS = { latency: ' ms', cpu: '%', value: '' } as const;

function objective(app: AppView): Cell {
  if (!app.objective || !app.spec.objective) return null;
  const unit = UNITS[app.spec.objective.kind];
  const value = app.objective.value === null ? '?' : `${Number(app.objective.value.toPrecision(3))}${unit}`;
  const text = `${value} of ${app.objective.target}${unit}${app.objective.missed ? ', missed' : ''}`;
  return app.objective.missed ? { text, style: yellow } : text;
}

/** Application → the nodes that its instances are on, standbys in brackets. */
function placementOf(nodes: readonly NodeView[]): Map<string, string[]> {
  const placed = new Map<string, string[]>();
  for (const { node, instances } of nodes)
    for (const { instance, role, state } of instances) {
      const app = instance.slice(0, instance.indexOf('/'));
      const name = `${role === 'standby' ? `(${node})` : node}${state === 'ready' ? '' : `:${state}`}`;
      placed.set(app, [...(placed.get(app) ?? []), name]);
    }
  return placed;
}

export function instancesTable(instances: readonly InstanceView[], width: number): string {
  const columns: Column[] = [
    { title: 'INSTANCE', shrinkTo: 10 },
    { title: 'NODE', shrinkTo: 8 },
    { title: 'ROLE' },
    { title: 'STATE', shrinkTo: 8 },
    { title: 'CPU', align: 'right' },
    { title: 'MEMORY', align: 'right' },
    { title: 'LATENCY', align: 'right' },
    { title: 'RESTARTS', align: 'right' },
    { title: 'PORTS', shrinkTo: 8 },
    { title: 'DETAIL', shrinkTo: 10 },
  ];
  const rows = instances.map((each): Cell[] => [
    each.instance,
    each.node,
    each.role,
    {
      text: each.moving ? `${each.state}, moving ${each.moving}` : each.state,
      style: each.state === 'ready' ? green : each.state === 'lost' ? red : yellow,
    },
    each.cpuMillicores === null ? null : showQuantity('cpu', each.cpuMillicores),
    each.memoryBytes === null ? null : showQuantity('memory', each.memoryBytes),
    each.latencyMs === null ? null : `${Number(each.latencyMs.toPrecision(3))} ms`,
    each.restarts,
    Object.entries(each.ports)
      .map(([name, port]) => `${name}:${port}`)
      .join(' ') || null,
    each.detail || null,
  ]);
  return table(columns, rows, width);
}

export function journalLine(entry: JournalEntry): string {
  const time = new Date(entry.wallMs).toLocaleTimeString('en-GB', { hour12: false });
  const style = { info: plain, notice: plain, warning: yellow, error: red }[entry.severity] ?? plain;
  return `${dim(time)}  ${clean(entry.kind).padEnd(11)}  ${style(clean(entry.text))}`;
}
