import type { BindingRecord, DurableChange } from '../../coordinator/core/durable.ts';
import type { Event } from '../../coordinator/core/events.ts';
import type { State } from '../../coordinator/core/state.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import type { Liveness } from '../../protocol/view.ts';
import type { ClusterPart } from './parts.ts';
import { Violation } from './violation.ts';

/** By how much clocks run wrong, at most. */
const CLOCKS = 0.02;
const GONE: readonly Liveness[] = ['dead', 'fencing', 'lost'];

/** What became of a node, by true time and over all coordinators. */
interface Past {
  liveness: Liveness;
  excused: boolean; // this silence came together with most others'
  isDown: boolean;
  failures: number[];
  backAt: number;
  isQuarantined: boolean;
  inARow: number; // failures since the quarantine began, each within a window of the one before
}

/** L4: who is quarantined and for how long, what a quarantined node is given, and what moves because of nodes that come and go. */
export class FlapOracle {
  readonly #cluster: ClusterPart;
  readonly #count: (what: string) => void;
  readonly #nodes = new Map<NodeName, Past>();
  readonly #bindings = new Map<string, BindingRecord>();
  /** What was running on a node when that was lost: to start it there again gives that node something new. */
  readonly #lost = new Set<InstanceId>();
  readonly #lastNode = new Map<InstanceId, NodeName>();
  readonly #movedAt = new Map<InstanceId, number>();
  #forgiven: NodeName | null = null;

  constructor(cluster: ClusterPart, count: (what: string) => void) {
    this.#cluster = cluster;
    this.#count = count;
  }

  heard(event: Event): void {
    const command = event.kind === 'commanded' ? event.command : null;
    this.#forgiven = command?.kind === 'node' && command.action === 'uncordon' ? command.node : null;
  }

  committed(changes: readonly DurableChange[], after: State): void {
    for (const [node, { watch }] of after.nodes) this.#judge(node, watch.liveness, after);
    for (const change of changes) {
      if (change.table !== 'binding') continue;
      const known = this.#bindings.get(change.key);
      if (change.value === null) {
        this.#bindings.delete(change.key);
        if (known?.wanted) this.#lost.add(known.instance);
      } else {
        this.#bindings.set(change.key, change.value);
        if (!known && change.value.wanted) this.#bound(change.value, after);
      }
    }
  }

  #judge(node: NodeName, liveness: Liveness, after: State): void {
    const { now } = this.#cluster.timeline;
    const { flapping } = this.#cluster.settings;
    const past = this.#nodes.get(node) ?? {
      ...{ liveness, excused: false, isDown: false, failures: [], backAt: Number.NEGATIVE_INFINITY },
      ...{ isQuarantined: false, inARow: 0 },
    };
    this.#nodes.set(node, past);
    const before = past.failures.length;
    if (GONE.includes(liveness) && !past.isDown) {
      past.isDown = true;
      past.failures.push(now);
    } else if (liveness === 'alive') {
      if (past.isDown) past.backAt = now;
      else if (past.liveness === 'suspect' && !past.excused) past.failures.push(now);
      past.isDown = false;
      past.excused = false;
    } else if (after.massSilence) past.excused = true;
    past.liveness = liveness;
    const last = past.failures.at(-2);
    const hasFailed = past.failures.length > before;
    if (hasFailed) {
      this.#count('failures of nodes');
      const isFar = last !== undefined && now - last > flapping.windowMs * (1 - CLOCKS);
      past.inARow = isFar || !past.isQuarantined ? 1 : past.inARow + 1;
    }
    if (this.#forgiven === node && (after.flaps.get(node)?.failures.length ?? 0) === 0)
      Object.assign(past, { failures: [], isQuarantined: false, backAt: Number.NEGATIVE_INFINITY });
    this.#quarantine(node, past, hasFailed, after);
  }

  #quarantine(node: NodeName, past: Past, hasFailed: boolean, after: State): void {
    const { timeline, settings, coordinatorBoot } = this.#cluster;
    const { flapping } = settings;
    const { now } = timeline;
    const was = past.isQuarantined;
    const is = (after.flaps.get(node)?.quarantine ?? null) !== null;
    past.isQuarantined = is;
    const within = (ms: number) => past.failures.filter((at) => now - at < ms).length;
    if (is && !was) {
      this.#count('quarantines');
      past.inARow = 1;
      // by a new clock, failures long ago count as new ones
      if (coordinatorBoot.number === 1 && within(flapping.windowMs * (1 + CLOCKS)) < flapping.failures)
        throw new Violation('quarantine', `${node} is quarantined after ${past.failures.length} failures`);
    }
    if (is) return;
    if (was) {
      const heldMs = now - Math.max(past.backAt, past.failures.at(-1) ?? past.backAt);
      const dueMs = Math.min(flapping.holdMaxMs, flapping.holdMs * 2 ** (past.inARow - 1)) * (1 - CLOCKS);
      if (past.isDown || heldMs < dueMs)
        throw new Violation(
          'quarantine',
          `that of ${node} ends after ${Math.round(heldMs)} of ${Math.round(dueMs)} ms`,
        );
    }
    const others = [...after.flaps.values()].filter(({ quarantine }) => quarantine !== null).length;
    const isFull = others + 1 > after.nodes.size / 2;
    if (hasFailed && !isFull && within(flapping.windowMs * (1 - CLOCKS)) >= flapping.failures)
      throw new Violation('quarantine', `${node} has failed ${past.failures.length} times and is not quarantined`);
  }

  #bound({ instance, node }: BindingRecord, after: State): void {
    const { timeline, settings, shape } = this.#cluster;
    const { now } = timeline;
    const before = this.#lastNode.get(instance);
    this.#lastNode.set(instance, node);
    const past = this.#nodes.get(node);
    const isNew = before !== node || this.#lost.has(instance);
    this.#lost.delete(instance);
    if (past?.isQuarantined && isNew)
      throw new Violation('quarantine', `${node} is quarantined and is given ${instance}`);
    if (before === node || !past) return;
    const steadyMs = settings.flapping.steadyMs * (1 - CLOCKS);
    const plan = after.plan?.predicted ? after.plan.slots : [];
    const isForBetter = plan.some((slot) => slot.instance === instance && slot.to === node && slot.from === before);
    if (isForBetter && now - Math.max(past.backAt, past.failures.at(-1) ?? past.backAt) < steadyMs)
      throw new Violation('flapping', `${instance} moves to ${node} for the better, which has just failed`);
    if (before === undefined) return;
    const movedAt = this.#movedAt.get(instance);
    this.#movedAt.set(instance, now);
    if (shape.flapsAlone && movedAt !== undefined && now - movedAt < steadyMs)
      throw new Violation('flapping', `${instance} moves twice within ${Math.round(now - movedAt)} ms`);
  }
}
