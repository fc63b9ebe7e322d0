import type { Effect } from '../../coordinator/core/effects.ts';
import type { State } from '../../coordinator/core/state.ts';
import { Violation } from './violation.ts';

/** While all is disarmed nothing is started, stopped, given another role, fenced or asked of the solver. */
export function keepsHandsOff(before: State, after: State, effects: readonly Effect[]): void {
  if (!before.disarmed || !after.disarmed) return;
  for (const effect of effects)
    if (effect.kind === 'powerOff' || effect.kind === 'powerOn' || effect.kind === 'solve')
      throw new Violation('hands off', `${effect.kind} although it is disarmed`);
  for (const [key, { record }] of after.bindings) {
    const known = before.bindings.get(key)?.record;
    // what is found running unknown to the store is taken up as one to be stopped later
    if (!known && record.wanted) throw new Violation('hands off', `${key} is started although it is disarmed`);
    if (known && (known.wanted !== record.wanted || known.role !== record.role))
      throw new Violation('hands off', `${key} is to stop or to change its role although it is disarmed`);
  }
}
