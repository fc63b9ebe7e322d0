import type { Solution } from '../../placement/problem.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { bindingsOf } from './bindings.ts';
import { loadRange, poseProblem } from './problem.ts';
import { bindingKey, type Predicted, type Solve, type State } from './state.ts';
import type { Turn } from './turn.ts';
import { movesText, worthOfLevelling } from './worth.ts';

/* Whether an answer that is only for the better is worth carrying out. Null: it is not, which is told here. */

export interface Better {
  readonly solve: Solve; // with the reason as it is told
  readonly predicted: Predicted | null; // what it is to bring
}

/** Moves for balance must gain more than they cost. */
export function judgeRebalance(turn: Turn, solve: Solve, solution: Solution): Better | null {
  const { state } = turn;
  state.rebalance = null;
  const { problem } = poseProblem(state, { purpose: 'rebalance' });
  const worth = worthOfLevelling(problem, solve.homes, solution.node, state.settings.rebalanceGain);
  if (!worth.worthIt) {
    turn.journal({ kind: 'decision', text: `After ${solve.reason}: nothing is moved, because ${worth.text}.` });
    return null;
  }
  state.rebalancedAt = state.at;
  // all that may move at a time does: there may be more to gain, after a pause
  if (worth.moves >= state.settings.maxMovesPerPlan) state.rebalance = solve.reason;
  const predicted = { kind: 'levelling', ...loadRange(problem, solution.node) } as const;
  const reason = `${solve.reason}: with ${movesText(worth.moves)} ${worth.text}`;
  return { solve: { ...solve, reason }, predicted };
}

export function judgePerformance(turn: Turn, solve: Solve, solution: Solution): Better | null {
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
    return null;
  }
  return { solve, predicted: predictedObjective(state, instance, solve.names.nodes[to]) };
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
