/*
 * Movers that wait for each other, from changes of small clusters drawn by chance: how often looking ahead, by which knots of more
 * than 12 are undone, stops as few as the cheapest of all ways.
 *
 *   node bench/knots.ts
 */
import fc from 'fast-check';
import { Course } from '../placement/plan/course.ts';
import { cheapestWay } from '../placement/plan/exact.ts';
import { moversOf } from '../placement/plan/movers.ts';
import { settle } from '../placement/plan/settle.ts';
import { StopOvers } from '../placement/plan/stopovers.ts';
import { untangle } from '../placement/plan/untangle.ts';
import { tightChanges } from '../test/placement/plan/tight.ts';

const SIZES = [6, 14] as const; // movers of a knot
const STATES = 300_000; // most of any knot here needs fewer
const PERMISSIONS = { mayStop: () => true, mayDetour: () => true, stopsFirst: () => false };

console.log('| nodes | instances | knots | stopped, the fewest | stopped, looking ahead | as few as can be |');
console.log('|--:|--:|--:|--:|--:|--:|');
for (const [nodes, instances, runs] of [
  [5, 14, 3000],
  [6, 16, 2000],
] as const) {
  const sums = { knots: 0, fewest: 0, found: 0, same: 0 };
  const changes = tightChanges({ nodes, instances, rules: false });
  for (const { problem, target } of fc.sample(changes, { numRuns: runs, seed: 9 })) {
    const { movers } = moversOf(problem, target, PERMISSIONS, new Map());
    const course = new Course(problem, movers);
    const stopOvers = new StopOvers(course);
    settle(course);
    const knot = [...course.pending].filter((m) => movers[m]!.to >= 0);
    if (knot.length < SIZES[0] || knot.length > SIZES[1]) continue;
    const { way } = cheapestWay(course, stopOvers, knot, { states: STATES, price: Number.POSITIVE_INFINITY });
    if (way === null) continue;
    const fewest = way.filter(({ to }) => to < 0).length;
    const begin = course.acts.length;
    untangle(course, stopOvers, knot, { steps: Number.POSITIVE_INFINITY });
    const found = course.acts.slice(begin).filter(({ mark }) => mark === 'interrupt').length;
    sums.knots++;
    sums.fewest += fewest;
    sums.found += found;
    if (found === fewest) sums.same++;
  }
  const { knots, fewest, found, same } = sums;
  const share = `${((100 * same) / knots).toFixed(0)} %`;
  console.log(`| ${[nodes, instances, knots, fewest, found, share].join(' | ')} |`);
}
