import type { Lease } from '../protocol/lease.ts';
import type { Assignment, Request } from '../protocol/messages.ts';
import { mayObey } from '../protocol/store-id.ts';
import { essence } from './instance-report.ts';
import { exited, probed, spawned, spawnFailed, vanished } from './lifecycle.ts';
import { endLease, reconcile } from './reconcile.ts';
import type { AgentState, Event, Step } from './state.ts';
import { Turn } from './turn.ts';

/*
 * What an agent does next, whole: no clock, no processes, no network. An assignment says what should run; after every event
 * that is compared with what does, and the difference becomes effects. Instances with the policy `stop` live by the lease.
 * Not handled here: keeping a dead agent's `stop` instances from running on (guard.ts does that).
 */
export function step(state: AgentState, event: Event): Step {
  const turn = new Turn(state);
  endLease(turn, event.atMs);
  apply(turn, event);
  endLease(turn, event.atMs);
  reconcile(turn, event.atMs);
  if (essence(state) !== essence(turn.state)) turn.effects.push({ kind: 'report' });
  return [turn.state, turn.effects];
}

/** The next moment at which something is due without any event; Infinity when nothing is. */
export function nextDueMs(state: AgentState): number {
  let due = Number.POSITIVE_INFINITY;
  for (const slot of state.slots.values()) {
    if (slot.phase === 'waiting' || slot.phase === 'stopping') due = Math.min(due, slot.dueAtMs);
    if (slot.assigned.isolation === 'stop' && state.leaseUntilMs !== null) due = Math.min(due, state.leaseUntilMs);
  }
  return due;
}

/** Whether a guard process has something to guard here. */
export function needsGuard(state: AgentState): boolean {
  for (const slot of state.slots.values()) if (slot.assigned.isolation === 'stop') return true;
  for (const assigned of state.desired.values()) if (assigned.isolation === 'stop') return true;
  return false;
}

function apply(turn: Turn, event: Event): void {
  switch (event.kind) {
    case 'connected':
      turn.effects.push({ kind: 'hello' });
      return;
    case 'assigned':
      return assigned(turn, event.assignment);
    case 'leased':
      return leased(turn, event.lease, event.untilMs);
    case 'requested':
      return requested(turn, event.request);
    case 'guarded':
      turn.set({
        guarded: event.held,
        // Without a guard's word an agent that restarted has no proof of any lease: then there is none.
        leaseUntilMs: Math.max(turn.state.leaseUntilMs ?? 0, event.untilMs),
      });
      return;
    case 'ticked':
      return;
    case 'spawned':
      return spawned(turn, event.atMs, event.key, event.pid, event.ports);
    case 'spawnFailed':
      return spawnFailed(turn, event.atMs, event.key, event.detail, event.diskFull);
    case 'roleTold': {
      const slot = turn.slot(event.key);
      if (slot) turn.put({ ...slot, role: event.role, telling: null });
      return;
    }
    case 'roleFailed': {
      const slot = turn.slot(event.key);
      // told again at the next tick or event: a promotion is never given up
      if (slot) turn.put({ ...slot, telling: null, detail: event.detail });
      if (event.diskFull) turn.diskFull(event.detail);
      return;
    }
    case 'exited':
      return exited(turn, event.atMs, event.key, event.detail);
    case 'vanished':
      return vanished(turn, event.atMs, event.key);
    case 'probed':
      return probed(turn, event);
    case 'measured':
      for (const [key, measurement] of event.measurements) {
        const slot = turn.slot(key);
        if (slot) turn.put({ ...slot, ...measurement });
      }
      return;
  }
}

function assigned(turn: Turn, assignment: Assignment): void {
  const { state } = turn;
  if (assignment.node !== state.node || assignment.bootId !== state.bootId) return; // for another, or for an agent that is no more
  if (!mayObey(state.store, assignment.store)) return refused(turn, assignment.store);
  if (assignment.term < state.term) return; // from a coordinator that leads no longer
  // A new term's first assignment counts whatever its revision: revisions come from the same store, but may be lower after a restore.
  if (assignment.term === state.term && assignment.revision < state.revision) return; // overtaken by a newer one
  hearTerm(turn, assignment.term);
  obey(turn, assignment.store);
  const desired = new Map<Assignment['instances'][number]['instance'], Assignment['instances'][number]>();
  for (const one of assignment.instances) {
    const other = desired.get(one.instance);
    if (!other || other.generation < one.generation) desired.set(one.instance, one);
  }
  turn.set({ revision: assignment.revision, assigned: true, desired });
}

function leased(turn: Turn, lease: Lease, untilMs: number): void {
  const { state } = turn;
  if (lease.node !== state.node || lease.bootId !== state.bootId) return;
  if (!mayObey(state.store, lease.store)) return refused(turn, lease.store);
  if (lease.term < state.term) return;
  if (lease.term > state.term) {
    hearTerm(turn, lease.term);
    turn.effects.push({ kind: 'hello' });
  }
  obey(turn, lease.store);
  turn.set({
    leaseUntilMs: Math.max(turn.state.leaseUntilMs ?? 0, untilMs),
    leaseRevision: Math.max(turn.state.leaseRevision, lease.revision),
  });
  if (lease.revision > turn.state.revision) turn.effects.push({ kind: 'report' });
}

function requested(turn: Turn, request: Request): void {
  if (request.node !== turn.state.node) return;
  if (!mayObey(turn.state.store, request.store)) return refused(turn, request.store);
  if (request.term < turn.state.term) return;
  if (request.kind === 'names' || request.kind === 'snapshot') return; // about sensors: telemetry.ts answers
  turn.effects.push({ kind: request.kind });
}

/** From here on the coordinator of this store is obeyed, and no other. After its term was heard: both go to disk together. */
function obey(turn: Turn, store: string | undefined): void {
  if (store === undefined || turn.state.store !== '') return;
  turn.set({ store });
  turn.effects.unshift({ kind: 'persistTerm', term: turn.state.term });
}

/** Somebody who goes by another store gives orders here: told once of each. */
function refused(turn: Turn, store: string | undefined): void {
  const named = store ?? 'none';
  if (turn.state.foreign === named) return;
  turn.set({ foreign: named });
  const text = `orders of a coordinator with another store (${named}) are refused: this agent obeys that of ${turn.state.store}`;
  turn.note('other-coordinator', null, text);
}

function hearTerm(turn: Turn, term: number): void {
  if (term <= turn.state.term) return;
  turn.effects.unshift({ kind: 'persistTerm', term });
  // what an older term's leases said about revisions does not bind the new one
  turn.set({ term, leaseRevision: 0 });
}
