import type { Act, Course } from './course.ts';
import { Heap } from './heap.ts';
import { DELAY, type Prices, pricesOf } from './price.ts';
import type { StopOvers } from './stopovers.ts';
import { whyMarked } from './words.ts';

/*
 * A few movers that wait for each other: the cheapest of all orders, stops and detours there are, by Dijkstra's algorithm over
 * where each of them is. A mover goes over one third node at most.
 */

/** More movers than this have too many states to look at them all. */
export const MOST_EXACT = 12;
const MOST_STOP_OVERS = 8; // nodes, of all movers together

const START = 0;
const DONE = 1;
const STOPPED = 2;
const OVER = 3; // and above: on a node to stop over

interface Choice {
  readonly k: number; // which of the movers
  readonly position: number; // to go to
  readonly cost: number;
}
interface Reached {
  readonly positions: Uint8Array;
  readonly cost: number;
  readonly done: number; // movers at their ends
  readonly before: Reached | null;
  readonly choice: Choice | null;
}

export interface Limits {
  readonly states: number; // to look at
  readonly price: number; // a way must be cheaper
}
export interface Found {
  readonly way: readonly { readonly mover: number; readonly to: number }[] | null; // -1: stops; its target: arrives
  readonly states: number; // looked at
}

/** No way where there is none, or none was found within the limits. Leaves the course as it was. */
export function cheapestWay(course: Course, stopOvers: StopOvers, movers: readonly number[], limits: Limits): Found {
  const { transit } = course;
  const begin = movers.map((m) => transit.at[m]!);
  const thirds = stopOvers.forAll(course, movers, MOST_STOP_OVERS);
  const nodeAt = (k: number, position: number): number => {
    if (position === START) return begin[k]!;
    if (position === DONE) return course.movers[movers[k]!]!.to;
    return position === STOPPED ? -1 : thirds[position - OVER]!;
  };
  const enter = (positions: Uint8Array): void => {
    positions.forEach((position, k) => {
      const node = nodeAt(k, position);
      if (transit.at[movers[k]!] !== node) transit.place(movers[k]!, node);
    });
  };
  const prices = movers.map((m) => pricesOf(course, m, movers));
  const base = OVER + thirds.length;
  const keyOf = (positions: Uint8Array) => positions.reduce((key, position) => key * base + position, 0);
  const cheapest = new Map<number, number>();
  const queue = new Heap<Reached>();
  const nowhere = new Uint8Array(movers.length);
  queue.push(0, 0, { positions: nowhere, cost: 0, done: 0, before: null, choice: null });
  let states = 0;
  let end: Reached | null = null;
  for (let here = queue.pop(); here !== undefined && states < limits.states; here = queue.pop()) {
    if ((cheapest.get(keyOf(here.positions)) ?? 0) < here.cost) continue; // reached in a cheaper way since
    if (here.done === movers.length) {
      end = here;
      break;
    }
    states++;
    enter(here.positions);
    for (const choice of choicesOf(course, movers, prices, here.positions, thirds)) {
      const cost = here.cost + choice.cost;
      if (cost >= limits.price) continue;
      const positions = here.positions.slice();
      positions[choice.k] = choice.position;
      const key = keyOf(positions);
      if (cost >= (cheapest.get(key) ?? Number.POSITIVE_INFINITY)) continue;
      cheapest.set(key, cost);
      const done = here.done + (choice.position === DONE ? 1 : 0);
      queue.push(cost, -done, { positions, cost, done, before: here, choice }); // of equals those that are further
    }
  }
  enter(nowhere);
  if (end === null) return { way: null, states };
  const way: { mover: number; to: number }[] = [];
  for (let at: Reached | null = end; at?.choice; at = at.before) {
    way.push({ mover: movers[at.choice.k]!, to: nodeAt(at.choice.k, at.choice.position) });
  }
  return { way: way.reverse(), states };
}

/** Takes the steps of a way. */
export function follow(course: Course, stopOvers: StopOvers, way: NonNullable<Found['way']>): void {
  for (const { mover, to } of way) {
    const from = course.transit.at[mover]!;
    if (to === course.movers[mover]!.to) course.finish(mover);
    else {
      const mark = to < 0 ? 'interrupt' : 'detour';
      if (mark === 'detour') stopOvers.lend(to);
      const act: Act = { mover, kind: to < 0 ? 'stop' : 'move', from, to, mark, why: null };
      course.do({ ...act, why: whyMarked(course, act) });
    }
  }
}

/** Everything that one of them can do from here. */
function choicesOf(
  course: Course,
  movers: readonly number[],
  prices: readonly Prices[],
  positions: Uint8Array,
  thirds: readonly number[],
): readonly Choice[] {
  const { transit } = course;
  const choices: Choice[] = [];
  let startsWait = false;
  movers.forEach((m, k) => {
    const { mayStop, mayDetour, stopsFirst, to } = course.movers[m]!;
    const position = positions[k]!;
    if (position === DONE || !transit.mayLeave(m)) return;
    if (course.canFinish(m)) {
      choices.push({ k, position: DONE, cost: 0 });
      startsWait ||= course.isLost(m);
    }
    if (transit.at[m]! < 0) return;
    const { stop, detour } = prices[k]!;
    if (mayStop) choices.push({ k, position: STOPPED, cost: stop });
    if (position !== START || !mayDetour || stopsFirst || course.isUnderWay(m)) return;
    thirds.forEach((node, j) => {
      if (node === to || node === transit.at[m] || !transit.isAllowedOn(m, node)) return;
      if (transit.mayArrive(m, node)) choices.push({ k, position: OVER + j, cost: detour + j / 100 });
    });
  });
  if (!startsWait) return choices;
  return choices.map((choice) => {
    const starts = course.isLost(movers[choice.k]!);
    return starts ? choice : { ...choice, cost: choice.cost + DELAY };
  });
}
