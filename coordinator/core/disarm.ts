import type { DisarmRecord } from './durable.ts';
import type { Reply } from './effects.ts';
import { controlReboot } from './reboot-commands.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Hands off, for work on the network or on the cluster itself: while it is disarmed nothing is started, stopped, moved, promoted,
 * fenced or rebooted. Agents keep running what they run and start it again where it ends; leases are given as always, and what is
 * commanded is accepted and waits. It is on record, so that a coordinator that is started meanwhile keeps to it.
 */

export function disarm(turn: Turn, record: DisarmRecord): Reply {
  const { state } = turn;
  if (state.disarmed) return { ok: true, notes: [`it is disarmed already${because(state.disarmed)}`] };
  if (state.reboot?.record.status === 'running') controlReboot(turn, 'pause');
  put(turn, record);
  if (state.solve !== null) {
    turn.effects.push({ kind: 'cancelSolve', solve: state.solve.id });
    state.solve = null; // its answer would be of how things were
  }
  // a power-off that was ordered may be carried out: its proof is still waited for, and a mere question is not
  for (const { record: node, watch } of [...state.nodes.values()])
    if (watch.power !== null && !watch.power.fence) turn.watch(node.node, { power: null, hinted: false });
  turn.journal({
    kind: 'operator',
    severity: 'warning',
    text: `Disarmed${because(record)}: nothing is started elsewhere, moved or fenced until it is armed again.`,
  });
  return {
    ok: true,
    notes: [
      'nothing is started elsewhere, moved or fenced from now on; agents keep running what they run',
      "'evenkeel arm' ends that",
    ],
  };
}

/** Silence is counted anew: nobody is given up for what happened meanwhile. */
export function arm(turn: Turn): Reply {
  const { state } = turn;
  if (!state.disarmed) return { ok: true, notes: ['it is armed'] };
  put(turn, null);
  state.graceFrom = Math.max(state.graceFrom, state.at);
  turn.reconsider('it was armed again');
  turn.journal({
    kind: 'operator',
    severity: 'notice',
    text: 'Armed again: failures are acted on as usual, and silence is counted anew.',
  });
  const paused = state.reboot?.record.status === 'paused';
  return {
    ok: true,
    notes: [
      'failures are acted on as usual; silence is counted anew',
      ...(paused ? ["the rolling reboot is paused: 'evenkeel reboot --resume' goes on with it"] : []),
    ],
  };
}

function put(turn: Turn, record: DisarmRecord | null): void {
  turn.state.disarmed = record;
  turn.effects.push({ kind: 'persist', change: { table: 'disarm', key: 'disarm', value: record } });
}

function because({ reason }: DisarmRecord): string {
  return reason === '' ? '' : ` (${reason})`;
}

/** Whoever commands something meanwhile is told that it waits. */
export function withDisarmed({ disarmed }: State, reply: Reply): Reply {
  if (!disarmed || !reply.ok || reply.notes.some((note) => note.includes('evenkeel arm'))) return reply;
  return {
    ok: true,
    notes: [...reply.notes, `it is disarmed${because(disarmed)}: what follows from this waits for 'evenkeel arm'`],
  };
}

/** For the sentence on how the cluster is; no full stop. */
export function disarmedText(record: DisarmRecord): string {
  return `Disarmed${because(record)}: nothing is started elsewhere, moved or fenced until 'evenkeel arm'`;
}
