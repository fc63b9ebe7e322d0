import type { NodeName } from '../../protocol/ids.ts';
import type { InstanceReport, NodeEvent, Report } from '../../protocol/messages.ts';
import type { Reading } from '../../protocol/reading.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { adoptUnknown } from './adoption.ts';
import { bindingsOn } from './bindings.ts';
import { isDenied } from './denied-sensors.ts';
import { judgeHealth, judgeLogged } from './health.ts';
import type { HealthTrack } from './health-track.ts';
import { componentsOf, reasonsOf } from './health-view.ts';
import { notePeaks } from './measured-demand.ts';
import { smooth } from './smoothing.ts';
import { bindingKey, type State } from './state.ts';
import type { Turn } from './turn.ts';

/** What really is on a node, as its agent says. */
export function reported(turn: Turn, report: Report): void {
  const { state } = turn;
  const known = state.nodes.get(report.node);
  if (!known || known.watch.bootId !== report.bootId || report.sequence <= known.watch.report) return;
  const before = known.watch.actual;
  const actual = new Map(report.instances.map((one) => [bindingKey(one.instance, one.generation), one]));
  turn.watch(report.node, {
    report: report.sequence,
    obeyed: { term: report.term, revision: report.revision },
    actual,
    ...(report.usage ? { usage: report.usage } : {}),
    ...(report.readings ? { readings: report.readings } : {}),
  });
  adoptUnknown(turn, report.node, report.instances);
  confirmStops(turn, report);
  confirmDemotions(turn, report);
  noteInstances(turn, report, before);
  measure(turn, report);
  notePeaks(turn, report);
  if (report.readings) judgeNode(turn, report.node, report.readings);
}

/** Revoked bindings that the agent has taken note of and does not list any more have stopped: they are gone for good. */
function confirmStops(turn: Turn, report: Report): void {
  const { state } = turn;
  if (report.term !== state.term) return;
  const listed = new Set(report.instances.map((one) => bindingKey(one.instance, one.generation)));
  for (const { record } of bindingsOn(state, report.node)) {
    const stopped =
      !record.wanted &&
      record.revokedAt > 0 &&
      report.revision >= record.revokedAt &&
      !listed.has(bindingKey(record.instance, record.generation));
    if (!stopped) continue;
    turn.dropBinding(record);
    turn.journal({
      kind: 'step',
      node: record.node,
      instance: record.instance,
      app: record.app,
      text: `${record.instance} has stopped on ${record.node}.`,
    });
  }
}

/** Who was made standby may be counted as such once its agent has taken note and says so. */
function confirmDemotions(turn: Turn, report: Report): void {
  if (report.term !== turn.state.term) return;
  const roles = new Map(report.instances.map((one) => [bindingKey(one.instance, one.generation), one.role]));
  for (const binding of bindingsOn(turn.state, report.node)) {
    const { record } = binding;
    if (!record.demotedAt || report.revision < record.demotedAt) continue;
    if (roles.get(bindingKey(record.instance, record.generation)) === 'active') continue;
    turn.settleDemotion(binding);
  }
}

function noteInstances(turn: Turn, report: Report, before: ReadonlyMap<string, InstanceReport>): void {
  for (const one of report.instances) {
    const key = bindingKey(one.instance, one.generation);
    const binding = turn.state.bindings.get(key);
    if (!binding) continue;
    const was = before.get(key);
    const where = { node: report.node, instance: one.instance, app: binding.record.app };
    if (one.state === 'ready' && binding.readyAt === null) {
      turn.markBinding(key, { readyAt: turn.state.at });
      if (binding.since === turn.state.startedAt) continue; // it ran before this coordinator did
      const took = ((turn.state.at - binding.since) / 1000).toFixed(1);
      turn.journal({
        kind: 'step',
        ...where,
        text: `${one.instance} is ready on ${report.node} as ${one.role} (${took} s).`,
      });
    } else if (was && one.state !== was.state && (one.state === 'backoff' || one.state === 'unready'))
      turn.journal({
        kind: 'instance',
        severity: 'warning',
        ...where,
        text: `${one.instance} on ${report.node} ${one.state === 'backoff' ? 'has died and waits to be restarted' : 'is not ready any more'}${one.detail ? `: ${one.detail}` : ''}.`,
      });
    if (was && one.role !== was.role)
      turn.journal({ kind: 'step', ...where, text: `${one.instance} on ${report.node} is ${one.role} now.` });
  }
}

/** The sample of an application's objective in one instance's report; null where it has none now. */
export function objectiveSample(spec: AppSpec, one: InstanceReport): number | null {
  const { objective } = spec;
  if (!objective) return null;
  if (objective.kind === 'latency') {
    // a probe that does not pass within its time says as much as a very slow one
    if (one.state === 'unready') return objective.target * 4;
    return one.state === 'ready' ? one.latencyMs : null;
  }
  if (objective.kind === 'value') return one.value;
  const demand = spec.demand.cpu ?? 0;
  return one.cpuMillicores === null || demand === 0 ? null : (100 * one.cpuMillicores) / demand;
}

function measure(turn: Turn, report: Report): void {
  const { state } = turn;
  for (const one of report.instances) {
    const key = bindingKey(one.instance, one.generation);
    const binding = state.bindings.get(key);
    const spec = binding && state.apps.get(binding.record.app)?.spec;
    if (!spec?.objective || binding?.record.role !== 'active') continue;
    // what an instance does just after its start says little: caches are cold, and its neighbours start as well
    if (binding.readyAt === null || state.at - binding.readyAt < state.settings.performance.holdMs) continue;
    const sample = objectiveSample(spec, one);
    if (sample === null) continue;
    turn.put(
      'performance',
      key,
      smooth(state.settings, state.performance.get(key) ?? null, sample, spec.objective.target, state.at),
    );
  }
}

/** PSI, share of time in which some task waited for CPU, over 10 s. */
export const PRESSURE_SENSOR = 'psi/cpu/some10';

/** From everything that its sensors say now. */
export function judgeNode(turn: Turn, node: NodeName, readings: readonly Reading[]): void {
  const { state } = turn;
  const watch = state.nodes.get(node)?.watch;
  if (!watch) return;
  const health = judgeHealth(state.settings.health, node, watch.health, readings, state.at);
  const psi = readings.find((reading) => reading.sensor === PRESSURE_SENSOR)?.value;
  const pressure =
    psi == null
      ? watch.pressure
      : smooth(state.settings, watch.pressure, psi, state.settings.performance.pressurePercent, state.at);
  turn.watch(node, { pressure });
  settleHealth(turn, node, health);
}

/** Keeps the judgement; where the node's health is another now, says so, and has what follows reconsidered. */
function settleHealth(turn: Turn, node: NodeName, track: HealthTrack): void {
  const { state } = turn;
  const before = state.nodes.get(node)?.watch.health.health;
  turn.watch(node, { health: track });
  const { health } = track;
  if (health === before) return;
  const components = componentsOf(state.settings.health, track, state.at);
  const reasons = reasonsOf(components).join('; ');
  const unknown = components.filter((one) => one.health === 'unknown').map(({ component }) => component);
  const what =
    health === 'ok'
      ? unknown.length === 0
        ? `The hardware of ${node} is well again.`
        : `Nothing is known against the hardware of ${node} any more: ${unknown.slice(0, 5).join(', ')} cannot be read. It counts as well.`
      : health === 'degraded'
        ? `The hardware of ${node} is degraded: ${reasons}. It gets nothing new.`
        : `The hardware of ${node} is failing: ${reasons}. It is emptied.`;
  turn.journal({ kind: 'hardware', severity: health === 'ok' ? 'notice' : 'warning', node, text: what });
  turn.reconsider(`health of ${node} is ${health}`);
}

/** A BMC that does not answer is no fault of the server, but what it would say is not known. */
function bmcPart({ kind }: NodeEvent) {
  if (kind !== 'bmc-silent' && kind !== 'bmc-back') return null;
  return { component: 'bmc', level: 'unknown', asserted: kind === 'bmc-silent' } as const;
}

const SEVERE: ReadonlySet<NodeEvent['kind']> = new Set([
  'state-corrupt',
  'disk-full',
  'bmc-silent',
  'self-test-failed',
  'other-coordinator',
]);

export function noted(turn: Turn, event: NodeEvent): void {
  const known = turn.state.nodes.get(event.node);
  if (!known || known.watch.bootId !== event.bootId) return;
  const { settings, at } = turn.state;
  const part = event.part ?? bmcPart(event);
  if (part && !isDenied(settings.health.deny, event.node, part.component))
    settleHealth(turn, event.node, judgeLogged(settings.health, known.watch.health, part, event.detail, at));
  turn.journal({
    kind: event.instance ? 'instance' : 'node',
    severity: SEVERE.has(event.kind)
      ? 'error'
      : event.kind === 'instance-failed' || event.kind === 'bmc-event'
        ? 'warning'
        : 'info',
    node: event.node,
    instance: event.instance,
    app: null,
    text: `${event.node}: ${event.detail || event.kind}`,
  });
}

export function nodeUnderPressure(
  state: State,
  watch: { readonly pressure: { readonly missedSince: number | null } | null },
): boolean {
  const since = watch.pressure?.missedSince;
  return since != null && state.at - since >= state.settings.performance.holdMs;
}
