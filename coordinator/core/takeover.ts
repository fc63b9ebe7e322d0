import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { bindingsOn } from './bindings.ts';
import { fenceEnds } from './fence-allowance.ts';
import { nodeFailed } from './flapping.ts';
import { onlyOverDays } from './health-record.ts';
import type { Binding, State } from './state.ts';
import { NOTHING_REPORTED } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * When may the work of a silent node be given to another? Only on proof that it runs there no more: power off, the agent's
 * own word, a person's word, or, for instances with policy `stop`, time: the lease has run out, and a guard has killed them.
 */

/** Worst relative rate between two machines' clocks (RELIABILITY: rho). */
const CLOCK_RATE_BOUND = 0.01;

/** From when on a `stop` instance on the node can no longer run, counted from the last lease that was granted. */
export function leaseEndsAt(state: State, node: NodeName): number {
  const known = state.nodes.get(node);
  if (!known) return Number.POSITIVE_INFINITY;
  const { leaseMs, leaseMarginMs } = state.settings;
  const bound = leaseMs + known.record.stopBoundMs + leaseMarginMs;
  return known.watch.grantedAt + (bound * (1 + 2 * CLOCK_RATE_BOUND)) / (1 - CLOCK_RATE_BOUND);
}

/** Takes over what must have stopped with its lease, where a guard on the node sees to that. */
export function takeOverByTime(turn: Turn, node: NodeName): void {
  const { state } = turn;
  if (state.nodes.get(node)?.record.guard !== true || state.at < leaseEndsAt(state, node)) return;
  const ended = bindingsOn(state, node).filter((binding) => binding.record.isolation === 'stop');
  if (ended.length === 0) return;
  for (const binding of ended) turn.dropBinding(binding.record);
  turn.touch(node); // should it come back, it must not start them again
  turn.reconsider(`the lease of ${node} has run out`);
  turn.journal({
    kind: 'decision',
    severity: 'notice',
    node,
    text: `The lease of ${node} has run out, so its guard has stopped ${names(ended)}: taken over.`,
  });
}

/** The node is proved to run nothing: all that was on it may be started elsewhere. */
export function loseNode(turn: Turn, node: NodeName, proof: string): void {
  const { state } = turn;
  const known = state.nodes.get(node);
  if (!known) return;
  const lost = bindingsOn(state, node);
  for (const binding of lost) turn.dropBinding(binding.record);
  turn.patchNode(node, { lost: true });
  fenceEnds(turn, node);
  nodeFailed(turn, node);
  turn.watch(node, {
    liveness: 'lost',
    bootId: 0,
    power: null,
    held: null,
    ...NOTHING_REPORTED,
    health: onlyOverDays(known.watch.health, state.at),
    hung: false,
  });
  turn.reconsider(`${node} is lost`);
  turn.journal({
    kind: 'node',
    severity: 'error',
    node,
    text:
      lost.length === 0 ? `${node} is lost: ${proof}.` : `${node} is lost: ${proof}. To be taken over: ${names(lost)}.`,
  });
}

function names(bindings: readonly Binding[]): string {
  return [...new Set<InstanceId>(bindings.map((binding) => binding.record.instance))].join(', ');
}
