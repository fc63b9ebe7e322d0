import type { PlanStep } from '../../placement/plan/ordered-plan.ts';
import type { InstanceId } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf, fitsNow } from './bindings.ts';
import { bind, giveUpMove, revoke } from './moving.ts';
import { type StepsFromHere, stepsFromHere } from './order-of-steps.ts';
import type { Turn } from './turn.ts';

/**
 * Moves wait for each other's room, and nothing is under way that could change that. The steps from what is to what should be are put
 * in order; where that needs a detour over a third node, or that one which must move is stopped first, that is done, and the
 * executor goes on from there. Moves for which there is no way are given up.
 */
export function breakDeadlock(turn: Turn, blocked: readonly InstanceId[]): void {
  const here = stepsFromHere(turn.state);
  const { steps, left } = here.plan;
  const first = steps.find(({ after, detour, interrupts }) => after.length === 0 && (detour || interrupts));
  if (first) {
    const together = [first, ...first.together.map((k) => steps[k]!)];
    if (together.map((step) => take(turn, here, step)).includes(true)) return;
  }
  const lost = left.filter(({ instance }) => blocked.includes(here.names.instances[instance]!));
  for (const { instance, why } of lost) giveUp(turn, here.names.instances[instance]!, why);
  // room that the order does not know of, such as that in an assignment (bindings.ts)
  if (lost.length === 0) giveUp(turn, blocked[0]!, 'its target cannot take it now');
}

/** Whether it was possible. */
function take(turn: Turn, { names }: StepsFromHere, { instance: i, to, why }: PlanStep): boolean {
  const { state } = turn;
  const instance = names.instances[i]!;
  const target = state.targets.get(instance);
  const spec = state.apps.get(appOf(instance))?.spec;
  const [binding] = bindingsOf(state, instance);
  if (!binding || !target || !spec) return false;
  const node = names.nodes[to];
  if (node === undefined) {
    revoke(turn, binding, `it moves to ${target.node}, but ${why}`);
    return true;
  }
  if (!fitsNow(state, node, spec)) return false;
  turn.put('targets', instance, { ...target, detour: node });
  turn.journal({
    kind: 'decision',
    instance,
    app: spec.name,
    text: `${instance} goes from ${binding.record.node} to ${target.node} over ${node}: ${why}.`,
  });
  bind(turn, instance, spec, node);
  return true;
}

function giveUp(turn: Turn, instance: InstanceId, why: string): void {
  const { state } = turn;
  const [binding] = bindingsOf(state, instance);
  const target = state.targets.get(instance);
  if (!binding || !target) return;
  const { node, app } = binding.record;
  turn.journal({ kind: 'decision', instance, app, text: `${instance} stays on ${node}: ${why}.` });
  if (target.forced) {
    giveUpMove(turn, binding);
    turn.reconsider(`the move of ${instance} to ${target.node} has no room`);
  } else turn.put('targets', instance, { node, forced: false });
}
