import type { Problem } from '../problem.ts';
import { type Act, Course } from './course.ts';
import { cheapestWay, follow, MOST_EXACT } from './exact.ts';
import type { Mover } from './movers.ts';
import { priceOf } from './price.ts';
import { byImportance, settle, stopForGood } from './settle.ts';
import { StopOvers } from './stopovers.ts';
import { type Budget as Steps, untangle } from './untangle.ts';

/** Looked at for knots of few movers, in all and of each. */
const MOST_STATES = 15_000;
const MOST_STATES_EACH = 10_000;
/** Tried to untangle knots, in all. */
const MOST_STEPS = 50_000;

interface Budget extends Steps {
  states: number;
}

export interface Order {
  readonly acts: readonly Act[];
  readonly stuck: readonly number[]; // movers for which there is no way
}

/**
 * One step after the other, each with room for both its ends while it runs. First what can do no harm; what is left waits for
 * each other in knots, which are undone one by one.
 */
export function orderOf(problem: Problem, movers: readonly Mover[]): Order {
  const course = new Course(problem, movers);
  const stopOvers = new StopOvers(course);
  const budget = { states: MOST_STATES, steps: MOST_STEPS };
  const isSmall = movers.length <= MOST_EXACT;
  stopForGood(course);
  const stopped = course.acts.length;
  for (let before = -1; before !== course.acts.length; ) {
    before = course.acts.length;
    settle(course);
    const tangled = waiting(course).filter((m) => !(course.isRoomy(movers[m]!.to) && course.canFinish(m)));
    // even what can do no harm may be in the way of a detour: where all can be looked at, nothing is settled beforehand
    if (tangled.length > 0 && isSmall && before === stopped) course.undoTo(stopped);
    const knots = tangled.length === 0 ? [] : isSmall ? [waiting(course)] : knotsOf(course, tangled);
    for (const knot of knots) untie(course, stopOvers, knot, budget);
    if (course.acts.length > before) continue;
    for (const m of byImportance(course, waiting(course))) if (course.canFinish(m)) course.finish(m);
  }
  return { acts: course.acts, stuck: [...course.pending] };
}

/** Who is still to come somewhere. */
function waiting(course: Course): number[] {
  return [...course.pending].filter((m) => course.movers[m]!.to >= 0);
}

/** Movers that wait for each other, directly or through others: those to a node with those from it. */
function knotsOf(course: Course, tangled: readonly number[]): number[][] {
  const leader = new Map<number, number>();
  const find = (node: number): number => {
    let top = node;
    for (let next = leader.get(top); next !== undefined && next !== top; next = leader.get(top)) top = next;
    for (let at = node; at !== top; ) {
      const next = leader.get(at)!;
      leader.set(at, top);
      at = next;
    }
    return top;
  };
  const { movers, transit } = course;
  const join = (m: number) => leader.set(find(transit.at[m]!), find(movers[m]!.to));
  const isTarget = new Set(tangled.map((m) => movers[m]!.to));
  const areTangled = new Set(tangled);
  for (const m of tangled) {
    const from = transit.at[m]!;
    if (from < 0) continue;
    if (isTarget.has(from)) join(m);
    if (transit.mayLeave(m)) continue;
    // somebody there needs it, and must leave first
    join(m);
    for (const other of course.pendingOn(from)) if (areTangled.has(other)) join(other);
  }
  return [...Map.groupBy(tangled, (m) => find(movers[m]!.to)).values()];
}

/** As large knots are, and where that stops somebody or takes a detour, in the cheapest way there is. */
function untie(course: Course, stopOvers: StopOvers, movers: readonly number[], budget: Budget): void {
  const knot = movers.filter((m) => course.pending.has(m)); // affinity may have let some go with another knot
  const begin = course.acts.length;
  untangle(course, stopOvers, knot, budget);
  if (knot.length > MOST_EXACT) return;
  const found = course.acts.slice(begin);
  const isUntied = knot.every((m) => !course.pending.has(m));
  const price = isUntied ? priceOf(course, found, knot) : Number.POSITIVE_INFINITY;
  if (price === 0) return;
  course.undoTo(begin);
  const { way, states } = cheapestWay(course, stopOvers, knot, {
    states: Math.min(budget.states, MOST_STATES_EACH),
    price,
  });
  budget.states -= states;
  if (way !== null) follow(course, stopOvers, way);
  else for (const act of found) course.do(act);
}
