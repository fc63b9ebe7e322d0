import { durationText, leftText } from '../../protocol/duration-text.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { BegunFence, FencesRecord } from './durable.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * How many nodes may be fenced in a time: a share of the cluster, one at least. A mistake of ours, or a fault that looks like many
 * dead nodes, then switches off few of them, and people have time to look. What was begun is durable, so that a coordinator that
 * is started anew has no new allowance. What a BMC says by itself is no fence and needs none.
 */

/** So many fences may begin within `fenceWindowMs`. */
export function fencesAllowed({ settings, nodes }: State): number {
  return Math.max(1, Math.floor(settings.fenceShare * nodes.size + 1e-9));
}

/** Those that count now, oldest first. */
export function recentFences({ settings, fences, at }: State): readonly BegunFence[] {
  return fences.filter((fence) => at - fence.at < settings.fenceWindowMs);
}

/** From when on the node may be fenced: not later than now where it may be at once. */
export function mayBeFencedAt(state: State, node: NodeName): number {
  const recent = recentFences(state);
  if (recent.some((fence) => fence.node === node && !fence.isOver)) return state.at; // the same fence, gone on with
  const inTheWay = recent[recent.length - fencesAllowed(state)];
  return inTheWay === undefined ? state.at : inTheWay.at + state.settings.fenceWindowMs;
}

/** Why it is not fenced, until when, and what can be done: a sentence without its end. */
export function heldText(state: State, node: NodeName): string {
  const fenced = recentFences(state).map((fence) => fence.node);
  if (mayBeFencedAt(state, node) <= state.at) return `${node} is dead, and is fenced once its BMC has answered`;
  const allowed = fencesAllowed(state);
  const names = [...new Set(fenced)].slice(0, 5).join(', ');
  return (
    `${node} is dead and may not be fenced yet: ${names} ${fenced.length === 1 ? 'was' : 'were'} fenced within ` +
    `${durationText(state.settings.fenceWindowMs)}, and of ${state.nodes.size} nodes ${allowed} may be. ` +
    `It is fenced in ${leftText(mayBeFencedAt(state, node) - state.at)} at the earliest. Switched off before, its BMC proves it; ` +
    `'evenkeel node confirm-dead ${node}' says so by hand`
  );
}

/** Takes note of it in the step that orders the power-off. One that a coordinator before this one began counts from now. */
export function fenceBegins(turn: Turn, node: NodeName): void {
  const { state } = turn;
  const others = state.fences.filter((fence) => fence.node !== node || fence.isOver);
  putFences(turn, [...others, { node, at: state.at, isOver: false }]);
}

/** The node is proved off, or speaks again: another power-off of it would be another fence. */
export function fenceEnds(turn: Turn, node: NodeName): void {
  const { state } = turn;
  if (!state.fences.some((fence) => fence.node === node && !fence.isOver)) return;
  putFences(
    turn,
    state.fences.map((fence) => (fence.node === node ? { ...fence, isOver: true } : fence)),
  );
}

function putFences(turn: Turn, all: readonly BegunFence[]): void {
  const { state } = turn;
  state.fences = recentFences({ ...state, fences: all });
  const value: FencesRecord = { boot: state.boot, begun: state.fences };
  turn.effects.push({ kind: 'persist', change: { table: 'fences', key: 'fences', value } });
}

/** Takes over what coordinators before this one began. By another clock, nobody knows how long ago: it counts as begun now. */
export function takeOverFences(turn: Turn, record: FencesRecord): void {
  const { at, boot } = turn.state;
  if (record.boot === boot) turn.state.fences = record.begun.map((fence) => ({ ...fence, at: Math.min(fence.at, at) }));
  else if (record.begun.length > 0)
    putFences(
      turn,
      record.begun.map((fence) => ({ ...fence, at })),
    );
}
