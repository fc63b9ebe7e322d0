/*
 * A way in for what waits where there is hardly more room than what would run needs: nodes are filled one after another, each
 * with a set that leaves next to nothing of what is scarce, found by looking through sets in a random order. Moving one or a few,
 * as the search does, never comes there.
 */

import { type Bin, fillInTurn } from './fill.ts';
import { movesByChoice } from './occupancy.ts';
import type { Problem } from './problem.ts';
import { allows, antiAffinities, classRanks, demandOf, roomOn } from './rules.ts';
import { unitsOf } from './units.ts';
import { whoCouldWait } from './who-could-wait.ts';

const MOST_NODES = 64;
const MOST_INSTANCES = 400;

/** Answers with a placement in which less that matters waits, or null. Each attempt is another, and the same each time. */
export interface Refill {
  attempt(number: number): { readonly node: readonly number[] | null; readonly looks: number };
}

/** `placed`: node of each instance, -1 for those that wait. Null where it is no way, or too large. */
export function beginRefill(problem: Problem, placed: readonly number[]): Refill | null {
  const open = problem.nodes.filter(({ openness }) => openness === 'open').length;
  if (open < 2 || open > MOST_NODES) return null;
  const free = freeInstances(problem, placed);
  const waits = placed.flatMap((node, i) => (node === -1 ? [i] : []));
  if (waits.length === 0 || free.length > MOST_INSTANCES || waits.some((i) => !free.includes(i))) return null;
  const { up, down } = unitsOf(problem);
  const need = problem.instances.map((_, i) => up(demandOf(problem, i)));
  const roomOf = problem.nodes.map((node) => down(roomOn(node)));
  const bins = binsOf(problem, placed, need, new Set(free), roomOf);
  if (bins === null) return null;
  const room = problem.resources.map((_, r) => bins.reduce((sum, bin) => sum + bin.room[r]!, 0));
  const choices = whoCouldWait({ ranks: classRanks(problem), need, room, free, waits });
  if (choices.length === 0) return null;
  const groups = problem.instances.map((one) => one.application);
  const mayBeOn = (i: number, node: number) => allows(problem.applications[groups[i]!]!, problem.nodes[node]!);
  return {
    attempt(number) {
      const out = choices[number % choices.length]!;
      const order = free.filter((i) => !out.includes(i));
      const { sets, looks } = fillInTurn({ need, bins, group: groups, mayBeOn }, order, number + 1);
      if (sets === null) return { node: null, looks };
      const node = [...placed];
      for (const i of free) node[i] = -1;
      for (const [b, set] of sets.entries()) for (const i of set) node[i] = bins[b]!.node;
      const moves = node.filter((at, i) => movesByChoice(problem, i, at)).length;
      return { node: moves <= (problem.maxMoves ?? Infinity) ? node : null, looks };
    },
  };
}

/** Instances of applications all of which may be on any open node that rules and room allow, whatever else is there. */
function freeInstances(problem: Problem, placed: readonly number[]): number[] {
  const anti = antiAffinities(problem);
  const isTied = problem.applications.map((_, a) => anti[a]!.length > 0);
  const tie = (a: number, others: readonly number[]) => {
    for (const other of others) {
      isTied[a] = true;
      isTied[other] = true;
    }
  };
  for (const [a, one] of problem.applications.entries()) {
    tie(a, one.affinity);
    tie(
      a,
      (one.near ?? []).map(({ application }) => application),
    );
  }
  for (const [i, { application, pinned }] of problem.instances.entries()) {
    const node = problem.nodes[placed[i]!];
    if (pinned || (node !== undefined && node.openness !== 'open')) isTied[application] = true;
  }
  return problem.instances.flatMap(({ application }, i) => (isTied[application]! ? [] : [i]));
}

/** Open nodes with the room that what cannot move leaves, small ones first; null where one is over-full. */
function binsOf(
  problem: Problem,
  placed: readonly number[],
  need: readonly (readonly number[])[],
  free: ReadonlySet<number>,
  roomOf: readonly (readonly number[])[],
): Bin[] | null {
  const room = [...roomOf];
  for (const [i, node] of placed.entries()) {
    if (node !== -1 && !free.has(i)) room[node] = room[node]!.map((amount, r) => amount - need[i]![r]!);
  }
  const bins = problem.nodes.flatMap(({ openness }, node) =>
    openness === 'open' ? [{ node, room: room[node]! }] : [],
  );
  if (bins.some((bin) => bin.room.some((amount) => amount < 0))) return null;
  const most = problem.resources.map((_, r) => Math.max(1, ...bins.map((bin) => bin.room[r]!)));
  const size = (bin: Bin) => bin.room.reduce((total, amount, r) => total + amount / most[r]!, 0);
  return bins.sort((a, b) => size(a) - size(b));
}
