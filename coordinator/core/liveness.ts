import type { NodeName } from '../../protocol/ids.ts';
import type { Liveness } from '../../protocol/view.ts';
import { bindingsOn } from './bindings.ts';
import { startFence, startHintQuery } from './fencing.ts';
import { nodeFailed } from './flapping.ts';
import type { Settings } from './settings.ts';
import { byName, hasBmc, type Node, type State } from './state.ts';
import { loseNode, takeOverByTime } from './takeover.ts';
import type { Turn } from './turn.ts';

/*
 * Who is there? Judged from silence alone, counted only while the coordinator can trust its own ears. A hint (a will, two
 * missed heartbeats) makes it ask the node's BMC and nothing more; past the decision time a node is dead, and then fenced.
 * When too many fall silent together the network is at fault, and nobody is given up.
 */

export function judge(settings: Settings, silenceMs: number): 'alive' | 'suspect' | 'dead' {
  if (silenceMs >= settings.decideAfterMs) return 'dead';
  if (silenceMs >= settings.suspectAfterMs) return 'suspect';
  return 'alive';
}

/** How long a node has been silent, as far as the coordinator was able to hear. */
export function silenceOf(state: State, node: Node): number {
  return Math.max(0, state.at - Math.max(node.watch.heardAt ?? Number.NEGATIVE_INFINITY, state.graceFrom));
}

export function nodesInOrder(state: State): Node[] {
  return [...state.nodes.values()].sort((a, b) => byName(a.record.node, b.record.node));
}

const GIVEN_UP: readonly Liveness[] = ['lost'];

export function watchLiveness(turn: Turn): void {
  const { state } = turn;
  if (state.deaf !== null) return;
  brakeOnMassSilence(turn);
  for (const node of nodesInOrder(state)) {
    if (GIVEN_UP.includes(node.watch.liveness)) continue;
    judgeNode(turn, node);
  }
}

function brakeOnMassSilence(turn: Turn): void {
  const { state } = turn;
  const counted = nodesInOrder(state).filter((node) => !node.record.lost);
  // once it is on, only hearing them again ends it, and no pause or deafness of the coordinator itself
  const silence = (node: Node) =>
    state.massSilence ? state.at - (node.watch.heardAt ?? Number.NEGATIVE_INFINITY) : silenceOf(state, node);
  const silent = counted.filter((node) => silence(node) >= state.settings.suspectAfterMs);
  const mass = silent.length >= 2 && silent.length >= counted.length * state.settings.massSilenceShare;
  if (mass === state.massSilence) return;
  state.massSilence = mass;
  if (mass) for (const { record } of silent) turn.watch(record.node, { excused: true });
  turn.journal(
    mass
      ? {
          kind: 'decision',
          severity: 'error',
          text: `${silent.length} of ${counted.length} nodes fell silent together: the network or the broker is at fault, so no node is given up.`,
        }
      : { kind: 'decision', severity: 'notice', text: 'Enough nodes are heard again: failures are acted on as usual.' },
  );
  // whoever is still silent gets the full decision time from here on
  if (!mass) state.graceFrom = state.at;
}

function judgeNode(turn: Turn, node: Node): void {
  const { state } = turn;
  const name = node.record.node;
  const { settings } = state;
  const silence = silenceOf(state, node);
  const verdict = judge(settings, silence);
  const { liveness, power } = node.watch;

  const asks = silence >= settings.hintAfterMs && !node.watch.hinted && power === null && !state.disarmed;
  if (asks && hasBmc(settings, name)) startHintQuery(turn, name, `silent for ${(silence / 1000).toFixed(1)} s`);

  if (verdict === 'suspect' && (liveness === 'alive' || liveness === 'unknown')) {
    turn.watch(name, { liveness: 'suspect', excused: state.massSilence });
    turn.journal({
      kind: 'node',
      severity: 'warning',
      node: name,
      text: `${name} has been silent for ${(silence / 1000).toFixed(1)} s: suspected.`,
    });
  }
  if (verdict !== 'dead' || state.massSilence) return;
  if (liveness !== 'dead' && liveness !== 'fencing') declareDead(turn, name, silence);
  if (state.disarmed) return;
  takeOverByTime(turn, name);
  if (bindingsOn(state, name).length === 0 && !hasBmc(settings, name))
    return loseNode(turn, name, 'nothing is left on it that could still run');
  startFence(turn, name);
}

function declareDead(turn: Turn, name: NodeName, silence: number): void {
  turn.watch(name, { liveness: 'dead' });
  nodeFailed(turn, name);
  turn.reconsider(`${name} is dead`);
  turn.journal({
    kind: 'node',
    severity: 'error',
    node: name,
    text: `${name} has been silent for ${(silence / 1000).toFixed(1)} s: it is dead. ${whatFollows(turn.state, name)}`,
  });
}

function whatFollows(state: State, name: NodeName): string {
  if (state.disarmed) return "As it is disarmed, nothing follows from that until 'evenkeel arm'.";
  const held = bindingsOn(state, name);
  if (hasBmc(state.settings, name)) return 'Its BMC is told to power it off before its work is started elsewhere.';
  const timed = held.filter((binding) => binding.record.isolation === 'stop').length;
  const guard = state.nodes.get(name)?.record.guard === true;
  if (guard && timed === held.length) return 'Its work stops with its lease and is then started elsewhere.';
  if (guard && timed > 0)
    return `${timed} of ${held.length} instances stop with its lease; for the others say 'evenkeel node confirm-dead ${name}'.`;
  return `It has no BMC that could prove it: say 'evenkeel node confirm-dead ${name}' once it is certain that it runs nothing.`;
}
