import type { Solution } from '../../placement/problem.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { type Better, judgePerformance, judgeRebalance } from './better.ts';
import { bindingsOf, wantedSlots } from './bindings.ts';
import { movesInFlight } from './executor.ts';
import { failbackReason, failbacks } from './failback.ts';
import { failureText, isGivenUp, mustLeave, tellNowhere } from './failed-starts.ts';
import { breaksNewRules, withNeighbours } from './loosened.ts';
import { type Place, placeOf, whatHolds } from './overtaken.ts';
import { judgeTrial, planDone } from './prediction.ts';
import { FOR_BETTER, holdsMeasured, type PoseOptions, poseProblem } from './problem.ts';
import { returnReason, returns, settleReturns } from './returning.ts';
import type { Binding, Predicted, Purpose, Solve, State } from './state.ts';
import { startSurvey } from './surveying.ts';
import { worstTrouble } from './trouble.ts';
import type { Turn } from './turn.ts';
import { isHeld, isToBeEmptied, keepWaiting, tellStuck } from './unsettled.ts';

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
    apps: state.apps,
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
  if (solve.epoch !== state.epoch) return overtaken(turn, solve, solution);
  state.wasOvertaken = false;
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
      return acceptIf(turn, judgeRebalance(turn, solve, solution), solution);
    case 'performance':
      return acceptIf(turn, judgePerformance(turn, solve, solution), solution);
  }
}

/**
 * The cluster has changed while the solver was working: it is asked anew. Where changes come so fast that this is so again and again, what
 * still holds of its answer is taken meanwhile, or nothing lost would ever be placed.
 */
function overtaken(turn: Turn, solve: Solve, solution: Solution): void {
  const { state } = turn;
  if (state.wasOvertaken && solve.purpose.startsWith('repair')) {
    state.solvedEpoch = solve.epoch;
    take(turn, solve, whatHolds(state, solve, solution), null);
  }
  state.wasOvertaken = true;
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

function acceptIf(turn: Turn, better: Better | null, solution: Solution): void {
  if (better) accept(turn, better.solve, solution, better.predicted);
}

/** Takes an answer: where each slot should be from now on, and who waits, and why. */
function accept(turn: Turn, solve: Solve, solution: Solution, predicted: Predicted | null = null): void {
  const { state } = turn;
  state.solvedEpoch = solve.epoch;
  state.loosened = new Set();
  const reasons = new Map(solution.unplaced.map((one) => [one.instance, one.reasons]));
  const placed: Place[] = [];
  const waiting: { instance: InstanceId; reasons: readonly string[] }[] = [];
  solve.names.instances.forEach((instance, i) => {
    const place = placeOf(solve, solution, i);
    if (place) placed.push(place);
    else waiting.push({ instance, reasons: reasons.get(i) ?? ['no node can take it'] });
  });
  const posed = new Set(solve.names.instances);
  const tooMany = `there are ${state.nodes.size} nodes, and each takes one instance of an application`;
  for (const instance of wantedSlots(state))
    if (!posed.has(instance))
      waiting.push({ instance, reasons: [isGivenUp(state, instance) ? failureText(state, instance) : tooMany] });
  keepWaiting(turn, waiting);
  take(turn, solve, placed, predicted);
}

/** Where one is from now on. */
function take(turn: Turn, solve: Solve, placed: readonly Place[], predicted: Predicted | null): void {
  const { state } = turn;
  const changed: Place[] = [];
  const stuck: { instance: InstanceId; node: NodeName }[] = [];
  for (const place of placed) {
    const { instance, from, to } = place;
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
    if (from !== to) changed.push(place);
  }
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
  if (FOR_BETTER.has(solve.purpose)) return true;
  if (node.record.draining || node.record.replacement !== null) return true;
  return solve.homes.every((home) => home >= 0);
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
