import type { Problem } from '../problem.ts';
import type { Mover } from './movers.ts';
import { Transit } from './transit.ts';

/** One step of one mover, as it is tried: which of several can run at the same time is found later (dependencies.ts). */
export interface Act {
  readonly mover: number;
  readonly kind: 'start' | 'stop' | 'move';
  readonly from: number; // -1 of a start
  readonly to: number; // -1 of a stop
  readonly mark: 'detour' | 'interrupt' | null; // to a third node; stopped to be started elsewhere
  readonly why: string | null; // of what is marked
}

/** The steps so far, where they have led, and who is still to come; the last steps can be taken back. */
export class Course {
  readonly transit: Transit;
  readonly acts: Act[] = [];
  readonly movers: readonly Mover[];
  readonly problem: Problem;
  readonly #waiting = new Map<number, Set<number>>(); // node → movers still to come
  readonly #need: Float64Array; // node * resources + resource: of those
  readonly #pending = new Set<number>();
  readonly #moverOf: ReadonlyMap<number, number>; // instance → its mover

  constructor(problem: Problem, movers: readonly Mover[]) {
    this.#moverOf = new Map(movers.flatMap(({ instances }, m) => instances.map((i) => [i, m] as const)));
    this.problem = problem;
    this.movers = movers;
    this.transit = new Transit(problem, movers);
    this.#need = new Float64Array(this.transit.free.length);
    for (const m of movers.keys()) this.#await(m);
  }

  get pending(): ReadonlySet<number> {
    return this.#pending;
  }
  /** Those still to come to a node; at -1 those still to be stopped for good. */
  waitingFor(node: number): ReadonlySet<number> {
    return this.#waiting.get(node) ?? NOBODY;
  }
  nodesWaitedFor(): number[] {
    return [...this.#waiting.keys()].filter((node) => node >= 0);
  }

  /** Whether it can do its last step now. */
  canFinish(m: number): boolean {
    const { transit } = this;
    const { to } = this.movers[m]!;
    return transit.mayLeave(m) && (to < 0 || transit.mayArrive(m, to));
  }
  /** Whether a node has room for all that are still to come, in any order. */
  isRoomy(node: number): boolean {
    const width = this.problem.resources.length;
    for (let k = node * width; k < (node + 1) * width; k++) if (this.transit.free[k]! < this.#need[k]!) return false;
    return true;
  }
  /** Those on a node that are still to come to another. */
  pendingOn(node: number): number[] {
    const here = node < 0 ? [] : this.transit.instancesOn(node).map((i) => this.#moverOf.get(i));
    return [...new Set(here.filter((m) => m !== undefined && this.#pending.has(m)))] as number[];
  }
  /** Whether somebody waits for the place that it holds. */
  isInTheWay(m: number): boolean {
    const node = this.transit.at[m]!;
    return node >= 0 && this.waitingFor(node).size > 0;
  }
  /** Runs nowhere today: nothing is lost while others wait for it, but much while it waits for them. */
  isLost(m: number): boolean {
    return this.movers[m]!.from < 0;
  }
  /** On a third node, or stopped to be started elsewhere. */
  isUnderWay(m: number): boolean {
    const { from } = this.movers[m]!;
    return this.transit.at[m] !== from;
  }

  do(act: Act): void {
    const { mover, to } = act;
    this.acts.push(act);
    this.transit.place(mover, to);
    if (to === this.movers[mover]!.to && act.mark !== 'interrupt') this.#arrive(mover);
  }
  /** Its last step, of whatever kind. */
  finish(m: number): void {
    const { to, stopsFirst } = this.movers[m]!;
    const from = this.transit.at[m]!;
    const plain = { mover: m, mark: null, why: null } as const;
    if (to < 0) this.do({ ...plain, kind: 'stop', from, to });
    else if (from < 0) this.do({ ...plain, kind: 'start', from, to });
    else if (stopsFirst) {
      const why = 'it is always stopped before it starts elsewhere';
      this.do({ mover: m, kind: 'stop', from, to: -1, mark: 'interrupt', why });
      this.do({ ...plain, kind: 'start', from: -1, to });
    } else this.do({ ...plain, kind: 'move', from, to });
  }
  /** Takes back all but the first so many steps. */
  undoTo(count: number): void {
    while (this.acts.length > count) {
      const act = this.acts.pop()!;
      if (!this.#pending.has(act.mover)) this.#await(act.mover);
      this.transit.place(act.mover, act.from);
    }
  }

  #await(m: number): void {
    const { to } = this.movers[m]!;
    this.#pending.add(m);
    const waiting = this.#waiting.get(to) ?? new Set();
    this.#waiting.set(to, waiting.add(m));
    this.#count(m, 1);
  }
  #arrive(m: number): void {
    this.#pending.delete(m);
    this.#waiting.get(this.movers[m]!.to)!.delete(m);
    this.#count(m, -1);
  }
  #count(m: number, sign: 1 | -1): void {
    const { demand, to } = this.movers[m]!;
    if (to < 0) return;
    for (let r = 0; r < demand.length; r++) this.#need[to * demand.length + r]! += sign * demand[r]!;
  }
}

const NOBODY: ReadonlySet<number> = new Set();
