import { backoffDelayMs } from './backoff.ts';
import type { Event, Slot, SlotKey } from './state.ts';
import type { Turn } from './turn.ts';

/** What becomes of an instance when its process starts, fails, dies, or its probes answer. */

export function spawned(
  turn: Turn,
  atMs: number,
  key: SlotKey,
  pid: number,
  ports: Readonly<Record<string, number>>,
): void {
  const slot = turn.slot(key);
  if (!slot) {
    turn.effects.push({ kind: 'kill', key }); // not wanted by now, and nobody would stop it
    return;
  }
  turn.set({ diskFull: false });
  if (slot.phase === 'stopping') {
    // told to stop while it was being started
    turn.put({ ...slot, pid, ports });
    turn.effects.push({ kind: slot.dueAtMs === Number.POSITIVE_INFINITY ? 'kill' : 'terminate', key });
    return;
  }
  turn.put({
    ...slot,
    phase: 'running',
    pid,
    ports,
    startedAtMs: atMs,
    readiness: slot.assigned.probes.readiness ? 'unknown' : 'passing',
    detail: '',
  });
}

export function spawnFailed(turn: Turn, atMs: number, key: SlotKey, detail: string, diskFull: boolean): void {
  const slot = turn.slot(key);
  if (!slot) return;
  if (diskFull) turn.diskFull(detail);
  if (slot.phase === 'stopping' && !slot.restart) return turn.remove(key);
  if (slot.detail !== detail) turn.note('instance-failed', slot, `${key} cannot be started: ${detail}`);
  wait(turn, { ...slot, detail }, atMs);
}

/** The leader has died by itself: what is left of its group is killed before the next try. */
export function exited(turn: Turn, atMs: number, key: SlotKey, detail: string): void {
  const slot = turn.slot(key);
  if (!slot || slot.phase === 'stopping') return;
  turn.note('instance-exited', slot, `${key} has died: ${detail}`);
  const ended = slot.assigned.isolation === 'stop' && !turn.hasLease(atMs); // the guard was first
  turn.put({ ...slot, phase: 'stopping', restart: !ended, dueAtMs: Number.POSITIVE_INFINITY, detail });
  turn.effects.push({ kind: 'kill', key });
}

export function vanished(turn: Turn, atMs: number, key: SlotKey): void {
  const slot = turn.slot(key);
  if (slot?.phase === 'stopping' && !slot.restart) return turn.remove(key);
  turn.effects.push({ kind: 'forget', key });
  if (!slot) return;
  wait(turn, slot, atMs);
}

/** Waits for the next try; having run for as long as the longest back-off clears the record. */
function wait(turn: Turn, slot: Slot, atMs: number): void {
  const { restart } = slot.assigned.runtime;
  const stable = slot.pid !== null && atMs - slot.startedAtMs >= restart.maxBackoffMs;
  const failures = stable ? 0 : slot.failures;
  turn.put({
    ...slot,
    phase: 'waiting',
    pid: null,
    restart: false,
    restarts: slot.restarts + 1,
    failures: failures + 1,
    dueAtMs: atMs + backoffDelayMs(restart, failures),
    readiness: 'unknown',
    telling: null,
    latencyMs: null,
    value: null,
    cpuMillicores: null,
    memoryBytes: null,
  });
}

export function probed(turn: Turn, event: Event & { kind: 'probed' }): void {
  const slot = turn.slot(event.key);
  if (slot?.phase !== 'running') return;
  if (event.probe === 'readiness') readiness(turn, slot, event);
  else liveness(turn, slot, event);
}

function readiness(turn: Turn, slot: Slot, event: Event & { kind: 'probed' }): void {
  if (event.latencyMs !== null) {
    turn.put({ ...slot, readiness: 'passing', readinessFailures: 0, latencyMs: event.latencyMs, detail: '' });
    if (slot.readiness !== 'passing')
      turn.effects.push({
        kind: 'remember',
        key: slot.key,
        assigned: { ...slot.assigned, role: slot.role },
        ready: true,
      });
    return;
  }
  const failures = slot.readinessFailures + 1;
  const threshold = slot.assigned.probes.readiness?.failureThreshold ?? 1;
  if (slot.readiness === 'unknown')
    turn.put({ ...slot, readinessFailures: failures, detail: failures >= threshold ? event.detail : slot.detail });
  else if (failures < threshold) turn.put({ ...slot, readinessFailures: failures });
  else turn.put({ ...slot, readiness: 'failing', readinessFailures: failures, detail: event.detail });
}

/** Counted only once the instance has been ready: a slow start is the readiness probe's matter. */
function liveness(turn: Turn, slot: Slot, event: Event & { kind: 'probed' }): void {
  if (event.latencyMs !== null) {
    const latencyMs = slot.assigned.probes.readiness ? slot.latencyMs : event.latencyMs;
    turn.put({ ...slot, livenessFailures: 0, latencyMs });
    return;
  }
  if (slot.readiness === 'unknown') return;
  const failures = slot.livenessFailures + 1;
  if (failures < (slot.assigned.probes.liveness?.failureThreshold ?? 1)) {
    turn.put({ ...slot, livenessFailures: failures });
    return;
  }
  const detail = `liveness probe failed: ${event.detail}`;
  turn.note('instance-failed', slot, `${slot.key} is restarted: ${detail}`);
  turn.put({
    ...slot,
    phase: 'stopping',
    restart: true,
    dueAtMs: event.atMs + slot.assigned.runtime.stopGraceMs,
    detail,
  });
  turn.effects.push({ kind: 'terminate', key: slot.key });
}
