import { few } from '../../protocol/few.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { RebootPhase } from '../../protocol/view.ts';
import { bindingsOn } from './bindings.ts';
import type { RebootRecord } from './durable.ts';
import { movesInFlight } from './executor.ts';
import { nodesInOrder } from './liveness.ts';
import { allReady } from './planner.ts';
import { hasBmc, type Node, type Reboot, type State, type Watch } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Node after node: emptied, power-cycled through its BMC (off until that is proved, then on) or by its operator, waited for until it
 * is well, and used again before the next. It stops at the first failure and says at which; what has gone wrong is then looked at
 * by a person. All of it is durable: whichever coordinator runs goes on where the last one was.
 */

/** A BMC that does not prove the power off, or a machine that does not come back: no disk check takes longer. */
const OFF_MS = 300_000;
const BOOT_MS = 1_800_000;
/** A node that is back must be well for this long before the next one is emptied. */
const WELL_MS = 5000;
/** Some BMCs lose a power-on that follows soon after a power-off: it is repeated, which does nothing to what runs. */
const ON_AGAIN_MS = 60_000;
const MOST_REFUSALS = 5;
/** A plan for a node that was just told to be emptied is waited for at least this long. */
const PLAN_MS = 2000;

/** The node that it is at: null between two. */
export function rebootingNode(state: State): NodeName | null {
  const record = state.reboot?.record;
  return record && record.phase !== 'waiting' ? (record.nodes[record.done] ?? null) : null;
}

export function rebootPowersOff(state: State): NodeName[] {
  const record = state.reboot?.record;
  const name = rebootingNode(state);
  const node = name === null ? undefined : state.nodes.get(name);
  const isDue = record?.phase === 'powering-off' && record.status !== 'stopped' && node?.watch.liveness !== 'lost';
  return isDue && node && bindingsOn(state, node.record.node).length === 0 ? [node.record.node] : [];
}

export function putReboot(turn: Turn, record: RebootRecord | null): void {
  const { state } = turn;
  const before = state.reboot;
  const isSamePhase = before !== null && before.record.phase === record?.phase && before.record.done === record.done;
  const fresh = { since: state.at, query: 0, nextAt: state.at, refusals: 0, accepted: false };
  state.reboot = record && { ...(isSamePhase ? before : fresh), record };
  turn.effects.push({ kind: 'persist', change: { table: 'reboot', key: 'reboot', value: record } });
}

/** What follows for a rolling reboot from all that is known now. */
export function pursueReboot(turn: Turn): void {
  const { state } = turn;
  const { reboot } = state;
  if (!reboot || reboot.record.status === 'stopped' || state.deaf !== null || state.massSilence) return;
  const name = reboot.record.nodes[reboot.record.done];
  if (name === undefined) return finishReboot(turn, `All ${reboot.record.nodes.length} nodes were rebooted.`);
  const node = state.nodes.get(name);
  if (!node) return stopAt(turn, name, 'it is no member of the cluster any more');
  switch (reboot.record.phase) {
    case 'waiting':
      return begin(turn, reboot, node);
    case 'draining':
      return empty(turn, reboot, node);
    case 'powering-off':
      return powerOff(turn, reboot, node);
    case 'powering-on':
      return powerOn(turn, reboot, node);
    case 'awaiting-reboot':
      if (isBack(reboot, node)) enter(turn, name, 'coming-back', 'it has restarted');
      return;
    case 'coming-back':
      return settle(turn, reboot, node);
  }
}

function begin(
  turn: Turn,
  { record }: Reboot,
  { record: { node, replacement, cordoned, draining, ...known }, watch }: Node,
): void {
  const { state } = turn;
  if (record.status === 'ending')
    return finishReboot(
      turn,
      `The rolling reboot was called off after ${record.done} of ${record.nodes.length} nodes.`,
    );
  if (record.status !== 'running') return;
  const dead = nodesInOrder(state).find(
    (other) => other.watch.liveness === 'dead' || other.watch.liveness === 'fencing',
  );
  if (dead) return stopAt(turn, node, `${dead.record.node} is dead, so that no other node is taken down`);
  if (watch.liveness === 'lost') return stopAt(turn, node, 'it is lost');
  if (replacement !== null) return stopAt(turn, node, 'its server is being replaced');
  if (watch.liveness !== 'alive' || !isAtRest(state)) return;
  turn.patchNode(node, { draining: true, cordoned: true });
  putReboot(turn, {
    ...record,
    phase: 'draining',
    machineBoot: known.machineBoot,
    bootId: watch.bootId,
    wasCordoned: cordoned,
    wasDraining: draining,
  });
  turn.reconsider(`${node} is to be rebooted`);
  tell(turn, node, `${node} is to be rebooted (${record.done + 1} of ${record.nodes.length}): it is emptied first.`);
}

/** Nothing is planned, moving or on its way to being ready, and everybody is heard. */
function isAtRest(state: State): boolean {
  const isHeard = nodesInOrder(state).every(({ watch }) => watch.liveness === 'alive' || watch.liveness === 'lost');
  return isHeard && isPlanned(state) && movesInFlight(state) === 0 && allReady(state);
}

function isPlanned(state: State): boolean {
  return state.plan === null && state.solve === null && state.solvedEpoch === state.epoch;
}

function isGivenUp({ liveness }: Watch): boolean {
  return liveness === 'dead' || liveness === 'fencing' || liveness === 'lost';
}

function empty(turn: Turn, reboot: Reboot, { record: { node }, watch }: Node): void {
  const { state } = turn;
  const here = bindingsOn(state, node);
  if (isGivenUp(watch)) return stopAt(turn, node, 'it was lost while it was being emptied');
  if (watch.liveness !== 'alive' || reboot.record.status === 'paused') return;
  if (here.length === 0) {
    return hasBmc(state.settings, node)
      ? enter(turn, node, 'powering-off', 'it is empty: its BMC powers it off')
      : enter(turn, node, 'awaiting-reboot', 'it is empty and has no BMC: reboot it by hand now');
  }
  if (state.at - reboot.since < PLAN_MS || !isPlanned(state) || movesInFlight(state) > 0) return;
  const names = here.map(({ record }) => record.instance);
  stopAt(turn, node, `${few(names)} cannot leave it`);
}

function powerOff(turn: Turn, reboot: Reboot, { record: { node }, watch }: Node): void {
  const { state } = turn;
  if (watch.liveness === 'lost') return enter(turn, node, 'powering-on', 'its power is off: its BMC powers it on');
  if (bindingsOn(state, node).length > 0) return enter(turn, node, 'draining', 'something runs on it again');
  if (state.at - reboot.since >= OFF_MS)
    stopAt(turn, node, `its BMC has not powered it off for ${OFF_MS / 60_000} min`);
}

function powerOn(turn: Turn, reboot: Reboot, node: Node): void {
  const { state } = turn;
  const name = node.record.node;
  if (isBack(reboot, node)) return enter(turn, name, 'coming-back', 'it is heard again');
  if (state.at - reboot.since >= BOOT_MS) return stopAt(turn, name, `it has not come back for ${BOOT_MS / 60_000} min`);
  if (state.at < reboot.nextAt) return;
  state.queries++;
  state.reboot = { ...reboot, query: state.queries, nextAt: Number.POSITIVE_INFINITY };
  turn.effects.push({ kind: 'powerOn', node: name, query: state.queries });
}

/** What its BMC said to the power-on: it counts only for the one asked last. */
export function powerOnAnswered(turn: Turn, node: NodeName, query: number, accepted: boolean, detail: string): void {
  const { state } = turn;
  const { reboot } = state;
  if (!reboot || reboot.query !== query || reboot.record.phase !== 'powering-on') return;
  const refusals = accepted || reboot.accepted ? 0 : reboot.refusals + 1;
  const isTaken = accepted || reboot.accepted;
  const nextAt = state.at + (isTaken ? ON_AGAIN_MS : state.settings.bmcRetryMs);
  state.reboot = { ...reboot, nextAt, refusals, accepted: isTaken };
  if (refusals >= MOST_REFUSALS && reboot.record.status !== 'stopped')
    stopAt(turn, node, `its BMC does not power it on (${detail}): switch it on by hand`);
}

/** Another start of the machine: of its kernel, or of its agent after its power was proved off. */
function isBack({ record }: Reboot, { record: known, watch }: Node): boolean {
  if (watch.liveness !== 'alive') return false;
  return record.phase === 'powering-on' ? watch.bootId > record.bootId : known.machineBoot !== record.machineBoot;
}

function settle(turn: Turn, reboot: Reboot, { record: { node }, watch }: Node): void {
  const { state } = turn;
  const { record } = reboot;
  if (isGivenUp(watch)) return stopAt(turn, node, 'it was lost again after it came back');
  const isHeard = watch.liveness === 'alive' && !watch.hung && watch.report >= 0;
  if (!isHeard) {
    state.reboot = { ...reboot, nextAt: state.at + WELL_MS }; // well for that long without a break
    if (state.at - reboot.since >= BOOT_MS)
      stopAt(turn, node, `it is not well ${BOOT_MS / 60_000} min after it came back`);
    return;
  }
  if (watch.health.health === 'failing') return stopAt(turn, node, 'its hardware is failing after it came back');
  if (state.at < Math.max(reboot.nextAt, reboot.since + WELL_MS)) return;
  release(turn, node, record);
  putReboot(turn, { ...record, phase: 'waiting', done: record.done + 1 });
  tell(turn, node, `${node} was rebooted and is used again (${record.done + 1} of ${record.nodes.length}).`);
}

/** As it was before: what an operator had cordoned stays cordoned. */
export function release(turn: Turn, node: NodeName, { wasCordoned, wasDraining }: RebootRecord): void {
  turn.patchNode(node, { cordoned: wasCordoned, draining: wasDraining });
  turn.reconsider(`${node} may be used again`);
}

function enter(turn: Turn, node: NodeName, phase: RebootPhase, why: string): void {
  const record = turn.state.reboot?.record;
  if (!record) return;
  putReboot(turn, { ...record, phase });
  tell(turn, node, `${node} is being rebooted: ${why}.`);
}

function stopAt(turn: Turn, node: NodeName, why: string): void {
  const record = turn.state.reboot?.record;
  if (!record) return;
  putReboot(turn, { ...record, status: 'stopped', why });
  turn.journal({
    kind: 'operator',
    severity: 'error',
    node,
    text: `The rolling reboot stops at ${node}: ${why}. 'evenkeel reboot --resume' goes on with it, 'evenkeel reboot --cancel' ends it.`,
  });
}

export function finishReboot(turn: Turn, text: string): void {
  putReboot(turn, null);
  turn.state.rebalance = 'the rolling reboot';
  turn.journal({ kind: 'operator', severity: 'notice', text });
  turn.reconsider('the rolling reboot is over');
}

function tell(turn: Turn, node: NodeName, text: string): void {
  turn.journal({ kind: 'operator', severity: 'notice', node, text });
}
