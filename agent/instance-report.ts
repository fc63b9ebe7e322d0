import type { InstanceReport } from '../protocol/messages.ts';
import type { AgentState, Slot } from './state.ts';

/** What a slot looks like from outside. */
export function reportOf(slot: Slot): InstanceReport {
  return {
    instance: slot.assigned.instance,
    generation: slot.assigned.generation,
    role: slot.role,
    state: stateOf(slot),
    pid: slot.pid,
    restarts: slot.restarts,
    ...(slot.failures > 0 && { failures: slot.failures }),
    detail: slot.detail.slice(0, 300),
    ports: { ...slot.ports },
    cpuMillicores: slot.cpuMillicores,
    memoryBytes: slot.memoryBytes,
    latencyMs: slot.latencyMs,
    value: slot.value,
  };
}

function stateOf(slot: Slot): InstanceReport['state'] {
  if (slot.phase === 'launching') return 'starting';
  if (slot.phase === 'waiting') return 'backoff';
  if (slot.phase === 'stopping') return slot.restart ? 'backoff' : 'stopping';
  if (slot.readiness === 'unknown') return 'starting';
  return slot.readiness === 'passing' ? 'ready' : 'unready';
}

export function reportsOf(state: AgentState): InstanceReport[] {
  return [...state.slots.values()].map(reportOf);
}

/** What must be reported at once when it changes: everything but what is measured. */
export function essence(state: AgentState): string {
  const parts = [`${state.term}.${state.revision}`];
  for (const slot of state.slots.values())
    parts.push(`${slot.key} ${slot.role} ${stateOf(slot)} ${slot.pid} ${slot.restarts} ${slot.detail}`);
  return parts.join('\n');
}
