import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../protocol/clock.ts';
import { Lease } from '../protocol/lease.ts';
import type { Heartbeat } from '../protocol/messages.ts';
import { parsePayload } from '../protocol/parse.ts';
import { mayObey } from '../protocol/store-id.ts';
import { downTopic, upTopic } from '../protocol/topics.ts';
import { GuardClient } from './guard-client.ts';
import { type FromHeartbeat, type HeartbeatSetup, SHARED, type ToHeartbeat } from './heartbeat-messages.ts';
import { openLink } from './link.ts';

/*
 * The agent's sign of life, in a thread and a connection of its own: a busy main thread delays its own heartbeats by seconds,
 * a worker's by tenths. It says how long the main thread has made no progress, so that a hung agent is seen all the same, and
 * hands every lease to the main thread and to the guard.
 */

/** Sending times kept to count leases from. An answer to an older heartbeat would be of no use. */
const REMEMBERED = 64;

const port = parentPort as MessagePort;
const setup = workerData as HeartbeatSetup;
const shared = new BigInt64Array(setup.shared);
/** When the main thread was told the first of what it has not come round to; null when it has come round to everything. */
let toldMs: number | null = null;
let hasSpoken = false; // since the latest heartbeat
const say = (message: FromHeartbeat) => {
  toldMs ??= monotonicMs(); // before, as the answer may be quicker than the next line
  hasSpoken = true;
  port.postMessage(message);
};
const heard = (index: number) => Number(Atomics.load(shared, index));

const sentMs = new Map<number, number>();
let sequence = 0;
let { store } = setup;

const guard = new GuardClient(
  setup.guardSocket,
  (untilMs) => say({ kind: 'guardHeld', untilMs }),
  () => say({ kind: 'guardMissing' }),
);

const link = openLink({
  url: setup.url,
  clientId: `evenkeel-${setup.node}-${setup.bootId}-heartbeat`,
  subscribe: [{ topic: downTopic(setup.cluster, setup.node, 'lease'), qos: 0 }],
  will: {
    topic: upTopic(setup.cluster, setup.node, 'gone'),
    payload: JSON.stringify({ v: 1, node: setup.node, bootId: setup.bootId }),
  },
  onUp: () => {
    say({ kind: 'link', up: true, detail: '' });
    beat();
  },
  onDown: (detail) => say({ kind: 'link', up: false, detail }),
  turnsMs: setup.heartbeatMs,
  onMessage: (_topic, payload) => leased(payload),
});

function beat(): void {
  Atomics.add(shared, SHARED.turns, 1n);
  link.turn();
  const now = monotonicMs();
  const mainSilenceMs = silence(now);
  if (!hasSpoken) say({ kind: 'pulse' });
  hasSpoken = false;
  const heartbeat: Heartbeat = {
    v: 1,
    node: setup.node,
    bootId: setup.bootId,
    sequence,
    sentMs: now,
    term: heard(SHARED.term),
    store,
    revision: heard(SHARED.revision),
    mainSilenceMs,
  };
  if (!link.up()) return;
  sentMs.set(sequence, now);
  sentMs.delete(sequence - REMEMBERED);
  sequence++;
  void link.publish(upTopic(setup.cluster, setup.node, 'heartbeat'), JSON.stringify(heartbeat), 0);
}

/**
 * How long the main thread has made no progress. It comes round whenever it is told something, with most heartbeats a lease;
 * one that has come round to everything hangs for as long as one that has just been asked: not at all.
 */
function silence(now: number): number {
  const progressMs = heard(SHARED.progressMs);
  if (toldMs !== null && progressMs >= toldMs) toldMs = null;
  return toldMs === null ? 0 : Math.max(0, now - progressMs);
}

function leased(payload: Uint8Array): void {
  const parsed = parsePayload(Lease, payload);
  if (!parsed.ok) return say({ kind: 'ignored', code: parsed.code, detail: `lease: ${parsed.detail}` });
  const lease = parsed.value;
  if (lease.node !== setup.node || lease.bootId !== setup.bootId || lease.term < heard(SHARED.term)) return;
  if (!mayObey(store, lease.store)) return say({ kind: 'leased', lease, untilMs: 0 }); // refused, and told, there
  // Counted from when we asked, by our own book: whatever took its time on the way only shortens the lease.
  const asked = sentMs.get(lease.sequence);
  if (asked === undefined) return;
  const untilMs = asked + lease.leaseMs;
  guard.lease(untilMs);
  say({ kind: 'leased', lease, untilMs });
}

const timer = setInterval(beat, setup.heartbeatMs);

port.on('message', (message: ToHeartbeat) => {
  switch (message.kind) {
    case 'obey':
      store = message.store;
      return;
    case 'beat':
      return beat();
    case 'guard':
      return guard.want(message.wanted);
    case 'stop':
      clearInterval(timer);
      guard.want(false);
      void link.close().then(() => say({ kind: 'stopped' }));
      return;
  }
});
