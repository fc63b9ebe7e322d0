import { FAULTS, type Fault, type FaultKind } from './schedule.ts';

/** Which faults are on now, and what they did. */
export class Trouble {
  readonly injected = new Map<FaultKind, number>(FAULTS.map((kind) => [kind, 0]));
  readonly effective = new Map<FaultKind, number>(FAULTS.map((kind) => [kind, 0]));
  #on: { fault: Fault; had: boolean }[] = [];

  begin(fault: Fault): void {
    this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    this.#on.push({ fault, had: false });
  }

  end(fault: Fault): void {
    this.#on = this.#on.filter((one) => one.fault !== fault);
  }

  healAll(): void {
    this.#on = [];
  }

  /** How bad a fault of this kind is now, for a node or at all; null when there is none. Asking it means that it has an effect. */
  has(kind: FaultKind, node = -1): number | null {
    for (const one of this.#on) {
      if (one.fault.kind !== kind || (node >= 0 && one.fault.node !== node)) continue;
      this.#count(one);
      return one.fault.amount;
    }
    return null;
  }

  /** Something came of this fault. */
  bit(fault: Fault): void {
    const one = this.#on.find((other) => other.fault === fault);
    if (one) this.#count(one);
  }

  #count(one: { fault: Fault; had: boolean }): void {
    if (one.had) return;
    one.had = true;
    this.effective.set(one.fault.kind, (this.effective.get(one.fault.kind) ?? 0) + 1);
  }
}
