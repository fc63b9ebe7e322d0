import type { AgentState, Effect, Slot, SlotKey } from './state.ts';

/** One step in the making: the state as it becomes, and the effects gathered. Lives for one call of step(). */
export class Turn {
  state: AgentState;
  readonly effects: Effect[] = [];

  constructor(state: AgentState) {
    this.state = state;
  }

  set(change: Partial<AgentState>): void {
    this.state = { ...this.state, ...change };
  }
  slot(key: SlotKey): Slot | undefined {
    return this.state.slots.get(key);
  }
  put(slot: Slot): void {
    this.set({ slots: new Map(this.state.slots).set(slot.key, slot) });
  }
  /** Nothing of it lives: its record goes as well. */
  remove(key: SlotKey): void {
    const slots = new Map(this.state.slots);
    slots.delete(key);
    this.set({ slots });
    this.effects.push({ kind: 'forget', key });
  }
  note(note: (Effect & { kind: 'note' })['note'], slot: Slot | null, detail: string): void {
    this.effects.push({ kind: 'note', note, instance: slot?.assigned.instance ?? null, detail: detail.slice(0, 300) });
  }
  /** Said once, until something could be written again. */
  diskFull(detail: string): void {
    if (!this.state.diskFull) this.note('disk-full', null, detail);
    this.set({ diskFull: true });
  }
  hasLease(atMs: number): boolean {
    return leaseRuns(this.state, atMs);
  }
}

export function leaseRuns({ leaseUntilMs }: AgentState, atMs: number): boolean {
  return leaseUntilMs !== null && atMs < leaseUntilMs;
}
