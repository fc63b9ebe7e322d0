import { few } from '../../protocol/few.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { appOf } from '../../protocol/ids.ts';
import { impossibleBudget, isHeldByBudget } from './budgets.ts';
import { mustBeEmptied } from './problem.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';
import { waitingText, waitingTogether } from './waiting.ts';

/* What an answer of the solver finds no place for: what waits, and what stays on a node that is to be emptied. */

export function isHeld(state: State, instance: InstanceId, name: NodeName): boolean {
  const node = state.nodes.get(name);
  return node !== undefined && isHeldByBudget(state.apps.get(appOf(instance))?.spec, node);
}

export function isToBeEmptied(state: State, name: NodeName): boolean {
  const node = state.nodes.get(name);
  return node !== undefined && node.watch.liveness === 'alive' && mustBeEmptied(node);
}

export function keepWaiting(turn: Turn, all: readonly { instance: InstanceId; reasons: readonly string[] }[]): void {
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
export function tellStuck(turn: Turn, stuck: readonly { instance: InstanceId; node: NodeName }[]): void {
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
    const are = names.length === 1 ? 'stays' : 'stay';
    turn.journal({
      kind: 'decision',
      severity: 'warning',
      node,
      text: `${few(names)} ${are} on ${node}, which is to be emptied: no other node can take ${names.length === 1 ? 'it' : 'them'} ('evenkeel explain ${appOf(names[0] as InstanceId)}' says why).`,
    });
  }
}
