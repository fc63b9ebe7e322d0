import { few } from '../../protocol/few.ts';
import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import type {
  AppView,
  ClusterView,
  InstanceView,
  JournalEntry,
  NodeView,
  PlanView,
  StepView,
} from '../../protocol/view.ts';
import { actualOf, bindingsOf, bindingsOfApp, bindingsOn, isReady, slotsOf } from './bindings.ts';
import { fenceHeldView, quarantineView } from './brakes-view.ts';
import { disarmedText } from './disarm.ts';
import { movesInFlight } from './executor.ts';
import { failingText } from './failed-starts.ts';
import { componentsOf, reasonsOf } from './health-view.ts';
import { nodesInOrder, silenceOf } from './liveness.ts';
import { othersText } from './other-coordinators.ts';
import { rebootPowersOff } from './reboot.ts';
import { rebootText, rebootView } from './reboot-view.ts';
import { type Binding, bindingKey, byName, hasBmc, type Node, type Plan, type State } from './state.ts';
import { survivalText } from './survival-text.ts';
import { usedShares } from './used-share.ts';
import { waitingTogether } from './waiting.ts';

/* The state as people see it. */

export interface ViewContext {
  readonly cluster: string;
  readonly at: number;
  readonly wallMs: number;
  readonly version: number;
  readonly journal: readonly JournalEntry[];
}

export function clusterView(state: State, context: ViewContext): ClusterView {
  const nodes = nodesInOrder(state).map((node) => nodeView(state, node));
  const apps = [...state.apps.values()]
    .sort((a, b) => byName(a.spec.name, b.spec.name))
    .map((app) => appView(state, app.spec.name));
  const { sentence, tone } = summary(state, nodes, apps);
  return {
    cluster: context.cluster,
    term: state.term,
    wallMs: context.wallMs,
    version: context.version,
    sentence,
    tone,
    survives: survives(state),
    nodes,
    apps,
    plan: state.plan === null ? null : planView(state, state.plan),
    ...(state.disarmed && { disarmed: state.disarmed }),
    ...(state.reboot && { reboot: rebootView(state, state.reboot.record) }),
    journal: context.journal,
  };
}

function nodeView(state: State, node: Node): NodeView {
  const { record, watch } = node;
  const bindings = bindingsOn(state, record.node);
  const demand: Record<string, number> = {};
  for (const binding of bindings)
    for (const [resource, amount] of Object.entries(binding.record.demand))
      demand[resource] = (demand[resource] ?? 0) + amount;
  const components = componentsOf(state.settings.health, watch.health, state.at);
  const reasons = reasonsOf(components);
  return {
    node: record.node,
    domain: record.domain,
    labels: record.labels,
    liveness: watch.liveness,
    health: watch.health.health,
    healthReasons: watch.hung ? ['its agent hangs', ...reasons] : reasons,
    components,
    denied: watch.health.denied,
    cordoned: record.cordoned,
    draining: record.draining,
    ...quarantineView(state, record.node),
    replacement: record.replacement,
    silenceMs: watch.heardAt === null ? null : Math.round(silenceOf(state, node)),
    takeover: takeoverOf(state, node),
    ...fenceHeldView(state, record.node),
    server: record.server,
    inventory: record.inventory,
    capacity: record.capacity,
    demand,
    usage: watch.usage,
    used: watch.usage && usedShares(watch.usage, record.capacity, record.inventory),
    readings: watch.readings,
    ...samplesView(state, record.node),
    instances: bindings.map((binding) => instanceView(state, binding)),
  };
}

function samplesView(state: State, node: NodeName): Pick<NodeView, 'samples'> {
  const tally = state.telemetry.get(node)?.tally;
  if (!tally) return {};
  const { received, lost, duplicates } = tally;
  return { samples: { received, lost, duplicates } };
}

/** How its work would be taken over if it were lost now. */
function takeoverOf(state: State, { record }: Node): NodeView['takeover'] {
  if (hasBmc(state.settings, record.node)) return 'bmc';
  const allStop = bindingsOn(state, record.node).every((binding) => binding.record.isolation === 'stop');
  return record.guard && allStop ? 'lease' : 'manual';
}

function instanceView(state: State, binding: Binding): InstanceView {
  const { record } = binding;
  const actual = actualOf(state, binding);
  const heard = state.nodes.get(record.node)?.watch.liveness;
  const twins = bindingsOf(state, record.instance);
  const moving = !record.wanted ? 'out' : twins.length < 2 ? null : twins.at(-1) === binding ? 'in' : 'out';
  return {
    instance: record.instance,
    generation: record.generation,
    role: record.role,
    node: record.node,
    state: heard === 'dead' || heard === 'fencing' || heard === 'lost' ? 'lost' : (actual?.state ?? 'assigned'),
    moving,
    restarts: actual?.restarts ?? 0,
    pid: actual?.pid ?? null,
    ports: actual?.ports ?? {},
    cpuMillicores: actual?.cpuMillicores ?? null,
    memoryBytes: actual?.memoryBytes ?? null,
    latencyMs: actual?.latencyMs ?? null,
    detail: actual?.detail ?? '',
  };
}

function appView(state: State, name: AppName): AppView {
  const record = state.apps.get(name);
  if (!record) throw new Error(`application ${name} is not in the state`);
  const { spec, deleted } = record;
  const slots = deleted ? [] : slotsOf(spec);
  const bindings = bindingsOfApp(state, name).filter((binding) => binding.record.wanted);
  const ready = new Set(
    bindings.filter((binding) => isReady(state, binding)).map(({ record: { instance } }) => instance),
  );
  const active = bindings.filter(
    (binding) => isReady(state, binding) && actualOf(state, binding)?.role === 'active',
  ).length;
  return {
    app: name,
    spec,
    wanted: slots.length,
    ready: ready.size,
    active,
    waiting: waitingTogether(
      slots.flatMap((instance) => {
        const reasons = state.waiting.get(instance);
        return reasons && bindingsOf(state, instance).length === 0 ? [{ instance, reasons }] : [];
      }),
    ),
    ...failingView(state, bindings),
    objective: objectiveView(state, name),
  };
}

function failingView(state: State, bindings: readonly Binding[]): Pick<AppView, 'failing'> {
  const failing = bindings.flatMap((binding) => {
    const text = failingText(state, binding);
    return text === null ? [] : [{ instance: binding.record.instance, text }];
  });
  return failing.length === 0 ? {} : { failing };
}

function objectiveView(state: State, name: AppName): AppView['objective'] {
  const objective = state.apps.get(name)?.spec.objective;
  if (!objective) return null;
  let worst: { instance: InstanceId; value: number; missed: boolean } | null = null;
  for (const { record } of bindingsOfApp(state, name)) {
    const track = state.performance.get(bindingKey(record.instance, record.generation));
    if (track?.value == null || (worst !== null && track.value <= worst.value)) continue;
    worst = { instance: record.instance, value: track.value, missed: track.missedSince !== null };
  }
  return {
    value: worst?.value ?? null,
    target: objective.target,
    missed: worst?.missed ?? false,
    worst: worst?.instance ?? null,
  };
}

function survives(state: State): ClusterView['survives'] {
  const { result, epoch, waiting } = state.survey;
  if (!result || waiting || epoch !== state.epoch || state.plan !== null) return null;
  return {
    anyNode: result.anyNode,
    notNode: (result.node?.what ?? null) as NodeName | null,
    anyDomain: result.anyDomain,
    notDomain: result.domain?.what ?? null,
    text: survivalText(result),
  };
}

function planView(state: State, plan: Plan): PlanView {
  const steps: StepView[] = [];
  const add = (step: Omit<StepView, 'id'>) => steps.push({ id: steps.length + 1, ...step });
  for (const { instance, from, to } of plan.slots) {
    const bindings = bindingsOf(state, instance);
    const arrived = bindings.find(({ record }) => record.node === to && record.wanted);
    const left = from === null ? undefined : bindings.find(({ record }) => record.node === from);
    const changed = state.targets.get(instance)?.node !== to;
    add({
      kind: 'start',
      instance,
      node: to,
      state: arrived?.readyAt != null ? 'done' : arrived ? 'running' : changed ? 'failed' : 'waiting',
    });
    if (from === null) continue;
    add({ kind: 'stop', instance, node: from, state: !left ? 'done' : left.record.wanted ? 'waiting' : 'running' });
    // the new instance of an active one starts as standby, and takes over when the old one is gone
    const takesOver = left?.record.role === 'active' || arrived?.record.role === 'active';
    const told = arrived?.record.role === 'active';
    const done = told && arrived !== undefined && actualOf(state, arrived)?.role === 'active';
    if (takesOver) add({ kind: 'promote', instance, node: to, state: done ? 'done' : told ? 'running' : 'waiting' });
  }
  return { id: plan.id, reason: plan.reason, steps };
}

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** One sentence on how the cluster is: the worst that is true now. */
function summary(
  state: State,
  nodes: readonly NodeView[],
  apps: readonly AppView[],
): Pick<ClusterView, 'sentence' | 'tone'> {
  const others = othersText(state);
  if (others !== null) return { tone: 'bad', sentence: others };
  if (state.deaf !== null)
    return {
      tone: 'bad',
      sentence: `The coordinator does not hear the broker (${state.deaf}): nothing is decided until it does.`,
    };
  if (state.disarmed) {
    const silent = nodes.filter((node) => node.liveness !== 'alive');
    const rest = silent.length === 0 ? '' : `; not heard or lost: ${list(silent)}`;
    return { tone: 'bad', sentence: `${disarmedText(state.disarmed)}${rest}.` };
  }
  if (state.massSilence)
    return {
      tone: 'bad',
      sentence: 'Too many nodes are silent at once: the network or the broker is at fault, so no node is given up.',
    };
  const byHand = nodes.filter((node) => node.liveness === 'dead' && node.takeover === 'manual');
  if (byHand.length > 0)
    return {
      tone: 'bad',
      sentence: `${list(byHand)} ${byHand.length === 1 ? 'is' : 'are'} dead and cannot be proved off: say 'evenkeel node confirm-dead ${byHand[0]?.node}'.`,
    };
  const held = nodes.find((node) => node.liveness === 'dead' && node.fenceHeld);
  if (held?.fenceHeld) return { tone: 'bad', sentence: `${held.fenceHeld.text}.` };
  const rebooting = rebootPowersOff(state);
  const dying = nodes.filter(
    (node) => node.liveness === 'dead' || (node.liveness === 'fencing' && !rebooting.includes(node.node)),
  );
  const timed = dying.filter((node) => node.takeover === 'lease');
  if (timed.length > 0)
    return {
      tone: 'bad',
      sentence: `${list(timed)} ${timed.length === 1 ? 'is' : 'are'} dead; what ran there stops with its lease and is then started elsewhere.`,
    };
  if (dying.length > 0)
    return { tone: 'bad', sentence: `${list(dying)} ${dying.length === 1 ? 'is' : 'are'} dead and being fenced.` };
  const suspects = nodes.filter((node) => node.liveness === 'suspect');
  if (suspects.length > 0)
    return {
      tone: 'warning',
      sentence: `${list(suspects)} ${suspects.length === 1 ? 'is' : 'are'} silent and suspected.`,
    };

  const reboot = state.reboot?.record;
  if (reboot?.status === 'stopped')
    return { tone: 'warning', sentence: `The rolling reboot has stopped: ${rebootText(state, reboot)}.` };
  const waiting = apps.flatMap((app) => app.waiting.flatMap(({ instances }) => instances)).length;
  const wanted = apps.reduce((sum, app) => sum + app.wanted, 0);
  const ready = apps.reduce((sum, app) => sum + app.ready, 0);
  const lost = nodes.filter((node) => node.liveness === 'lost');
  const tail = lost.length > 0 ? `; ${list(lost)} ${lost.length === 1 ? 'is' : 'are'} lost` : '';
  if (waiting > 0)
    return {
      tone: 'warning',
      sentence: `${plural(waiting, 'instance waits', 'instances wait')} for room or a fitting node${tail}.`,
    };
  const [failed, ...more] = apps.flatMap((app) => app.failing ?? []);
  if (failed) {
    const others =
      more.length === 0 ? '' : `; ${plural(more.length, 'more instance fails', 'more instances fail')} to start`;
    return { tone: 'warning', sentence: `${failed.text}${others}${tail}.` };
  }
  const moving = movesInFlight(state);
  if (moving > 0)
    return {
      tone: 'busy',
      sentence: `${plural(moving, 'instance is', 'instances are')} moving; ${ready} of ${wanted} ready${tail}.`,
    };
  if (ready < wanted) return { tone: 'busy', sentence: `${ready} of ${wanted} instances are ready${tail}.` };
  if (reboot) return { tone: 'busy', sentence: `All ${wanted} instances run; ${rebootText(state, reboot)}.` };
  const failing = nodes.filter((node) => node.health !== 'ok' && node.liveness === 'alive');
  if (failing.length > 0)
    return {
      tone: 'warning',
      sentence: `All ${wanted} instances run; the hardware of ${list(failing)} is ${failing[0]?.health}${tail}.`,
    };
  const quarantined = nodes.filter((node) => node.quarantine !== undefined);
  if (quarantined.length > 0)
    return {
      tone: 'warning',
      sentence: `All ${wanted} instances run; ${list(quarantined)} ${quarantined.length === 1 ? 'is' : 'are'} quarantined for failing again and again, and ${quarantined.length === 1 ? 'gets' : 'get'} nothing new${tail}.`,
    };
  const stuck = nodes.filter((node) => node.liveness === 'alive' && node.draining && node.instances.length > 0);
  if (stuck.length > 0 && state.plan === null && state.solvedEpoch === state.epoch)
    return {
      tone: 'warning',
      sentence: `All ${wanted} instances run; ${list(stuck)} cannot be emptied: what runs there fits nowhere else${tail}.`,
    };
  const missed = apps.filter((app) => app.objective?.missed);
  if (missed.length > 0)
    return {
      tone: 'warning',
      sentence: `All ${wanted} instances run; ${missed.map((app) => app.app).join(', ')} ${missed.length === 1 ? 'misses its' : 'miss their'} objective${tail}.`,
    };
  if (nodes.length === 0) return { tone: 'busy', sentence: 'No node has joined yet.' };
  if (wanted === 0) {
    const ready = nodes.filter((node) => node.liveness === 'alive' && !node.cordoned && !node.draining);
    if (ready.length === 0)
      return { tone: 'warning', sentence: `No node takes anything new; nothing is placed yet${tail}.` };
    return {
      tone: 'good',
      sentence: `${plural(ready.length, 'node is', 'nodes are')} ready; nothing is placed yet${tail}.`,
    };
  }
  return {
    tone: lost.length > 0 ? 'warning' : 'good',
    sentence: `All ${wanted} instances run on ${plural(nodes.length - lost.length, 'node', 'nodes')}${tail}.`,
  };
}

function list(nodes: readonly NodeView[]): string {
  return few(
    nodes.map(({ node }) => node),
    5,
    4,
  );
}
