import { constraintsEverywhere, smallestLift } from './lift.ts';
import { occupancyOf } from './occupancy.ts';
import type { Problem } from './problem.ts';
import { classRanks } from './rules.ts';

export interface Shortage {
  readonly node: number;
  readonly resource: number;
  readonly amount: number; // so much more of it there
}
export interface ShortRoom {
  /** With so much more room, all that wait would run, but those that rules alone keep from every node. */
  readonly short: readonly Shortage[];
  readonly ruledOut: readonly number[]; // instances
  readonly counted: number; // of those that wait: where very many do, the most important
}

const MOST_COUNTED = 100;

/** What is lacking for those that wait, one after the other where least is, everything else staying where it is. */
export function shortRoom(problem: Problem, placement: readonly number[]): ShortRoom {
  const ranks = classRanks(problem);
  const waiting = [...placement.keys()].filter((i) => placement[i]! < 0).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  const counted = Math.min(waiting.length, MOST_COUNTED);
  const at = [...placement];
  let roomier = problem;
  const short = new Map<string, Shortage>();
  const ruledOut: number[] = [];
  for (const i of waiting.slice(0, counted)) {
    const occupancy = occupancyOf(roomier, at);
    // only room is to be had more of: a node that anything else keeps it off counts as gone
    const constraints = constraintsEverywhere(occupancy, i);
    const isOnlyFull = constraints.map((list) => list.every(({ kind }) => kind === 'resource'));
    const nodes = roomier.nodes.map((node, n) => (isOnlyFull[n] ? node : { ...node, openness: 'gone' as const }));
    const lift = smallestLift({ ...occupancy, problem: { ...roomier, nodes } }, constraints);
    if (lift === null) {
      ruledOut.push(i);
      continue;
    }
    at[i] = lift.node;
    for (const { resource, missing } of lift.lifted) {
      const key = `${lift.node} ${resource}`;
      const amount = (short.get(key)?.amount ?? 0) + missing!;
      short.set(key, { node: lift.node, resource: resource!, amount });
      roomier = withMore(roomier, lift.node, resource!, missing!);
    }
  }
  return { short: [...short.values()], ruledOut, counted };
}

function withMore(problem: Problem, node: number, resource: number, amount: number): Problem {
  const more = (amounts: readonly number[], least: number) =>
    amounts.map((value, r) => (r === resource ? Math.max(value, least) + amount : value));
  return {
    ...problem,
    nodes: problem.nodes.map((one, n) =>
      n === node ? { ...one, capacity: more(one.capacity, one.reserve[resource]!) } : one,
    ),
  };
}
