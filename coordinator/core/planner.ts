import type { Solution } from '../../placement/problem.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf, bindingsOn, isReady, wantedSlots } from './bindings.ts';
import { impossibleBudget, isHeldByBudget } from './budgets.ts';
import type { Survey } from './events.ts';
import { movesInFlight } from './executor.ts';
import { failbackReason, failbacks } from './failback.ts';
import { failureText, isGivenUp, mustLeave, tellNowhere } from './failed-starts.ts';
import { nodesInOrder } from './liveness.ts';
import { breaksNewRules, withNeighbours } from './loosened.ts';
import { judgeTrial, planDone } from './prediction.ts';
import { holdsMeasured, loadRange, mustBeEmptied, type PoseOptions, poseProblem, pressureIsLocal } from './problem.ts';
import { nodeUnderPressure } from './reports.ts';
import { returnReason, returns, settleReturns } from './returning.ts';
import { type Binding, bindingKey, type Predicted, type Purpose, type Solve, type State } from './state.ts';
import { survivalText } from './survival-text.ts';
import type { Turn } from './turn.ts';
import { waitingText, waitingTogether } from './waiting.ts';
import { movesText, worthOfLevelling } from './worth.ts';

/*
 * When the solver is asked, what it is asked, and what of its answer is taken. Repair comes first and touches nothing that
 * is well unless it must; what is merely better has to be worth its price; and every answer, also "nothing to do", is
 * journalled with its reason.
 */

/** A solver that failed is asked again after this long. */
const RETRY_MS = 1000;

export function planNext(turn: Turn): void {
  const { state } = turn;
  finishPlan(turn);
  judgeTrial(turn);
  if (state.solve !== null || ![...state.nodes.values()].some((node) => node.watch.liveness === 'alive')) return;
  if (state.epoch !== state.solvedEpoch) {
    if (state.at - state.epochAt >= state.settings.replanDelayMs) startSolve(turn, 'repair', state.epochReason);
    return;
  }
  if (movesInFlight(state) > 0 || state.plan !== null || !allReady(state)) return;
  if (mayFallBack(turn)) return;
  // levelling between two reboots would move what the next one moves again
  const mayLevel = state.rebalance !== null && state.reboot?.record.status !== 'running';
  if (mayLevel && state.at - state.rebalancedAt >= state.settings.rebalanceCooldownMs)
    return startSolve(turn, 'rebalance', state.rebalance ?? '');
  const trouble = worstTrouble(state);
  if (trouble) return startSolve(turn, 'performance', trouble.reason, { instance: trouble.instance });
  if (state.survey.epoch !== state.epoch) startSurvey(turn); // one that is under way is of how things were, and is overtaken
}

/** Asks for what could be where it prefers to be: once for every change of the cluster, and again while that moves something. */
function mayFallBack(turn: Turn): boolean {
  const { state } = turn;
  if (state.failbackEpoch === state.epoch || state.reboot?.record.status === 'running') return false;
  state.failbackEpoch = state.epoch;
  const home = returns(state);
  const all = failbacks(state).filter((one) => !home.some(({ instance }) => instance === one.instance));
  if (home.length === 0) settleReturns(turn, new Set(), false);
  if (home.length === 0 && all.length === 0) return false;
  const to = [
    ...all.map(({ instance }) => [instance, null] as const),
    ...home.map((one) => [one.instance, one.to] as const),
  ];
  const reason = home.length > 0 ? returnReason(home) : failbackReason(all);
  startSolve(turn, 'failback', reason, { fallingBack: new Map<InstanceId, NodeName | null>(to) });
  return true;
}

/** Every instance that has a place is ready there, or has had its time. */
export function allReady(state: State): boolean {
  return wantedSlots(state).every((instance) => {
    const bindings = bindingsOf(state, instance);
    return bindings.length === 0
      ? !state.targets.has(instance)
      : bindings.every((binding) => hasHadItsTime(state, binding));
  });
}

/** Ready, or given up on becoming ready soon: an instance that never does must not hold up everything else. */
function hasHadItsTime(state: State, binding: Binding): boolean {
  return binding.readyAt !== null || state.at - binding.since >= state.settings.readyTimeoutMs;
}

function startSolve(
  turn: Turn,
  purpose: Purpose,
  reason: string,
  about: Pick<PoseOptions, 'instance' | 'fallingBack'> = {},
): void {
  const { state } = turn;
  const { problem, names } = poseProblem(state, { purpose, ...about });
  state.solves++;
  const homes = problem.instances.map((one) => one.home);
  state.solve = {
    id: state.solves,
    purpose,
    epoch: state.epoch,
    reason,
    names,
    homes,
    holdsMeasured: holdsMeasured(problem),
    instance: about.instance ?? null,
  };
  turn.effects.push({ kind: 'solve', solve: state.solves, problem, seed: 1, steps: state.settings.solverSteps });
}

export function solved(turn: Turn, id: number, solution: Solution | null, error: string | null): void {
  const { state } = turn;
  const solve = state.solve;
  if (!solve || solve.id !== id) return;
  state.solve = null;
  if (solution === null) {
    state.epochAt = state.at + RETRY_MS;
    turn.journal({
      kind: 'plan',
      severity: 'error',
      text: `The solver failed (${error ?? 'no answer'}): it is asked again.`,
    });
    return;
  }
  if (solve.epoch !== state.epoch) return; // the cluster has changed while it was working: it is asked anew
  switch (solve.purpose) {
    case 'repair':
    case 'repair-rated': {
      const wider = breaksNewRules(state, solve, solution) ? withNeighbours(state) : null;
      if (wider) {
        state.loosened = wider;
        return startSolve(turn, solve.purpose, solve.reason);
      }
      const next = solve.holdsMeasured ? 'repair-rated' : 'repair-free';
      if (needsMoreFreedom(state, solve, solution)) return startSolve(turn, next, solve.reason);
      return accept(turn, solve, solution);
    }
    case 'repair-free':
      return accept(turn, solve, solution);
    case 'failback':
      if (solution.moves > 0) state.failbackEpoch = 0; // there may be more to do once that is done
      settleReturns(turn, moversOf(solve, solution), solution.moves >= state.settings.maxMovesPerPlan);
      return accept(turn, solve, solution);
    case 'rebalance':
      return judgeRebalance(turn, solve, solution);
    case 'performance':
      return judgePerformance(turn, solve, solution);
  }
}

function moversOf({ names, homes }: Solve, { node }: Solution): ReadonlySet<InstanceId> {
  return new Set(names.instances.filter((_, i) => homes[i] !== node[i]));
}

/** Something could not be placed, or not be moved away, or breaks its new rules, while all that is well stayed where it is. */
function needsMoreFreedom(state: State, solve: Solve, solution: Solution): boolean {
  if (solution.unplaced.length > 0 || breaksNewRules(state, solve, solution)) return true;
  return solution.node.some((index, i) => {
    const node = solve.names.nodes[index];
    return node !== undefined && isToBeEmptied(state, node) && !isHeld(state, solve.names.instances[i]!, node);
  });
}

function isHeld(state: State, instance: InstanceId, name: NodeName): boolean {
  const node = state.nodes.get(name);
  return node !== undefined && isHeldByBudget(state.apps.get(appOf(instance))?.spec, node);
}

function isToBeEmptied(state: State, name: NodeName): boolean {
  const node = state.nodes.get(name);
  return node !== undefined && node.watch.liveness === 'alive' && mustBeEmptied(node);
}

/** Moves for balance must gain more than they cost. */
function judgeRebalance(turn: Turn, solve: Solve, solution: Solution): void {
  const { state } = turn;
  state.rebalance = null;
  const { problem } = poseProblem(state, { purpose: 'rebalance' });
  const worth = worthOfLevelling(problem, solve.homes, solution.node, state.settings.rebalanceGain);
  if (!worth.worthIt) {
    turn.journal({ kind: 'decision', text: `After ${solve.reason}: nothing is moved, because ${worth.text}.` });
    return;
  }
  state.rebalancedAt = state.at;
  // all that may move at a time does: there may be more to gain, after a pause
  if (worth.moves >= state.settings.maxMovesPerPlan) state.rebalance = solve.reason;
  const predicted = { kind: 'levelling', ...loadRange(problem, solution.node) } as const;
  accept(
    turn,
    { ...solve, reason: `${solve.reason}: with ${movesText(worth.moves)} ${worth.text}` },
    solution,
    predicted,
  );
}

function judgePerformance(turn: Turn, solve: Solve, solution: Solution): void {
  const { state } = turn;
  const instance = solve.instance as InstanceId;
  const index = solve.names.instances.indexOf(instance);
  turn.put('coolUntil', appOf(instance), state.at + state.settings.performance.cooldownMs);
  const to = solution.node[index];
  if (to === undefined || to < 0 || to === solve.homes[index]) {
    turn.journal({
      kind: 'performance',
      severity: 'warning',
      instance,
      app: appOf(instance),
      text: `${solve.reason}; no other node may take it now, so it stays.`,
    });
    return;
  }
  accept(turn, solve, solution, predictedObjective(state, instance, solve.names.nodes[to]));
}

/** That it meets its objective on the other node; null for one that moves for another reason. */
function predictedObjective(state: State, instance: InstanceId, node: NodeName | undefined): Predicted | null {
  const app = appOf(instance);
  const target = state.apps.get(app)?.spec.objective?.target;
  const [here] = bindingsOf(state, instance);
  const before = here && state.performance.get(bindingKey(instance, here.record.generation))?.value;
  if (node === undefined || target === undefined || before == null || before <= target) return null;
  return { kind: 'objective', instance, app, node, before, target };
}

/** Takes an answer: where each slot should be from now on, and who waits, and why. */
function accept(turn: Turn, solve: Solve, solution: Solution, predicted: Predicted | null = null): void {
  const { state } = turn;
  state.solvedEpoch = solve.epoch;
  state.loosened = new Set();
  const reasons = new Map(solution.unplaced.map((one) => [one.instance, one.reasons]));
  const changed: { instance: InstanceId; from: NodeName | null; to: NodeName }[] = [];
  const stuck: { instance: InstanceId; node: NodeName }[] = [];
  const waiting: { instance: InstanceId; reasons: readonly string[] }[] = [];
  solve.names.instances.forEach((instance, i) => {
    const to = solve.names.nodes[solution.node[i] ?? -1];
    const from = solve.names.nodes[solve.homes[i] ?? -1] ?? null;
    if (to === undefined) {
      waiting.push({ instance, reasons: reasons.get(i) ?? ['no node can take it'] });
      return;
    }
    turn.put('waiting', instance, null);
    if (from === to && isToBeEmptied(state, to)) stuck.push({ instance, node: to });
    const [here] = from === null ? [] : bindingsOf(state, instance);
    const fails = here !== undefined && mustLeave(state, here);
    if (fails && from === to) tellNowhere(turn, here);
    const voluntary = !fails && isVoluntary(state, solve, instance, from, to);
    turn.put('targets', instance, {
      node: to,
      forced: solve.purpose !== 'rebalance' && solve.purpose !== 'failback',
      voluntary,
    });
    if (from !== to) changed.push({ instance, from, to });
  });
  const posed = new Set(solve.names.instances);
  const tooMany = `there are ${state.nodes.size} nodes, and each takes one instance of an application`;
  for (const instance of wantedSlots(state))
    if (!posed.has(instance))
      waiting.push({ instance, reasons: [isGivenUp(state, instance) ? failureText(state, instance) : tooMany] });
  keepWaiting(turn, waiting);
  tellStuck(turn, stuck);
  if (changed.length === 0) return;
  state.survey = { ...state.survey, epoch: 0 }; // what the cluster survives depends on where things are
  state.plans++;
  // what an earlier plan has not finished goes on as part of this one
  const open = (state.plan?.slots ?? []).filter(
    (slot) => !changed.some((one) => one.instance === slot.instance) && !isSettled(state, slot),
  );
  state.plan = { id: state.plans, reason: solve.reason, startedAt: state.at, predicted, slots: [...open, ...changed] };
  const starts = changed.filter((one) => one.from === null).length;
  const what = [
    starts > 0 ? `${starts} to start` : '',
    changed.length > starts ? `${changed.length - starts} to move` : '',
  ].filter((text) => text !== '');
  const where = changed.map((one) => `${one.instance} → ${one.to}`).join(', ');
  turn.journal({
    kind: 'plan',
    severity: 'notice',
    text: `Plan ${state.plans}, because ${solve.reason}: ${what.join(', ')} (${where.length > 400 ? `${where.slice(0, 400)}…` : where}).`,
  });
}

/** For maintenance, levelling or performance, and not because something failed: away from failing hardware, or aside for what was lost. */
function isVoluntary(state: State, solve: Solve, instance: InstanceId, from: NodeName | null, to: NodeName): boolean {
  if (from === null) return false;
  // what moves already is posed as arrived: why it moves is as before
  const before = state.targets.get(instance);
  if (from === to) return before?.node === to && before.voluntary === true;
  const node = state.nodes.get(from);
  if (!node || node.watch.health.health === 'failing') return false;
  if (['failback', 'rebalance', 'performance'].includes(solve.purpose)) return true;
  if (node.record.draining || node.record.replacement !== null) return true;
  return solve.homes.every((home) => home >= 0);
}

function keepWaiting(turn: Turn, all: readonly { instance: InstanceId; reasons: readonly string[] }[]): void {
  const news = all.filter(({ instance, reasons }) => turn.state.waiting.get(instance)?.join() !== reasons.join());
  for (const { instance, reasons } of all) {
    turn.put('waiting', instance, reasons);
    turn.put('targets', instance, null);
  }
  for (const [app, ofApp] of Map.groupBy(news, ({ instance }) => appOf(instance))) {
    for (const waiting of waitingTogether(ofApp)) {
      const [instance, ...others] = waiting.instances;
      turn.journal({
        kind: 'decision',
        severity: 'warning',
        ...(instance && others.length === 0 && { instance }),
        app,
        text: `${waitingText(waiting)}.`,
      });
    }
  }
}

/** Whoever drains a node is told what cannot leave it. */
function tellStuck(turn: Turn, stuck: readonly { instance: InstanceId; node: NodeName }[]): void {
  const [held, full] = [true, false].map((is) =>
    stuck.filter((one) => isHeld(turn.state, one.instance, one.node) === is),
  );
  for (const { instance, node } of held ?? []) {
    const spec = turn.state.apps.get(appOf(instance))?.spec;
    turn.journal({
      kind: 'decision',
      severity: 'warning',
      node,
      instance,
      app: appOf(instance),
      text: `${instance} stays on ${node}, which is to be emptied: ${spec && impossibleBudget(spec)}.`,
    });
  }
  for (const [node, here] of Map.groupBy(full ?? [], (one) => one.node)) {
    const names = here.map(({ instance }) => instance);
    const [few, are] = [names.slice(0, 5).join(', '), names.length === 1 ? 'stays' : 'stay'];
    turn.journal({
      kind: 'decision',
      severity: 'warning',
      node,
      text: `${few}${names.length > 5 ? ` and ${names.length - 5} more` : ''} ${are} on ${node}, which is to be emptied: no other node can take ${names.length === 1 ? 'it' : 'them'} ('evenkeel explain ${appOf(names[0] as InstanceId)}' says why).`,
    });
  }
}

/** A slot of a plan is settled when it runs, ready, at its end and nowhere else, or when its target has changed since. */
export function isSettled(state: State, slot: { readonly instance: InstanceId; readonly to: NodeName }): boolean {
  if (state.targets.get(slot.instance)?.node !== slot.to) return true;
  const bindings = bindingsOf(state, slot.instance);
  const [only] = bindings;
  return (
    bindings.length === 1 &&
    only !== undefined &&
    only.record.wanted &&
    only.record.node === slot.to &&
    hasHadItsTime(state, only)
  );
}

function finishPlan(turn: Turn): void {
  const { state } = turn;
  const { plan } = state;
  if (!plan?.slots.every((slot) => isSettled(state, slot))) return;
  state.plan = null;
  turn.journal({
    kind: 'plan',
    severity: 'notice',
    text: `Plan ${plan.id} is carried out (${((state.at - plan.startedAt) / 1000).toFixed(1)} s).`,
  });
  planDone(turn, plan);
}

interface Trouble {
  readonly instance: InstanceId;
  readonly reason: string;
  readonly ratio: number;
}

/** The instance whose move is most called for: it misses its objective for long, or its node is under lasting pressure. */
function worstTrouble(state: State): Trouble | null {
  const troubles: Trouble[] = [];
  for (const binding of troubleIsLocal(state) ? state.bindings.values() : []) {
    const { record } = binding;
    const spec = state.apps.get(record.app)?.spec;
    const track = state.performance.get(bindingKey(record.instance, record.generation));
    if (
      !spec?.objective ||
      !track ||
      track.value === null ||
      track.missedSince === null ||
      !mayMove(state, record.instance)
    )
      continue;
    const heldMs = state.at - track.missedSince;
    // below its target again, though not by enough to have met it: no cause for a move now
    if (heldMs < state.settings.performance.holdMs || track.value <= spec.objective.target) continue;
    const unit = spec.objective.kind === 'latency' ? ' ms' : spec.objective.kind === 'cpu' ? ' %' : '';
    troubles.push({
      instance: record.instance,
      ratio: track.value / spec.objective.target,
      reason: `${record.instance} on ${record.node} has missed its ${spec.objective.kind} objective for ${(heldMs / 1000).toFixed(0)} s (${round(track.value)}${unit}, target ${round(spec.objective.target)}${unit})`,
    });
  }
  troubles.push(...pressureTroubles(state));
  troubles.sort((a, b) => b.ratio - a.ratio || (a.instance < b.instance ? -1 : 1));
  return troubles[0] ?? null;
}

/** Where most instances miss their objectives at once, the cause is not one node, and moving between nodes helps nobody. */
function troubleIsLocal(state: State): boolean {
  const tracks = [...state.performance.values()];
  return tracks.length < 3 || tracks.filter((track) => track.missedSince !== null).length * 2 <= tracks.length;
}

const round = (value: number) => (value >= 10 ? value.toFixed(0) : value.toFixed(2));

function mayMove(state: State, instance: InstanceId): boolean {
  if ((state.coolUntil.get(appOf(instance)) ?? Number.NEGATIVE_INFINITY) > state.at) return false;
  const bindings = bindingsOf(state, instance);
  const [only] = bindings;
  return bindings.length === 1 && only !== undefined && state.nodes.get(only.record.node)?.watch.liveness === 'alive';
}

/** Of what instances use on a node: one that uses less than this share adds nothing to its pressure. */
const ADDING_SHARE = 0.1;

/** Of a node under lasting pressure, the least important instance of those that add to it, and of these the one that uses most CPU. */
function pressureTroubles(state: State): Trouble[] {
  const nodes = nodesInOrder(state);
  if (!pressureIsLocal(state, nodes)) return [];
  return nodes.flatMap(({ record, watch }) => {
    if (!nodeUnderPressure(state, watch)) return [];
    const movable = bindingsOn(state, record.node)
      .filter((binding) => mayMove(state, binding.record.instance) && isReady(state, binding))
      .map((binding) => ({
        instance: binding.record.instance,
        priority: state.apps.get(binding.record.app)?.spec.priority ?? 0,
        cpu: watch.actual.get(bindingKey(binding.record.instance, binding.record.generation))?.cpuMillicores ?? 0,
      }))
      .sort((a, b) => a.priority - b.priority || b.cpu - a.cpu);
    const all = movable.reduce((sum, { cpu }) => sum + cpu, 0);
    const first = movable.find(({ cpu }) => cpu > 0 && cpu >= ADDING_SHARE * all);
    if (!first || movable.length < 2) return []; // the only instance would take its pressure with it
    const limit = state.settings.performance.pressurePercent;
    return [
      {
        instance: first.instance,
        ratio: (watch.pressure?.value ?? 0) / limit,
        reason: `${record.node} has been under CPU pressure (${round(watch.pressure?.value ?? 0)} %, limit ${limit} %), to which ${first.instance} adds`,
      },
    ];
  });
}

function startSurvey(turn: Turn): void {
  const { state } = turn;
  const { problem } = poseProblem(state, { purpose: 'repair-free', budgets: false });
  const asked = state.survey.asked + 1;
  state.survey = { ...state.survey, asked, waiting: true, epoch: state.epoch };
  turn.effects.push({ kind: 'survey', survey: asked, problem });
}

export function surveyed(turn: Turn, survey: number, result: Survey | null): void {
  const { state } = turn;
  if (survey !== state.survey.asked) return;
  const before = state.survey.result;
  state.survey = { ...state.survey, result, waiting: false };
  if (!result || (before && survivalText(before) === survivalText(result))) return;
  turn.journal({
    kind: 'decision',
    severity: result.anyNode ? 'info' : 'warning',
    text: `The cluster ${survivalText(result)}.`,
  });
}
