import type { Act, Course } from './course.ts';
import { byImportance, goOn, makesRoom, touchedBy } from './settle.ts';
import type { StopOvers } from './stopovers.ts';
import { whyMarked } from './words.ts';

/*
 * Many movers that wait for each other, more than all their orders can be looked at. What can do no harm goes at once. Where
 * some could take a place that is not enough for all, each is tried, and that one taken after which most others can go. When
 * nobody can go any more, one goes over a third node, or else is stopped, chosen in the same way: of equals the least important and
 * smallest.
 */

const MOST_TRIED = 24; // each time
const LOOK_AHEAD = 30; // steps after each

export interface Budget {
  steps: number; // that may still be tried; beyond, whoever can go first goes
}

interface Trial {
  readonly act: Act | null; // null: its last step
  readonly mover: number;
  readonly from: number;
  readonly to: number;
}

/** Does what it can with these movers; those that cannot come stay where they are, or on a third node. */
export function untangle(course: Course, stopOvers: StopOvers, knot: readonly number[], budget: Budget): void {
  const { movers, pending } = course;
  let open = [...knot].sort((a, b) => movers[b]!.rank - movers[a]!.rank || movers[a]!.size - movers[b]!.size || a - b);
  const able = new Set<number>(); // those that could go when last looked at; who can go is among them
  const look = (nodes: Iterable<number>) => {
    for (const node of nodes) for (const m of course.waitingFor(node)) if (course.canFinish(m)) able.add(m);
  };
  const nextOfRest = (): Trial | null => {
    open = open.filter((m) => pending.has(m));
    const isBlocked = open.some((m) => !able.has(m));
    // whom nobody waits for takes room that others wait for, so it comes last
    return (
      (isBlocked ? loosen(course, stopOvers, open, budget) : null) ??
      best(course, byImportance(course, able), (m) => arrival(course, m), budget)
    );
  };
  const targets = new Set(knot.map((m) => movers[m]!.to));
  look([...targets, ...goOn(course, targets, 'harmless', Number.POSITIVE_INFINITY)]);
  for (;;) {
    for (const m of able) if (!pending.has(m) || !course.canFinish(m)) able.delete(m);
    const useful = byImportance(course, able).filter((m) => course.isLost(m) || course.isInTheWay(m));
    const next = best(course, useful, (m) => arrival(course, m), budget) ?? nextOfRest();
    if (next === null) return;
    const changed = changedBy(course, next);
    take(course, stopOvers, next);
    look([...changed, ...goOn(course, changed, 'harmless', Number.POSITIVE_INFINITY)]);
  }
}

function loosen(course: Course, stopOvers: StopOvers, open: readonly number[], budget: Budget): Trial | null {
  const isInTheWay = (m: number) => course.isInTheWay(m) && makesRoom(course, m) && course.transit.mayLeave(m);
  return (
    best(course, open, (m) => (isInTheWay(m) ? detour(course, stopOvers, m) : null), budget) ??
    best(course, open, (m) => (isInTheWay(m) ? stop(course, m) : null), budget)
  );
}

const arrival = (course: Course, m: number): Trial => ({
  ...{ act: null, mover: m, from: course.transit.at[m]!, to: course.movers[m]!.to },
});

function take(course: Course, stopOvers: StopOvers, { act, mover }: Trial): void {
  if (act === null) return course.finish(mover);
  if (act.mark === 'detour') stopOvers.lend(act.to);
  course.do({ ...act, why: whyMarked(course, act) });
}

const changedBy = (course: Course, { from, to }: Trial) => new Set(touchedBy(course, to, from));

function detour(course: Course, stopOvers: StopOvers, m: number): Trial | null {
  const { mayDetour, stopsFirst } = course.movers[m]!;
  if (!mayDetour || stopsFirst || course.isUnderWay(m)) return null;
  const to = stopOvers.best(course, m);
  if (to === undefined) return null;
  const from = course.transit.at[m]!;
  return { act: { mover: m, kind: 'move', from, to, mark: 'detour', why: null }, mover: m, from, to };
}

function stop(course: Course, m: number): Trial | null {
  if (!course.movers[m]!.mayStop) return null;
  const from = course.transit.at[m]!;
  return { act: { mover: m, kind: 'stop', from, to: -1, mark: 'interrupt', why: null }, mover: m, from, to: -1 };
}

/** The trial after which most come to their ends, itself before all; the first of equals. */
function best(
  course: Course,
  candidates: readonly number[],
  trialOf: (m: number) => Trial | null,
  budget: Budget,
): Trial | null {
  let found: { readonly trial: Trial; readonly worth: number } | null = null;
  let tried = 0;
  for (const m of candidates) {
    const trial = trialOf(m);
    if (trial === null) continue;
    if (found === null && (budget.steps <= 0 || candidates.length === 1)) return trial;
    const worth = worthOf(course, trial, budget);
    if (found === null || worth > found.worth) found = { trial, worth };
    if (++tried === MOST_TRIED || budget.steps <= 0) break;
  }
  return found?.trial ?? null;
}

function worthOf(course: Course, trial: Trial, budget: Budget): number {
  const count = course.acts.length;
  const before = course.pending.size;
  const changed = changedBy(course, trial);
  if (trial.act === null) course.finish(trial.mover);
  else course.do(trial.act);
  goOn(course, changed, 'all', LOOK_AHEAD);
  const arrived = before - course.pending.size;
  const worth = arrived + (course.pending.has(trial.mover) ? 0 : LOOK_AHEAD);
  budget.steps -= course.acts.length - count;
  course.undoTo(count);
  return worth;
}
