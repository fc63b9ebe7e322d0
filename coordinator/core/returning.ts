import { few } from '../../protocol/few.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import { atRest, bindingsOf, bindingsOfApp, bindingsOn, fitsNow } from './bindings.ts';
import type { NodeRecord } from './durable.ts';
import { isAllowedOn, rankOn } from './preference.ts';
import { isOpen } from './problem.ts';
import type { Node, State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Instances that go back to a node after its maintenance, because whoever drained it said so. They do so once: what cannot when all
 * is quiet again stays where it is.
 */

/** Who is on a node that is to be drained, and who was when it was drained before. */
export function whoReturns(state: State, { node, draining, returning }: NodeRecord): readonly InstanceId[] {
  const here = bindingsOn(state, node).flatMap(({ record }) => (record.wanted ? [record.instance] : []));
  return [...new Set([...(draining ? (returning ?? []) : []), ...here])];
}

export interface Return {
  readonly instance: InstanceId;
  readonly to: NodeName;
}

/** Who could go back now. */
export function returns(state: State): readonly Return[] {
  return openAgain(state).flatMap((node) =>
    (node.record.returning ?? [])
      .filter((instance) => mayReturn(state, instance, node))
      .map((instance) => ({ instance, to: node.record.node })),
  );
}

/** Why the solver is asked: `web/0 goes back to N1`. */
export function returnReason([first, ...more]: readonly Return[]): string {
  if (!first) return '';
  if (more.length === 0) return `${first.instance} goes back to ${first.to}, whose maintenance has ended`;
  return `${first.instance} and ${more.length} more go back to where they were before maintenance`;
}

function openAgain(state: State): Node[] {
  return [...state.nodes.values()].filter((node) => (node.record.returning ?? []).length > 0 && isOpen(state, node));
}

/** It runs well on a node that it does not prefer to this one, which has room for it and no other instance of it. */
function mayReturn(state: State, instance: InstanceId, node: Node): boolean {
  const rest = atRest(state, instance);
  const spec = rest && state.apps.get(rest.here.record.app)?.spec;
  if (!rest || !spec) return false;
  const isTaken = bindingsOfApp(state, spec.name).some(({ record }) => record.node === node.record.node);
  return (
    !isTaken &&
    isAllowedOn(spec, node) &&
    rankOn(spec, node) >= rankOn(spec, rest.node) &&
    fitsNow(state, node.record.node, spec)
  );
}

/**
 * The solver has been asked: what has not been given its way by then stays. `toldToGo` names those who move; with `isCut` others
 * still may, since no more could move at a time.
 */
export function settleReturns(turn: Turn, toldToGo: ReadonlySet<InstanceId>, isCut: boolean): void {
  for (const { record } of openAgain(turn.state)) {
    const left = (record.returning ?? []).filter((instance) => !toldToGo.has(instance));
    const stays = left.filter((instance) => isElsewhere(turn.state, instance, record.node));
    turn.patchNode(record.node, { returning: isCut ? stays : [] });
    if (stays.length === 0 || isCut) continue;
    turn.journal({
      kind: 'decision',
      node: record.node,
      text: `${few(stays)} ${stays.length === 1 ? 'does' : 'do'} not go back to ${record.node}: it cannot take ${stays.length === 1 ? 'it' : 'them'} now.`,
    });
  }
}

function isElsewhere(state: State, instance: InstanceId, node: NodeName): boolean {
  const slot = bindingsOf(state, instance);
  return slot.length > 0 && slot.every(({ record }) => record.node !== node);
}
