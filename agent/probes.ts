import { monotonicMs } from '../protocol/clock.ts';
import type { Probe } from '../protocol/spec.ts';
import { type ProbeResult, type ProbeTarget, probeOnce } from './probe-once.ts';
import type { AgentState, Slot, SlotKey } from './state.ts';

/** Until an instance is ready it is asked at least this often: what waits for it should not wait for the interval. */
const EAGER_MS = 200;
export type ProbeKind = 'readiness' | 'liveness';

interface Asking {
  readonly pid: number;
  probe: Probe;
  eager: boolean;
  target: ProbeTarget;
  timer: NodeJS.Timeout | null; // null while a question is open
  ended: boolean;
}

/** Asks every running instance's probes, each at its own interval; one that is slow delays no other. */
export class Probes {
  readonly #asking = new Map<string, Asking>();
  readonly #targetOf: (slot: Slot) => ProbeTarget;
  readonly #onResult: (key: SlotKey, kind: ProbeKind, result: ProbeResult) => void;

  constructor(
    targetOf: (slot: Slot) => ProbeTarget,
    onResult: (key: SlotKey, kind: ProbeKind, result: ProbeResult) => void,
  ) {
    this.#targetOf = targetOf;
    this.#onResult = onResult;
  }

  /** Begins and ends probing so that it matches the state. */
  follow(state: AgentState): void {
    const wanted = new Set<string>();
    for (const slot of state.slots.values()) {
      if (slot.phase !== 'running' || slot.pid === null) continue;
      for (const kind of ['readiness', 'liveness'] as const) {
        const probe = slot.assigned.probes[kind];
        if (!probe) continue;
        const id = `${slot.key} ${kind}`;
        wanted.add(id);
        const eager = kind === 'readiness' && slot.readiness === 'unknown';
        const known = this.#asking.get(id);
        if (known && known.pid === slot.pid) {
          known.probe = probe;
          known.eager = eager;
          continue;
        }
        if (known) end(known);
        const target = this.#targetOf(slot);
        const asking: Asking = { pid: slot.pid, probe, eager, target, timer: null, ended: false };
        this.#asking.set(id, asking);
        // a process that has just begun to run has nothing to say yet
        asking.timer = setTimeout(() => this.#ask(slot.key, kind, asking), Math.min(20, probe.intervalMs));
      }
    }
    for (const [id, asking] of this.#asking) {
      if (wanted.has(id)) continue;
      end(asking);
      this.#asking.delete(id);
    }
  }

  async #ask(key: SlotKey, kind: ProbeKind, asking: Asking): Promise<void> {
    asking.timer = null;
    const began = monotonicMs();
    const result = await probeOnce(asking.probe, asking.target);
    if (asking.ended) return;
    this.#onResult(key, kind, result);
    if (asking.ended) return;
    const { intervalMs } = asking.probe;
    const pause = (asking.eager ? Math.min(intervalMs, EAGER_MS) : intervalMs) - (monotonicMs() - began);
    asking.timer = setTimeout(() => this.#ask(key, kind, asking), Math.max(pause, 10));
  }

  end(): void {
    for (const asking of this.#asking.values()) end(asking);
    this.#asking.clear();
  }
}

function end(asking: Asking): void {
  asking.ended = true;
  if (asking.timer) clearTimeout(asking.timer);
}
