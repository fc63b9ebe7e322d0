import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { bindingsOf } from './bindings.ts';
import { loadRange, poseProblem } from './problem.ts';
import { bindingKey, type Predicted, type State } from './state.ts';
import type { Turn } from './turn.ts';
import { rangeText } from './worth.ts';

/*
 * What a plan was expected to bring, compared with what it brought. Levelling is compared when the plan is carried out; an objective
 * a while later, when the instance has settled on its new node. Moves that did not help an application make the next one wait longer
 * and longer, so that nothing wanders about. A plan that is overtaken by another one is not compared.
 */

/** What counts as no help: the value is not below this share of what it was, and not met either. */
const HELPED_SHARE = 0.9;
/** The wait after moves that did not help doubles so often at most. */
const MOST_DOUBLINGS = 6;

/** The plan is carried out. */
export function planDone(turn: Turn, plan: { readonly id: number; readonly predicted: Predicted | null }): void {
  const { state } = turn;
  const { predicted } = plan;
  if (predicted === null) return;
  if (predicted.kind === 'objective') {
    const { holdMs, smoothingMs } = state.settings.performance;
    // samples count from holdMs after it was ready on, and three time constants make their average
    state.trial = { plan: plan.id, predicted, dueAt: state.at + 2 * holdMs + 3 * smoothingMs };
    return;
  }
  const { problem } = poseProblem(state, { purpose: 'rebalance' });
  const homes = problem.instances.map((one) => one.home);
  const now = loadRange(problem, homes);
  const isAsPredicted = percent(now.highest) <= percent(predicted.highest);
  turn.journal({
    kind: 'decision',
    severity: isAsPredicted ? 'info' : 'notice',
    text: `Plan ${plan.id} was to load nodes ${rangeText(predicted)}: they are loaded ${rangeText(now)}${isAsPredicted ? '' : ', more than predicted'}.`,
  });
}

/** Tells the outcome of the trial once it is due. */
export function judgeTrial(turn: Turn): void {
  const { state } = turn;
  const { trial } = state;
  if (trial === null || state.at < trial.dueAt) return;
  const { instance, app, node, before, target } = trial.predicted;
  const value = valueOn(state, instance, node);
  if (value === undefined) {
    state.trial = null; // it is not there any more: what it would have brought nobody knows
    return;
  }
  if (value === null) {
    if (state.at - trial.dueAt >= state.settings.readyTimeoutMs) state.trial = null;
    return;
  }
  state.trial = null;
  const isMet = value <= target;
  const hasHelped = isMet || value <= before * HELPED_SHARE;
  const unhelpful = hasHelped ? 0 : Math.min((state.unhelpful.get(app) ?? 0) + 1, MOST_DOUBLINGS);
  turn.put('unhelpful', app, hasHelped ? null : unhelpful);
  const waitMs = state.settings.performance.cooldownMs * 2 ** unhelpful;
  if (!hasHelped) turn.put('coolUntil', app, state.at + waitMs);
  const outcome = isMet
    ? 'meets its objective'
    : hasHelped
      ? 'is better, but above its target'
      : `is no better: ${app} is not moved for its objective for ${Math.round(waitMs / 1000)} s`;
  turn.journal({
    kind: 'performance',
    severity: isMet ? 'info' : 'warning',
    node,
    instance,
    app,
    text: `Plan ${trial.plan} was to bring ${instance} from ${round(before)} to at most ${round(target)}: on ${node} it has ${round(value)} and ${outcome}.`,
  });
}

/** Undefined: it is elsewhere, or on its way. Null: not measured yet. */
function valueOn(state: State, instance: InstanceId, node: NodeName): number | null | undefined {
  const [only, ...others] = bindingsOf(state, instance);
  if (!only || others.length > 0 || only.record.node !== node || !only.record.wanted) return undefined;
  return state.performance.get(bindingKey(instance, only.record.generation))?.value ?? null;
}

const round = (value: number) => Number(value.toPrecision(3));
const percent = (share: number) => Math.round(share * 100);
