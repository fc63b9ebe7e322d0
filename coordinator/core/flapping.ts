import { durationText, leftText } from '../../protocol/duration-text.ts';
import type { NodeName } from '../../protocol/ids.ts';
import { bindingsOf } from './bindings.ts';
import type { FlapRecord } from './durable.ts';
import { byName, type State, type Watch } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Nodes that come and go. One that fails several times within a window is quarantined: it keeps what it runs and gets nothing new,
 * until it has been well for a hold-down, which doubles with each further failure and halves with each quiet window. All of
 * it is durable. Moves that are only for the better stay off a node for some time after each failure, so that work is not carried
 * to and fro with it.
 */

/** No more than this share of the nodes is quarantined at a time: where most fail, the cause is not one node. */
const MOST_SHARE = 0.5;
/** As many failures as are remembered. */
export const MOST_FAILURES = 20;

export function isQuarantined(state: State, node: NodeName): boolean {
  return (state.flaps.get(node)?.quarantine ?? null) !== null;
}

/** It failed, or came back from a failure, so short a time ago that nothing is moved there for the better. */
export function isUnsteady(state: State, node: NodeName): boolean {
  const flap = state.flaps.get(node);
  if (!flap) return false;
  return flap.isDown || state.at - Math.max(flap.backAt, lastOf(flap)) < state.settings.flapping.steadyMs;
}

/** So long a node must be well after so many quarantines in a row. */
export function holdDownMs({ settings: { flapping } }: State, holds: number): number {
  return Math.min(flapping.holdMaxMs, flapping.holdMs * 2 ** (holds - 1));
}

/** It is dead, or proved to run nothing: one failure, however long it lasts and whoever finds it. */
export function nodeFailed(turn: Turn, node: NodeName): void {
  if (turn.state.flaps.get(node)?.isDown !== true) count(turn, node, true);
}

/** It is heard again after a silence in which it was suspected, or after a failure that was counted when it began. */
export function nodeReturned(turn: Turn, node: NodeName, { liveness, excused }: Watch, wasLost: boolean): void {
  const { state } = turn;
  const flap = state.flaps.get(node);
  if (flap?.isDown)
    turn.putFlap(node, {
      ...flap,
      ...back(state, flap),
      isDown: false,
      isToBeLevelled: flap.isToBeLevelled || wasLost,
    });
  else if (liveness === 'suspect' && !excused) count(turn, node, false);
}

function back(state: State, { quarantine, holds }: FlapRecord): Pick<FlapRecord, 'backAt' | 'quarantine'> {
  const untilAt = state.at + holdDownMs(state, holds);
  return { backAt: state.at, quarantine: quarantine && { ...quarantine, untilAt } };
}

/** It is switched off because somebody wants it so: its silence is no failure. */
function isTakenDown({ nodes, reboot }: State, node: NodeName): boolean {
  const isReplaced = (nodes.get(node)?.record.replacement ?? null) !== null;
  return isReplaced || (reboot?.record.nodes[reboot.record.done] === node && reboot.record.phase !== 'waiting');
}

function count(turn: Turn, node: NodeName, isDown: boolean): void {
  const { state } = turn;
  if (isTakenDown(state, node)) return;
  const { at } = state;
  const { flapping } = state.settings;
  const before = state.flaps.get(node);
  const failures = [...(before?.failures ?? []).filter((one) => at - one < flapping.windowMs), at].slice(
    -MOST_FAILURES,
  );
  const was = before?.quarantine ?? null;
  const isDue = was !== null || failures.length >= flapping.failures;
  const isHeld = isDue && (was !== null || hasRoomForOneMore(state));
  const holds = (before ? holdsLeft(state, before) : 0) + (isHeld ? 1 : 0);
  const quarantine = isHeld
    ? { since: was?.since ?? at, untilAt: isDown ? null : at + holdDownMs(state, holds) }
    : null;
  const isToBeLevelled = before?.isToBeLevelled ?? false;
  turn.putFlap(node, { node, boot: state.boot, failures, isDown, backAt: at, holds, quarantine, isToBeLevelled });
  dropTargets(turn, node, isHeld);
  if (!isDue) return;
  const times = `${node} has failed ${timesText(failures.length)} within ${durationText(flapping.windowMs)}`;
  const line = { kind: 'node', severity: 'warning', node } as const;
  if (!isHeld) {
    turn.journal({
      ...line,
      text: `${times}; it is not quarantined, since more than half of the nodes would be then.`,
    });
    return;
  }
  turn.journal({
    ...line,
    text: `${times}: it ${was === null ? 'is' : 'stays'} quarantined. It keeps what it runs and gets nothing new until it has been well for ${durationText(holdDownMs(state, holds))}; 'evenkeel uncordon ${node}' ends that.`,
  });
  turn.reconsider(`${node} is quarantined`);
}

/** Quarantines in a row, fewer by one for each window without a failure. */
function holdsLeft(state: State, flap: FlapRecord): number {
  return Math.max(0, flap.holds - Math.floor((state.at - lastOf(flap)) / state.settings.flapping.windowMs));
}

function lastOf({ failures, backAt }: FlapRecord): number {
  return failures.at(-1) ?? backAt;
}

function hasRoomForOneMore({ flaps, nodes }: State): boolean {
  const quarantined = [...flaps.values()].filter(({ quarantine }) => quarantine !== null).length;
  return quarantined + 1 <= nodes.size * MOST_SHARE;
}

/** What was to be started there and is not yet is thought over: all of it, or only what would come for the better. */
function dropTargets(turn: Turn, node: NodeName, isAll: boolean): void {
  for (const [instance, target] of [...turn.state.targets]) {
    if ((target.node !== node && target.detour !== node) || (!isAll && target.voluntary !== true)) continue;
    if (!bindingsOf(turn.state, instance).some(({ record }) => record.node === node))
      turn.put('targets', instance, null);
  }
}

/** What time alone changes: hold-downs that are over, nodes that are steady again, failures that count no more. */
export function watchFlapping(turn: Turn): void {
  const { state } = turn;
  if (state.deaf !== null || state.massSilence) return;
  for (const [node, flap] of [...state.flaps].sort(([a], [b]) => byName(a, b))) {
    if (flap.isDown || state.nodes.get(node)?.watch.liveness !== 'alive') continue;
    const { quarantine } = flap;
    if (quarantine !== null) {
      if (quarantine.untilAt !== null && state.at >= quarantine.untilAt) release(turn, node, flap);
    } else if (flap.isToBeLevelled && !isUnsteady(state, node)) {
      turn.putFlap(node, { ...flap, isToBeLevelled: false });
      state.rebalance = `${node} came back`;
      state.failbackEpoch = 0; // what prefers it was kept off
    } else if (isForgotten(state, node, flap)) {
      turn.putFlap(node, null);
      state.failbackEpoch = 0;
    }
  }
}

function isForgotten(state: State, node: NodeName, flap: FlapRecord): boolean {
  const isQuiet = state.at - lastOf(flap) >= state.settings.flapping.windowMs;
  return isQuiet && holdsLeft(state, flap) === 0 && !isUnsteady(state, node);
}

function release(turn: Turn, node: NodeName, flap: FlapRecord): void {
  const { state } = turn;
  // what waited is started there first: levelling at once would move it a second time
  turn.putFlap(node, { ...flap, quarantine: null, backAt: state.at, isToBeLevelled: true });
  const text = `${node} has been well for ${durationText(holdDownMs(state, flap.holds))}: its quarantine is over.`;
  turn.journal({ kind: 'node', severity: 'notice', node, text });
  turn.reconsider(`the quarantine of ${node} is over`);
}

/** A person says that it is well: it starts anew, also where it is still away. */
export function forgiveFailures(turn: Turn, node: NodeName): void {
  const flap = turn.state.flaps.get(node);
  if (flap?.isDown) turn.putFlap(node, { ...flap, failures: [], holds: 0, quarantine: null });
  else forgetFailures(turn, node);
}

export function forgetFailures(turn: Turn, node: NodeName): void {
  if (turn.state.flaps.has(node)) turn.putFlap(node, null);
}

/** What coordinators before this one counted by another clock: nobody knows how long ago that was, so it counts as of now. */
export function takeOverFlaps(turn: Turn): void {
  const { at, boot } = turn.state;
  for (const [node, flap] of [...turn.state.flaps]) {
    if (flap.boot === boot) continue;
    const quarantine = flap.quarantine && {
      since: at,
      untilAt: flap.isDown ? null : at + holdDownMs(turn.state, flap.holds),
    };
    turn.putFlap(node, { ...flap, boot, failures: flap.failures.map(() => at), backAt: at, quarantine });
  }
}

const timesText = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** Why it is quarantined, and until when: without its name. */
export function quarantineText(state: State, node: NodeName): string {
  const flap = state.flaps.get(node);
  if (!flap?.quarantine) return '';
  const { untilAt } = flap.quarantine;
  const until =
    untilAt === null
      ? `until it has been well for ${durationText(holdDownMs(state, flap.holds))}`
      : `for ${leftText(untilAt - state.at)} more`;
  return `it failed ${timesText(flap.failures.length)} within ${durationText(state.settings.flapping.windowMs)} and gets nothing new ${until}; 'evenkeel uncordon ${node}' ends that`;
}
