import { breachesOf } from '../../placement/breaches.ts';
import type { Solution } from '../../placement/problem.ts';
import type { AppName } from '../../protocol/ids.ts';
import { poseProblem } from './problem.ts';
import type { Solve, State } from './state.ts';

/*
 * Applications whose rules were changed may move, everything else that is well stays. Where that does not keep the new rules,
 * others have to come along or make way: those that rules tie to them first.
 */

/** Whether the answer to a question of repair breaks rules although some were changed. */
export function breaksNewRules(state: State, { purpose }: Solve, { node }: Solution): boolean {
  return state.loosened.size > 0 && breachesOf(poseProblem(state, { purpose }).problem, node).length > 0;
}

/** Those that may move, and those that their rules name, or whose rules name them; null when there are no more of these. */
export function withNeighbours({ apps, loosened }: State): ReadonlySet<AppName> | null {
  const wider = new Set(loosened);
  for (const { spec } of apps.values()) {
    const { affinity, antiAffinity } = spec.constraints;
    const named = [...affinity, ...antiAffinity];
    if (loosened.has(spec.name)) for (const name of named) wider.add(name);
    else if (named.some((name) => loosened.has(name))) wider.add(spec.name);
  }
  return wider.size > loosened.size ? wider : null;
}
