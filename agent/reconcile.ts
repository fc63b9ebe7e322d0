import type { AssignedInstance } from '../protocol/messages.ts';
import { type AgentState, type Slot, type SlotKey, slotKey } from './state.ts';
import { leaseRuns, type Turn } from './turn.ts';

/** Compares what should run with what does, and asks for the difference. */
export function reconcile(turn: Turn, atMs: number): void {
  escalate(turn, atMs);
  if (!turn.state.assigned) return;
  for (const slot of turn.state.slots.values()) {
    const wanted = turn.state.desired.get(slot.assigned.instance);
    if (!wanted || wanted.generation !== slot.assigned.generation) stop(turn, slot, atMs);
    else follow(turn, slot, wanted, atMs);
  }
  for (const wanted of turn.state.desired.values()) {
    // the older generation's processes must all be gone first
    const present = [...turn.state.slots.values()].some((slot) => slot.assigned.instance === wanted.instance);
    if (!present && mayStart(turn, wanted, atMs)) launch(turn, newSlot(wanted), atMs);
  }
}

/** SIGKILL for what has used up its grace. */
function escalate(turn: Turn, atMs: number): void {
  for (const slot of turn.state.slots.values())
    if (slot.phase === 'stopping' && slot.pid !== null && slot.dueAtMs <= atMs) kill(turn, slot);
}

function kill(turn: Turn, slot: Slot): void {
  turn.put({ ...slot, phase: 'stopping', dueAtMs: Number.POSITIVE_INFINITY });
  if (slot.pid !== null) turn.effects.push({ kind: 'kill', key: slot.key });
}

function stop(turn: Turn, slot: Slot, atMs: number): void {
  if (slot.phase === 'waiting') return turn.remove(slot.key);
  if (slot.phase === 'stopping') {
    if (slot.restart) turn.put({ ...slot, restart: false });
    return;
  }
  turn.put({
    ...slot,
    phase: 'stopping',
    restart: false,
    dueAtMs: atMs + slot.assigned.runtime.stopGraceMs,
    detail: '',
  });
  if (slot.pid !== null) turn.effects.push({ kind: 'terminate', key: slot.key });
}

/** A slot that is wanted as it is: takes over what the assignment says anew, gets its role, has its next try. */
function follow(turn: Turn, slot: Slot, wanted: AssignedInstance, atMs: number): void {
  let now = slot;
  if (slot.assigned !== wanted) {
    now = { ...slot, assigned: wanted };
    turn.put(now);
    if (JSON.stringify(slot.assigned) !== JSON.stringify(wanted) && slot.pid !== null)
      turn.effects.push({
        kind: 'remember',
        key: slot.key,
        assigned: { ...wanted, role: slot.role },
        ready: slot.readiness === 'passing',
      });
  }
  if (now.phase === 'running' && now.role !== wanted.role && now.telling !== wanted.role) {
    turn.put({ ...now, telling: wanted.role });
    turn.effects.push({ kind: 'tellRole', key: now.key, assigned: wanted });
  }
  if (now.phase === 'waiting' && now.dueAtMs <= atMs && mayStart(turn, wanted, atMs)) launch(turn, now, atMs);
}

/**
 * An instance with the policy `stop` starts only under a lease, with a guard, and when no newer assignment is on its way:
 * it may have been given to another node.
 */
function mayStart(turn: Turn, wanted: AssignedInstance, atMs: number): boolean {
  if (wanted.isolation === 'keep') return true;
  return isCovered(turn.state, atMs) && turn.state.leaseRevision <= turn.state.revision;
}

/**
 * Asked once more right before its process is made: between the decision and that moment the whole machine may have stood still,
 * and the lease run out.
 */
export function mayStillStart(state: AgentState, key: SlotKey, atMs: number): boolean {
  const slot = state.slots.get(key);
  if (slot?.phase !== 'launching') return false;
  return slot.assigned.isolation === 'keep' || isCovered(state, atMs);
}

/** Under a lease that runs, with a guard that ends it if we cannot. */
function isCovered(state: AgentState, atMs: number): boolean {
  return state.guarded && leaseRuns(state, atMs);
}

function launch(turn: Turn, slot: Slot, atMs: number): void {
  turn.put({
    ...slot,
    phase: 'launching',
    role: slot.assigned.role,
    telling: null,
    pid: null,
    readiness: 'unknown',
    readinessFailures: 0,
    livenessFailures: 0,
    startedAtMs: atMs,
    latencyMs: null,
    value: null,
    cpuMillicores: null,
    memoryBytes: null,
  });
  turn.effects.push({ kind: 'launch', key: slot.key, assigned: slot.assigned });
}

export function newSlot(assigned: AssignedInstance): Slot {
  return {
    key: slotKey(assigned),
    assigned,
    phase: 'waiting',
    role: assigned.role,
    telling: null,
    pid: null,
    ports: {},
    readiness: 'unknown',
    readinessFailures: 0,
    livenessFailures: 0,
    restarts: 0,
    failures: 0,
    startedAtMs: 0,
    dueAtMs: 0,
    restart: false,
    detail: '',
    latencyMs: null,
    value: null,
    cpuMillicores: null,
    memoryBytes: null,
  };
}

/** At the lease's end everything with the policy `stop` dies at once, with no grace: its place may be given away. */
export function endLease(turn: Turn, atMs: number): void {
  const { leaseUntilMs } = turn.state;
  if (leaseUntilMs === null || atMs < leaseUntilMs) return;
  for (const slot of turn.state.slots.values()) {
    if (slot.assigned.isolation !== 'stop') continue;
    if (slot.phase === 'waiting') turn.remove(slot.key);
    else if (slot.phase !== 'stopping' || slot.restart || slot.dueAtMs !== Number.POSITIVE_INFINITY) {
      kill(turn, { ...slot, restart: false, detail: 'the lease has ended' });
      turn.note('lease-ended', slot, `${slot.key} is stopped: no coordinator has renewed the lease`);
    }
  }
}
