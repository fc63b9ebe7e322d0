/*
 * From today's placement to another: ordered steps. A step waits only for what it needs: room, or that another has gone or come.
 *
 * What is promised: whatever order and overlap of the steps keeps to `after`, every node that gets something new has room
 * (capacity less reserve) for all that is on it, with both ends of a move held from its begin to its end; and the rules hold
 * throughout (problem.ts), those that are broken today excepted where they are broken. Where movers wait for each other's room, one
 * goes over a third node, or where there is none is stopped before it starts elsewhere. As few are stopped as can be found: exactly
 * for knots of up to 12 movers (exact.ts), by looking ahead for larger ones (untangle.ts).
 *
 * What is not: that steps succeed. When one has failed, a new plan from what then is takes its place.
 */
import { PlacementError } from '../error.ts';
import type { Problem } from '../problem.ts';
import type { Act } from './course.ts';
import { dependenciesOf } from './dependencies.ts';
import { type Left, type Mover, type Movers, moversOf, type Permissions } from './movers.ts';
import { type Order, orderOf } from './order.ts';
import { scheduleOf } from './schedule.ts';

export interface PlanStep {
  readonly kind: 'start' | 'stop' | 'move';
  readonly instance: number;
  readonly from: number; // -1 of a start
  readonly to: number; // -1 of a stop
  readonly detour: boolean; // goes to a third node, and on from there later
  readonly interrupts: boolean; // stops what is started elsewhere later
  readonly why: string | null; // of a detour or an interruption
  readonly after: readonly number[]; // steps that must be finished before this one begins, all earlier in the list
  readonly together: readonly number[]; // steps that begin and end with this one
  readonly wave: number; // from 0: steps of one wave can run at the same time
}

export interface OrderedPlan {
  readonly steps: readonly PlanStep[];
  readonly waves: readonly (readonly number[])[]; // steps of each
  readonly left: readonly Left[]; // who stays where it is, because there is no way
}

export interface PlanOptions extends Partial<Permissions> {
  /** Moves that may run at the same time; as many as have room without it. */
  readonly movesAtOnce?: number;
  /** Instances of one application that may be stopped, started again or moved at the same time, also by its index; 1 without it. */
  readonly movesPerApplication?: number | ((application: number) => number);
}

/**
 * Steps from where instances run today (`home`) to `target`: per instance the index of a node, or -1 for none. Throws a PlacementError
 * for a target or limits that are none; a target that cannot be reached is a normal outcome (`left`).
 */
export function orderedPlan(problem: Problem, target: readonly number[], options: PlanOptions = {}): OrderedPlan {
  requireTarget(problem, target);
  const { movesAtOnce = Number.POSITIVE_INFINITY, movesPerApplication = 1 } = options;
  requireLimit('movesAtOnce', movesAtOnce);
  if (typeof movesPerApplication === 'number') requireLimit('movesPerApplication', movesPerApplication);
  const ofApplication = typeof movesPerApplication === 'number' ? () => movesPerApplication : movesPerApplication;
  const { mayStop = always, mayDetour = always, stopsFirst = never } = options;
  const { movers, left, acts } = reachable(problem, target, { mayStop, mayDetour, stopsFirst });
  const dependencies = dependenciesOf(problem, movers, acts);
  const applicationsOf = (m: number) => movers[m]!.instances.map((i) => problem.instances[i]!.application);
  const schedule = scheduleOf(movers, acts, dependencies, applicationsOf, {
    movesAtOnce,
    movesPerApplication: ofApplication,
  });
  const order = [...acts.keys()].sort(
    (a, b) => schedule.wave[a]! - schedule.wave[b]! || schedule.urgency[a]! - schedule.urgency[b]! || a - b,
  );
  const steps = stepsOf(movers, acts, order, schedule.after, schedule.wave);
  const waves: number[][] = [];
  for (const [k, { wave }] of steps.entries()) {
    const members = waves[wave] ?? [];
    waves[wave] = members;
    members.push(k);
  }
  return { steps, waves, left };
}

const always = () => true;
const never = () => false;

/** Who turns out to have no way stays where it is, and the others are ordered anew. */
function reachable(
  problem: Problem,
  target: readonly number[],
  permissions: Permissions,
): Movers & Pick<Order, 'acts'> {
  const staying = new Map<number, string>();
  for (;;) {
    const found = moversOf(problem, target, permissions, staying);
    const { acts, stuck } = orderOf(problem, found.movers);
    if (stuck.length === 0) return { ...found, acts };
    for (const m of stuck) {
      const { instances, to } = found.movers[m]!;
      const why =
        to < 0 ? 'others need it beside them' : `no order of steps gives it a place on ${problem.nodes[to]!.name}`;
      for (const i of instances) staying.set(i, why);
    }
  }
}

function stepsOf(
  movers: readonly Mover[],
  acts: readonly Act[],
  order: readonly number[],
  after: readonly ReadonlySet<number>[],
  wave: readonly number[],
): PlanStep[] {
  const stepOf = new Map<number, number>(); // act → its first step
  let count = 0;
  for (const k of order) {
    stepOf.set(k, count);
    count += movers[acts[k]!.mover]!.instances.length;
  }
  const range = (k: number) => movers[acts[k]!.mover]!.instances.map((_, j) => stepOf.get(k)! + j);
  return order.flatMap((k) => {
    const { mover, kind, from, to, mark, why } = acts[k]!;
    const own = range(k);
    const waits = [...withoutImplied(after, k)].flatMap(range).sort((a, b) => a - b);
    return movers[mover]!.instances.map(
      (instance, j): PlanStep => ({
        ...{ kind, instance, from, to, why },
        detour: mark === 'detour',
        interrupts: mark === 'interrupt',
        after: waits,
        together: own.filter((step) => step !== own[j]),
        wave: wave[k]!,
      }),
    );
  });
}

/** What a step waits for anyway, because another that it waits for does, need not be said. */
function withoutImplied(after: readonly ReadonlySet<number>[], k: number): number[] {
  const direct = [...after[k]!];
  return direct.filter((before) => !direct.some((other) => after[other]!.has(before)));
}

function requireTarget({ instances, nodes }: Problem, target: readonly number[]): void {
  if (target.length !== instances.length) {
    throw new PlacementError('target.length', target.length, `${instances.length}, one per instance`);
  }
  target.forEach((node, i) => {
    if (!Number.isInteger(node) || node < -1 || node >= nodes.length) {
      throw new PlacementError(`target[${i}]`, node, '-1 or the index of a node');
    }
  });
}

function requireLimit(field: string, value: number): void {
  if (value !== Number.POSITIVE_INFINITY && (!Number.isInteger(value) || value < 1)) {
    throw new PlacementError(field, value, 'a whole number from 1');
  }
}
