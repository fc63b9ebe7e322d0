import type { NodeName } from '../../protocol/ids.ts';
import type { Heartbeat } from '../../protocol/messages.ts';
import { overtake } from './adoption.ts';
import { sendAssignment } from './assignments.ts';
import { fenceEnds } from './fence-allowance.ts';
import { isTooLate } from './fencing.ts';
import { nodeReturned } from './flapping.ts';
import { addressed, isForeign } from './other-coordinators.ts';
import { rebootPowersOff } from './reboot.ts';
import type { Node, State } from './state.ts';
import type { Turn } from './turn.ts';

/** An assignment not taken over is sent again with a heartbeat, but not more often than this. */
const RESEND_MS = 500;

/** A sign of life, and the question for a lease. */
export function heartbeaten(turn: Turn, heartbeat: Heartbeat): void {
  const { state } = turn;
  const { node } = heartbeat;
  if (isForeign(turn, heartbeat)) return;
  const known = state.nodes.get(node);
  if (!known || known.watch.bootId !== heartbeat.bootId) {
    // a node not yet known here, or an agent started since: who is it? A lost or fenced one must say hello as well
    if (known && heartbeat.bootId < known.watch.bootId) return tellOfRival(turn, known, heartbeat);
    // with its hello it sends a heartbeat: while the hello is refused, one would at once lead to the next
    if (known && state.at - known.watch.askedAt < RESEND_MS) return;
    turn.watch(node, { askedAt: state.at });
    turn.effects.push({
      kind: 'request',
      request: { v: 1, node, term: state.term, ...addressed(state, heartbeat.store), kind: 'hello' },
    });
    return;
  }
  const { watch } = known;
  if (heartbeat.sequence <= watch.heartbeat) return; // late or delivered twice
  if (heartbeat.mainSilenceMs > state.settings.hungAfterMs) return hung(turn, heartbeat);
  if (isTooLate(state, watch.power)) return;
  // empty, and on its way to be powered off for replacement or reboot: it needs no lease, and its life changes nothing about that
  const isToBeOff = known.record.replacement === 'powering-off' || rebootPowersOff(state).includes(node);
  if (isToBeOff && watch.power?.fence === true)
    return turn.watch(node, { heardAt: state.at, heartbeat: heartbeat.sequence });
  overtake(turn, heartbeat);

  const silent = watch.liveness !== 'alive';
  turn.watch(node, {
    liveness: 'alive',
    heardAt: state.at,
    heartbeat: heartbeat.sequence,
    grantedAt: state.at,
    excused: false,
    hinted: false,
    hung: false,
    power: null,
    store: heartbeat.store,
    held: null,
    obeyed: { term: heartbeat.term, revision: heartbeat.revision },
  });
  if (silent) {
    fenceEnds(turn, node);
    nodeReturned(turn, node, watch, false);
    turn.journal({ kind: 'node', severity: 'notice', node, text: `${node} is heard again.` });
    turn.reconsider(`${node} is heard again`);
  }
  turn.effects.push({
    kind: 'grant',
    lease: {
      v: 1,
      node,
      bootId: heartbeat.bootId,
      term: state.term,
      ...addressed(state, heartbeat.store),
      sequence: heartbeat.sequence,
      sentMs: heartbeat.sentMs,
      leaseMs: state.settings.leaseMs,
      revision: watch.assigned,
    },
  });
  const behind = heartbeat.term < state.term || heartbeat.revision < watch.assigned;
  if (behind && state.at - watch.assignedAt >= RESEND_MS) sendAssignment(turn, node);
}

/** What an older boot sent before it ended arrives within this time. */
const LATE_MS = 5000;

/** An older agent of the same name that goes on speaking runs instances which nobody sees: only a person can help. */
function tellOfRival(turn: Turn, { watch }: Node, { node, bootId }: Heartbeat): void {
  if (watch.rival === bootId || turn.state.at - watch.greetedAt < LATE_MS) return;
  turn.watch(node, { rival: bootId });
  turn.journal({
    kind: 'node',
    severity: 'error',
    node,
    text: `Two agents speak for ${node}: boot ${watch.bootId}, which is listened to, and the older boot ${bootId}. What the older one runs may run twice: find it and stop it.`,
  });
}

function hung(turn: Turn, heartbeat: Heartbeat): void {
  const watch = turn.state.nodes.get(heartbeat.node)?.watch;
  turn.watch(heartbeat.node, { heartbeat: heartbeat.sequence, hung: true });
  if (watch?.hung === true) return;
  const seconds = (heartbeat.mainSilenceMs / 1000).toFixed(0);
  turn.journal({
    kind: 'node',
    severity: 'error',
    node: heartbeat.node,
    text: `The agent of ${heartbeat.node} hangs: its main thread has made no progress for ${seconds} s. It gets no lease.`,
  });
}

/** A lease went out although the rest of its step was refused by the store: the node holds it and was heard, so both count. */
export function leaseGranted(state: State, name: NodeName, at: number): State {
  const node = state.nodes.get(name);
  if (!node) return state;
  const watch = { ...node.watch, grantedAt: Math.max(node.watch.grantedAt, at), heardAt: at };
  return { ...state, nodes: new Map(state.nodes).set(name, { ...node, watch }) };
}
