import {
  DEFAULT_WEIGHTS,
  type NodeOpenness,
  type Problem,
  type ProblemApplication,
  type ProblemInstance,
  type ProblemNode,
} from '../../placement/problem.ts';
import { loadOf } from '../../placement/rules.ts';
import type { AppName, InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf, wantedSlots } from './bindings.ts';
import { isHeldByBudget } from './budgets.ts';
import { avoidedBy, isGivenUp, mustLeave } from './failed-starts.ts';
import { isQuarantined, isUnsteady } from './flapping.ts';
import { nodesInOrder } from './liveness.ts';
import { countedOf } from './measured-demand.ts';
import { fallsBack, highestRank, movesPerRank, preferencesOf, rankOn } from './preference.ts';
import { nodeUnderPressure } from './reports.ts';
import type { Binding, Node, Purpose, State } from './state.ts';

/*
 * The cluster as a placement problem. What moves already is taken as arrived; what is on a node that is not heard stays
 * where it is until there is proof; and, when something has to be repaired, all that is well stays where it is.
 */

export interface PosedProblem {
  readonly problem: Problem;
  readonly names: { readonly nodes: readonly NodeName[]; readonly instances: readonly InstanceId[] };
}

export interface PoseOptions {
  readonly purpose: Purpose | 'what-if';
  /** The instance that a performance problem is about. */
  readonly instance?: InstanceId;
  /** Those that may move for being where they prefer to be; with a node, because they return to it. */
  readonly fallingBack?: ReadonlyMap<InstanceId, NodeName | null>;
  /** What-if: nodes that are gone, or to be emptied. */
  readonly gone?: ReadonlySet<NodeName>;
  readonly drained?: ReadonlySet<NodeName>;
  /** False: what a budget lets nobody move may move, as it may for recovery from a failure. */
  readonly budgets?: boolean;
}

/**
 * When load is to be levelled, also nodes below the fullest count: an empty node is worth filling although the highest load
 * stays as it is, as it must where instances do not divide evenly among nodes.
 */
const LEVELLING = { ...DEFAULT_WEIGHTS, imbalance: 60 };

/** How dearly an instance in trouble wants to leave, in units of one move. */
const UNEASE = 50;
/** How dearly one that may go where it prefers to be wants to stay unless it is for that; never as dearly as a rank. */
const EASE = 50;

export function poseProblem(state: State, asked: PoseOptions): PosedProblem {
  const nodes = nodesInOrder(state);
  const nodeIndex = new Map(nodes.map((node, index) => [node.record.node, index]));
  const apps = [...state.apps.values()].filter((app) => !app.deleted);
  apps.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  const appIndex = new Map<AppName, number>(apps.map((app, index) => [app.spec.name, index]));
  const resources = [...new Set(['cpu', 'memory', ...apps.flatMap((app) => Object.keys(app.spec.demand))])].sort();
  const known = (names: readonly AppName[]) =>
    names.flatMap((name) => {
      const index = appIndex.get(name);
      return index === undefined ? [] : [index];
    });

  const instances = posedSlots(state);
  const options: PoseOptions = { ...asked, budgets: asked.budgets ?? !isRecovery(state, instances, asked) };
  const roles = rolesOf(state, instances);
  const isForBetter = options.purpose === 'rebalance' || options.purpose === 'what-if';
  const preferences = apps.map(({ spec }) =>
    preferencesOf(spec, nodes, avoidedBy(state, spec.name), homesOf(options, spec.name)),
  );
  const perRank = movesPerRank(apps, preferences, instances);
  const problem: Problem = {
    resources,
    weights: isForBetter ? LEVELLING : DEFAULT_WEIGHTS,
    ...((isForBetter || options.purpose === 'failback') && { maxMoves: state.settings.maxMovesPerPlan }),
    nodes: nodes.map((node): ProblemNode => {
      const capacity = resources.map((resource) => node.record.capacity[resource] ?? 0);
      return {
        name: node.record.node,
        capacity,
        reserve: capacity.map((amount) => Math.floor(amount * state.settings.reserveShare)),
        domain: node.record.domain,
        labels: node.record.labels,
        openness: opennessOf(state, node, nodes, options),
      };
    }),
    applications: apps.map(
      ({ spec }, a): ProblemApplication => ({
        name: spec.name,
        priority: spec.priority,
        demand: resources.map((resource) => spec.demand[resource] ?? 0),
        allow: spec.constraints.allow,
        forbid: spec.constraints.forbid,
        affinity: known(spec.constraints.affinity),
        antiAffinity: known(spec.constraints.antiAffinity),
        spread: spec.constraints.spread,
        ...(preferences[a]!.length > 0 && {
          prefer: preferences[a]!.map((one) => ({ ...one, gain: one.gain * perRank })),
        }),
      }),
    ),
    instances: instances.map((instance): ProblemInstance => {
      const slot = bindingsOf(state, instance);
      const bindings = slot.filter(({ record }) => record.wanted);
      const here = bindings.at(-1); // the newer one while it moves
      const home = here && !options.gone?.has(here.record.node) ? (nodeIndex.get(here.record.node) ?? -1) : -1;
      return {
        name: instance,
        application: appIndex.get(appOf(instance)) ?? -1,
        role: roles.get(instance) ?? 'active',
        home,
        pinned: home >= 0 && here !== undefined && staysHome(state, instance, here, bindings.length > 1, options),
        unease: uneaseOf(state, instance, here, perRank, options),
        ...demandOf(state, instance, slot, resources, options.purpose),
      };
    }),
  };
  return { problem, names: { nodes: nodes.map((node) => node.record.node), instances } };
}

/** Nodes to which instances of an application return. */
function homesOf({ fallingBack }: PoseOptions, app: AppName): NodeName[] {
  return [...(fallingBack ?? [])].flatMap(([instance, to]) => (to !== null && appOf(instance) === app ? [to] : []));
}

/**
 * What is in trouble wants to leave. What does not fall back is where it is as it would be where it prefers to be, and what may fall
 * back goes nowhere else.
 */
function uneaseOf(
  state: State,
  instance: InstanceId,
  here: Binding | undefined,
  perRank: number,
  { purpose, instance: troubled, fallingBack }: PoseOptions,
): number {
  if (purpose === 'performance' && instance === troubled) return UNEASE;
  if (fallingBack?.has(instance)) return -Math.min(EASE, perRank / 2);
  const spec = state.apps.get(appOf(instance))?.spec;
  const node = here && state.nodes.get(here.record.node);
  if (!spec || !node || fallsBack(spec)) return 0;
  return (rankOn(spec, node) - highestRank(spec)) * perRank;
}

/**
 * Room is held by demand, or by what was measured above it; load counts what was measured. Where something would wait otherwise,
 * demand alone decides about room: a measurement keeps nothing from running.
 */
function demandOf(
  state: State,
  instance: InstanceId,
  slot: readonly Binding[],
  resources: readonly string[],
  purpose: PoseOptions['purpose'],
): Pick<ProblemInstance, 'demand' | 'load'> {
  const demanded = state.apps.get(appOf(instance))?.spec.demand ?? {};
  const counted = new Map(countedOf(state, instance, slot, demanded).map((one) => [one.resource, one.counted]));
  if (counted.size === 0) return { demand: null };
  const rated = resources.map((resource) => demanded[resource] ?? 0);
  const used = resources.map((resource, r) => counted.get(resource) ?? rated[r]!);
  const isRated = purpose === 'repair-rated' || purpose === 'repair-free';
  const demand = isRated ? rated : rated.map((amount, r) => Math.max(amount, used[r]!));
  const load = used.map((amount, r) => Math.min(amount, demand[r]!));
  return {
    demand: demand.every((amount, r) => amount === rated[r]) ? null : demand,
    ...(load.some((amount, r) => amount !== demand[r]) && { load }),
  };
}

/** Everything may move, and something runs nowhere: what failed comes before what is spared. */
function isRecovery(state: State, instances: readonly InstanceId[], { purpose, gone }: PoseOptions): boolean {
  if (purpose !== 'repair-free') return false;
  const runs = ({ record }: Binding) => record.wanted && gone?.has(record.node) !== true;
  return instances.some((instance) => !bindingsOf(state, instance).some(runs));
}

/**
 * The slots that can be placed at all: replicas go to different nodes, so of an application with more slots than there are
 * nodes only as many are asked for, those that run before the others.
 */
export function posedSlots(state: State): InstanceId[] {
  const runs = (instance: InstanceId) => bindingsOf(state, instance).some(({ record }) => record.wanted);
  const slots = wantedSlots(state).filter((instance) => !isGivenUp(state, instance));
  return [...Map.groupBy(slots, appOf).values()].flatMap((slots) => {
    if (slots.length <= state.nodes.size) return slots;
    const placed = slots.filter(runs);
    const room = Math.max(0, state.nodes.size - placed.length);
    const taken = new Set([...placed, ...slots.filter((instance) => !runs(instance)).slice(0, room)]);
    return slots.filter((instance) => taken.has(instance));
  });
}

/** Roles of running slots as they are; of empty ones, active while actives are missing. */
function rolesOf(state: State, instances: readonly InstanceId[]): Map<InstanceId, 'active' | 'standby'> {
  const roles = new Map<InstanceId, 'active' | 'standby'>();
  const actives = new Map<AppName, number>();
  const count = (app: AppName) => actives.set(app, (actives.get(app) ?? 0) + 1);
  for (const instance of instances) {
    const bindings = bindingsOf(state, instance).filter(({ record }) => record.wanted);
    if (bindings.length === 0) continue;
    const role = bindings.some(({ record }) => record.role === 'active') ? 'active' : 'standby';
    roles.set(instance, role);
    if (role === 'active') count(appOf(instance));
  }
  for (const instance of instances) {
    if (roles.has(instance)) continue;
    const app = appOf(instance);
    const missing = (actives.get(app) ?? 0) < (state.apps.get(app)?.spec.replicas ?? 0);
    roles.set(instance, missing ? 'active' : 'standby');
    if (missing) count(app);
  }
  return roles;
}

function staysHome(state: State, instance: InstanceId, here: Binding, moving: boolean, options: PoseOptions): boolean {
  const node = state.nodes.get(here.record.node);
  if (moving || !node) return true;
  if (options.budgets !== false && isHeldByBudget(state.apps.get(here.record.app)?.spec, node)) return true;
  if (options.drained?.has(here.record.node)) return false;
  if (node.watch.liveness !== 'alive') return true;
  if ((state.stuckUntil.get(instance) ?? Number.NEGATIVE_INFINITY) > state.at) return true;
  if (options.purpose === 'performance') return instance !== options.instance;
  if (options.purpose === 'failback') return options.fallingBack?.has(instance) !== true;
  if (options.purpose === 'repair' || options.purpose === 'repair-rated')
    return !mustBeEmptied(node) && !state.loosened.has(here.record.app) && !mustLeave(state, here);
  return false;
}

export function mustBeEmptied({ record, watch }: Node): boolean {
  return record.draining || record.replacement !== null || watch.health.health === 'failing';
}

/** Nothing is wrong with where things are. */
export const FOR_BETTER: ReadonlySet<PoseOptions['purpose']> = new Set(['failback', 'rebalance', 'performance']);

/** Whether it gets what is new to it. */
export function isOpen(state: State, node: Node): boolean {
  return opennessOf(state, node, [], { purpose: 'failback' }) === 'open';
}

function opennessOf(state: State, node: Node, all: readonly Node[], options: PoseOptions): NodeOpenness {
  const { record, watch } = node;
  if (watch.liveness === 'lost' || record.lost || options.gone?.has(record.node)) return 'gone';
  if (mustBeEmptied(node) || options.drained?.has(record.node)) return 'draining';
  if (watch.liveness !== 'alive') return 'unheard';
  if (record.cordoned || state.foreign.has(record.node)) return 'cordoned'; // who obeys another starts nothing for us
  if (isQuarantined(state, record.node)) return 'quarantined';
  if (watch.health.health === 'degraded') return 'degraded';
  const isForBetter = FOR_BETTER.has(options.purpose);
  if (isForBetter && isUnsteady(state, record.node)) return 'cordoned';
  if (options.purpose === 'performance' && nodeUnderPressure(state, watch) && pressureIsLocal(state, all))
    return 'cordoned';
  return 'open';
}

/** Where most nodes are under pressure at once, moving within the cluster helps nobody. */
export function pressureIsLocal(state: State, nodes: readonly Node[]): boolean {
  const alive = nodes.filter((node) => node.watch.liveness === 'alive');
  return alive.filter((node) => nodeUnderPressure(state, node.watch)).length * 2 < alive.length;
}

/** Whether something holds more room than its application demands, because more was measured. */
export function holdsMeasured(problem: Problem): boolean {
  return problem.instances.some((instance) => instance.demand !== null);
}

/** Relative load of each node by its fullest resource, 1 being full; nodes that are gone are left out. */
function loadsOf(problem: Problem, placement: readonly number[]): number[] {
  const used = problem.nodes.map(() => problem.resources.map(() => 0));
  problem.instances.forEach((_, index) => {
    const row = used[placement[index] ?? -1];
    if (row)
      for (const [resource, amount] of loadOf(problem, index).entries()) row[resource] = (row[resource] ?? 0) + amount;
  });
  return problem.nodes.flatMap((node, n) => {
    if (node.openness === 'gone') return [];
    const shares = node.capacity.map((capacity, r) => {
      const amount = used[n]?.[r] ?? 0;
      return amount === 0 ? 0 : capacity > 0 ? amount / capacity : Number.POSITIVE_INFINITY;
    });
    return [Math.max(0, ...shares)];
  });
}

export function highestLoad(problem: Problem, placement: readonly number[]): number {
  return Math.max(0, ...loadsOf(problem, placement));
}

export function loadRange(problem: Problem, placement: readonly number[]): { lowest: number; highest: number } {
  const loads = loadsOf(problem, placement);
  return loads.length === 0 ? { lowest: 0, highest: 0 } : { lowest: Math.min(...loads), highest: Math.max(...loads) };
}
