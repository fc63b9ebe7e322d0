import { newSlot } from './reconcile.ts';
import type { InstanceRecord } from './records.ts';
import { type AgentState, type Slot, type SlotKey, slotKey } from './state.ts';

/** An agent that has just started: what an earlier one left running is adopted, and no assignment is known. */
export function adoptedState(
  node: string,
  boot: { readonly bootId: number; readonly term: number; readonly store?: string },
  living: readonly InstanceRecord[],
): AgentState {
  const slots = new Map<SlotKey, Slot>();
  for (const record of living) {
    const slot = newSlot(record.assigned);
    slots.set(slotKey(record.assigned), {
      ...slot,
      phase: 'running',
      pid: record.pid,
      ports: record.ports,
      readiness: record.ready || !record.assigned.probes.readiness ? 'passing' : 'unknown',
    });
  }
  return {
    node,
    bootId: boot.bootId,
    term: boot.term,
    store: boot.store ?? '',
    foreign: null,
    revision: 0,
    assigned: false,
    desired: new Map(),
    slots,
    leaseUntilMs: null,
    leaseRevision: 0,
    guarded: false,
    diskFull: false,
  };
}
