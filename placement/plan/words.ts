import type { Act, Course } from './course.ts';

const NAMED = 3;
const MOST_FOLLOWED = 20;

/** Why a step goes over a third node, or stops what is to run on: asked before the step is taken. */
export function whyMarked(course: Course, { mover, to, mark }: Act): string | null {
  if (mark === null) return null;
  const wait = whoWaits(course, mover);
  return mark === 'detour'
    ? `${wait}; ${course.problem.nodes[to]!.name} can take it meanwhile`
    : `${wait}, and no third node can take any of them meanwhile`;
}

/** Follows who waits for whose place, until somebody waits for the first one. */
function whoWaits(course: Course, m: number): string {
  const { movers, transit, problem } = course;
  const chain = [m];
  let isCircle = false;
  for (let last = m; chain.length < MOST_FOLLOWED; ) {
    const { to } = movers[last]!;
    const holders = course.pendingOn(to).filter((other) => other !== last);
    if (holders.includes(m)) isCircle = true;
    const next = holders.find((other) => !chain.includes(other));
    if (isCircle || next === undefined) break;
    chain.push(next);
    last = next;
  }
  const nameOf = (one: number) => problem.instances[movers[one]!.instances[0]!]!.name;
  const what = transit.fits(m, movers[m]!.to) ? 'place' : 'room';
  const names = chain.map(nameOf);
  const more = names.length - NAMED;
  const listed =
    more > 1
      ? `${names.slice(0, NAMED).join(', ')} and ${more} more`
      : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  if (isCircle && names.length > 1) return `${listed} wait for each other's ${what}`;
  const node = problem.nodes[movers[m]!.to]!.name;
  const first = chain[1];
  return first === undefined
    ? `${node} has no ${what} for it yet`
    : `${node} has no ${what} for it before ${nameOf(first)} has left`;
}
