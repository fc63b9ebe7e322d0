import type { Course } from './course.ts';

/** In order of importance; what runs nowhere before what runs. */
export function byImportance(course: Course, movers: Iterable<number>): number[] {
  const { movers: all } = course;
  const lost = (m: number) => Number(!course.isLost(m));
  return [...movers].sort((a, b) => lost(a) - lost(b) || all[a]!.rank - all[b]!.rank || a - b);
}

/**
 * Takes all steps that can do no harm: stops for good, and steps to nodes with room for all that come, except moves that nobody waits
 * for. Those come last: until then their room can be lent.
 */
export function settle(course: Course): void {
  stopForGood(course);
  let changed: Set<number> = new Set(course.nodesWaitedFor());
  while (changed.size > 0) {
    goOn(course, changed, 'harmless', Number.POSITIVE_INFINITY);
    changed = stopForGood(course);
  }
}

/**
 * From nodes where something has changed: who can come and leaves a place that others wait for, and so on; only to nodes with room
 * for all that come, or to all with room for one. Answers with the nodes that have changed since.
 */
export function goOn(
  course: Course,
  begin: ReadonlySet<number>,
  to: 'harmless' | 'all',
  mostSteps: number,
): Set<number> {
  const queue = new Set(begin);
  const changed = new Set<number>();
  let steps = 0;
  for (const node of queue) {
    queue.delete(node);
    if (to === 'harmless' && !course.isRoomy(node)) continue;
    for (const m of mostHelpfulFirst(course, node)) {
      if (steps >= mostSteps) return changed;
      const from = course.transit.at[m]!;
      const isOnItsWay = course.isUnderWay(m) && course.isRoomy(node);
      if (!(isOnItsWay || course.isLost(m) || course.isInTheWay(m)) || !course.canFinish(m)) continue;
      course.finish(m);
      steps++;
      for (const one of touchedBy(course, node, from)) {
        queue.add(one);
        changed.add(one);
      }
    }
  }
  return changed;
}

function mostHelpfulFirst(course: Course, node: number): number[] {
  const able: number[] = [];
  for (const m of course.waitingFor(node)) if (course.canFinish(m)) able.push(m);
  if (able.length < 2) return able;
  const helps = new Map(able.map((m) => [m, Number(makesRoom(course, m))]));
  return byImportance(course, able).sort((a, b) => helps.get(b)! - helps.get(a)!);
}

/** Whether another fits where this one is as soon as it has gone. */
export function makesRoom(course: Course, m: number): boolean {
  const { transit, movers } = course;
  const node = transit.at[m]!;
  if (node < 0) return false;
  const mine = movers[m]!.demand;
  const row = node * mine.length;
  for (const other of course.waitingFor(node)) {
    if (movers[other]!.demand.every((amount, r) => transit.free[row + r]! + mine[r]! >= amount)) return true;
  }
  return false;
}

/**
 * Stops all that is to run nowhere, unless others need it beside them still, the less important first. Answers with nodes to which
 * others may be able to come now.
 */
export function stopForGood(course: Course): Set<number> {
  const changed = new Set<number>();
  const rest = byImportance(course, course.waitingFor(-1)).reverse();
  for (let before = -1; before !== rest.length; ) {
    before = rest.length;
    for (const m of [...rest]) {
      if (!course.canFinish(m)) continue;
      for (const node of touchedBy(course, -1, course.transit.at[m]!)) changed.add(node);
      course.finish(m);
      rest.splice(rest.indexOf(m), 1);
    }
  }
  return changed;
}

/** Nodes to which somebody may be able to come after a step from one node to another. */
export function touchedBy(course: Course, to: number, from: number): number[] {
  const ends = [to, from].filter((node) => node >= 0);
  const { transit, movers } = course;
  if (!transit.hasAffinity) return ends.filter((node) => course.waitingFor(node).size > 0);
  // who may leave may have changed as well
  const leaving = ends.flatMap((node) => course.pendingOn(node));
  return [...ends, ...leaving.map((m) => movers[m]!.to)].filter((node) => node >= 0);
}
