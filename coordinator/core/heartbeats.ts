import type { Heartbeat } from '../../protocol/messages.ts';
import { sendAssignment } from './assignments.ts';
import type { Turn } from './turn.ts';

/** An assignment not taken over is sent again with a heartbeat, but not more often than this. */
const RESEND_MS = 500;

/** A sign of life, and the question for a lease. */
export function heartbeaten(turn: Turn, heartbeat: Heartbeat): void {
  const { state } = turn;
  const { node } = heartbeat;
  const known = state.nodes.get(node);
  if (!known || known.watch.bootId !== heartbeat.bootId) {
    // a node not yet known here, or an agent started since: who is it? A lost or fenced one must say hello as well
    if (known && heartbeat.bootId < known.watch.bootId) return;
    turn.effects.push({ kind: 'request', request: { v: 1, node, term: state.term, kind: 'hello' } });
    return;
  }
  const { watch } = known;
  if (heartbeat.sequence <= watch.heartbeat) return; // late or delivered twice
  if (heartbeat.mainSilenceMs > state.settings.hungAfterMs) return hung(turn, heartbeat);
  // told to power off, and the BMC has not refused yet: too late to come back
  if (watch.power?.fence === true && (watch.power.offs > 0 || watch.power.nextAt === Number.POSITIVE_INFINITY)) return;

  const silent = watch.liveness !== 'alive';
  turn.watch(node, {
    liveness: 'alive',
    heardAt: state.at,
    heartbeat: heartbeat.sequence,
    grantedAt: state.at,
    hinted: false,
    hung: false,
    power: null,
    obeyed: { term: heartbeat.term, revision: heartbeat.revision },
  });
  if (silent) {
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
      sequence: heartbeat.sequence,
      sentMs: heartbeat.sentMs,
      leaseMs: state.settings.leaseMs,
      revision: watch.assigned,
    },
  });
  const behind = heartbeat.term < state.term || heartbeat.revision < watch.assigned;
  if (behind && state.at - watch.assignedAt >= RESEND_MS) sendAssignment(turn, node);
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
