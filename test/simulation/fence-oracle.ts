import type { Event } from '../../coordinator/core/events.ts';
import type { State } from '../../coordinator/core/state.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { ClusterPart } from './parts.ts';
import { Violation } from './violation.ts';

/** A coordinator that was away for so long does not hold it against the nodes. */
const PAUSE_MS = 1600;

/** By how much clocks run wrong, at most. */
const CLOCKS = 0.02;

/** S6: whom the coordinator fences, held against a book of its own of what reached the coordinator and when. */
export class FenceOracle {
  readonly #cluster: ClusterPart;
  readonly #count: (what: string) => void;
  readonly #heardAt = new Map<string, number>();
  readonly #boots = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  readonly #ordered = new Map<string, number>();
  /** Fences by true time, over all coordinators: none has a clock or a memory of its own in this. */
  readonly #begun: { readonly node: string; at: number; isOpen: boolean }[] = [];
  #at = 0;
  #heardNow = 0;
  #tickedAt = Number.NEGATIVE_INFINITY;
  /** Since then it hears, and has not stood still. */
  #listensSince: number | null = null;

  constructor(cluster: ClusterPart, count: (what: string) => void) {
    this.#cluster = cluster;
    this.#count = count;
  }

  coordinatorStarts(): void {
    this.#listensSince = null;
    this.#tickedAt = Number.NEGATIVE_INFINITY;
    this.#heardAt.clear();
    this.#sequences.clear();
    this.#boots.clear();
    this.#ordered.clear();
  }

  heard(event: Event, after: State): void {
    this.#at = event.at;
    this.#heardNow = this.#cluster.timeline.now;
    this.#listensSince ??= event.at;
    switch (event.kind) {
      case 'ticked':
        if (event.at - this.#tickedAt > PAUSE_MS) this.#listensSince = event.at;
        this.#tickedAt = event.at;
        return;
      case 'listened':
        this.#listensSince = event.deaf ? Number.POSITIVE_INFINITY : event.at;
        return;
      case 'greeted': {
        const { node, bootId } = event.hello;
        if (after.nodes.get(node)?.watch.bootId !== bootId) return; // refused
        if (bootId !== this.#boots.get(node)) this.#sequences.set(node, -1);
        this.#boots.set(node, bootId);
        this.#heardAt.set(node, event.at);
        return;
      }
      case 'heartbeaten': {
        const { node, bootId, sequence, mainSilenceMs } = event.heartbeat;
        if (bootId !== this.#boots.get(node) || sequence <= (this.#sequences.get(node) ?? -1)) return; // late or doubled
        this.#sequences.set(node, sequence);
        if (mainSilenceMs > this.#cluster.settings.hungAfterMs) return;
        this.#heardAt.set(node, event.at);
        return;
      }
      default:
        return;
    }
  }

  /** What is on disk: a node that is taken for alive or lost is not being fenced any more. */
  committed(after: State): void {
    for (const fence of this.#begun) {
      const liveness = after.nodes.get(fence.node as NodeName)?.watch.liveness;
      if (liveness === 'alive' || liveness === 'lost') fence.isOpen = false;
    }
  }

  /** No more fences begin within the window than are allowed, whoever decides. */
  #mayBegin(node: NodeName): void {
    const { settings, machines } = this.#cluster;
    const now = this.#heardNow; // when it was decided: a slow store may hold up the deed
    const same = this.#begun.find((fence) => fence.node === node && fence.isOpen);
    if (same) same.at = now;
    else this.#begun.push({ node, at: now, isOpen: true });
    const windowMs = settings.fenceWindowMs * (1 - CLOCKS);
    const recent = this.#begun.filter((fence) => now - fence.at < windowMs);
    const allowed = Math.max(1, Math.floor(settings.fenceShare * machines.length + 1e-9));
    if (recent.length > allowed)
      throw new Violation(
        'fences per time',
        `${node} is fenced as number ${recent.length} within ${settings.fenceWindowMs} ms, ${allowed} may be`,
      );
  }

  powersOff(node: NodeName, state: State): void {
    const { settings } = this.#cluster;
    const power = state.nodes.get(node)?.watch.power;
    this.#count('power-offs ordered');
    if (power && power.orderedAt !== power.since) return; // the same fence, once more
    this.#mayBegin(node);
    this.#count('fences');
    const silence = (name: string) => this.#at - (this.#heardAt.get(name) ?? Number.NEGATIVE_INFINITY);
    if (silence(node) < settings.decideAfterMs)
      throw new Violation('fence brake', `${node} is fenced ${Math.round(silence(node))} ms after it was heard`);
    const listening = this.#at - (this.#listensSince ?? this.#at);
    if (listening < settings.decideAfterMs)
      throw new Violation(
        'fence brake',
        `${node} is fenced by a coordinator that has listened for ${listening} ms only`,
      );
    const counted = [...state.nodes.values()].filter(({ record }) => !record.lost);
    const silent = counted.filter(({ record }) => silence(record.node) >= settings.suspectAfterMs);
    if (silent.length >= 2 && silent.length >= counted.length / 2)
      throw new Violation(
        'fence brake',
        `${node} is fenced while ${silent.length} of ${counted.length} nodes are silent`,
      );
    for (const [other, at] of this.#ordered) {
      const isUnderWay = state.nodes.get(other as NodeName)?.watch.power?.fence === true;
      if (other !== node && isUnderWay && this.#at - at < 3 * settings.settleMs)
        throw new Violation('fence brake', `${node} is fenced while ${other} is`);
    }
    this.#ordered.set(node, this.#at);
  }
}
