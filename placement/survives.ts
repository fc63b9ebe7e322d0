/*
 * Whether the loss of any one node, or of any one failure domain with all its nodes, could be absorbed: everything that runs now would
 * run again, others moving aside where that helps. What waits already is no part of the question.
 *
 * First by free room alone, which settles nearly every loss of a cluster with room; and by the total of room, where that is too little.
 * The others are put to the solver. So "survives" is proved by an arrangement; "would not" by too little room in all, or it says that
 * the search found none.
 */
import { absorption } from './absorb.ts';
import type { Problem, ProblemNode } from './problem.ts';
import { demandOf, roomOn } from './rules.ts';
import { type ShortRoom, shortRoom } from './shortage.ts';
import type { Solver } from './solver.ts';

export interface Loss {
  readonly nodes: readonly number[];
  readonly domain: string | null; // null: of one node
}
export interface ToldLoss extends Loss, ShortRoom {
  readonly waiting: readonly number[]; // instances that run now and would have to wait
}
export interface Survival {
  readonly anyNode: boolean | null; // null: nothing runs that a loss could stop
  readonly anyDomain: boolean | null; // null: no domain has more than one node, or there is only one
  readonly losses: readonly Loss[]; // those that could not be absorbed
  readonly worstNode: ToldLoss | null; // of them
  readonly worstDomain: ToldLoss | null;
  readonly taking: number; // nodes to which something new may go
  readonly searched: number; // losses that neither free room nor the total of it settled
}

export interface SurvivalOptions {
  readonly seed: number;
  readonly steps: number; // per loss that is searched
  /** Asked between losses; true ends it without an answer. */
  readonly isOver?: () => boolean;
}

const SLICES = 5; // of the steps of one loss, after each of which it may have been absorbed

/** Null where it was ended before. */
export function survives(
  solver: Solver,
  problem: Problem,
  placement: readonly number[],
  options: SurvivalOptions,
): Survival | null {
  const running = onlyRunning(problem, placement);
  const unabsorbed = absorption(running.problem, running.homes);
  const nodes = lossesOfNodes(running.problem, running.homes);
  const domains = lossesOfDomains(running.problem, running.homes);
  const found: Found[] = [];
  let searched = 0;
  for (const loss of [...nodes, ...domains]) {
    const left = unabsorbed(new Set(loss.nodes));
    if (left === 0) continue;
    if (options.isOver?.() === true) return null;
    const without = withoutNodes(running.problem, loss.nodes);
    if (isTooMuch(without)) {
      found.push({ loss, without, size: left, answer: null });
      continue;
    }
    searched++;
    const answer = bestWithout(solver, without, options);
    const size = answer.filter((node) => node < 0).length;
    if (size > 0) found.push({ loss, without, size, answer });
  }
  found.sort((a, b) => b.size - a.size);
  const worstNode = found.find(({ loss }) => loss.domain === null);
  const worstDomain = found.find(({ loss }) => loss.domain !== null);
  const tell = (worst: Found | undefined): ToldLoss | null => {
    if (worst === undefined) return null;
    const answer = worst.answer ?? solver.begin(worst.without, options.seed).placement();
    const waiting = [...answer.keys()].filter((i) => answer[i]! < 0);
    const { short, ruledOut, counted } = shortRoom(worst.without, answer);
    const named = (list: readonly number[]) => list.map((i) => running.instances[i]!);
    return { ...worst.loss, waiting: named(waiting), short, ruledOut: named(ruledOut), counted };
  };
  return {
    anyNode: nodes.length === 0 ? null : worstNode === undefined,
    anyDomain: domains.length === 0 ? null : worstDomain === undefined,
    losses: found.map(({ loss }) => loss),
    worstNode: tell(worstNode),
    worstDomain: tell(worstDomain),
    taking: problem.nodes.filter(({ openness }) => openness === 'open').length,
    searched,
  };
}

interface Found {
  readonly loss: Loss;
  readonly without: Problem;
  readonly size: number; // about how many would wait
  readonly answer: readonly number[] | null; // null: there is too little in all, so that no search was needed
}

/** The problem of what runs alone: at home where it runs, and free to move. */
function onlyRunning(problem: Problem, placement: readonly number[]) {
  const instances = [...placement.keys()].filter((i) => placement[i]! >= 0);
  const homes = instances.map((i) => placement[i]!);
  const { maxMoves: _, ...rest } = problem;
  const free = instances.map((i, k) => ({ ...problem.instances[i]!, home: homes[k]!, pinned: false }));
  return { problem: { ...rest, instances: free }, instances, homes };
}

function lossesOfNodes({ nodes }: Problem, homes: readonly number[]): readonly Loss[] {
  const used = new Set(homes);
  return nodes.flatMap((node, n) => (node.openness === 'gone' || !used.has(n) ? [] : [{ nodes: [n], domain: null }]));
}

/** Of several nodes; that of the only domain is no question, since it leaves nothing. */
function lossesOfDomains({ nodes }: Problem, homes: readonly number[]): readonly Loss[] {
  const used = new Set(homes);
  const standing = [...nodes.keys()].filter((n) => nodes[n]!.openness !== 'gone');
  const domains = Map.groupBy(standing, (n) => nodes[n]!.domain);
  if (domains.size < 2) return [];
  return [...domains]
    .filter(([, inside]) => inside.length > 1 && inside.some((n) => used.has(n)))
    .map(([domain, inside]) => ({ nodes: inside, domain }));
}

function withoutNodes(problem: Problem, lost: readonly number[]): Problem {
  return {
    ...problem,
    nodes: problem.nodes.map((node, n) => (lost.includes(n) ? { ...node, openness: 'gone' } : node)),
  };
}

function bestWithout(solver: Solver, problem: Problem, { seed, steps }: SurvivalOptions): readonly number[] {
  const search = solver.begin(problem, seed);
  let best = search.placement();
  for (let k = 0; k < SLICES && best.includes(-1); k++) {
    search.run(Math.ceil(steps / SLICES));
    best = search.placement();
  }
  return best;
}

/** Whether all together want more than all nodes may hold, so that no arrangement has everything run. */
function isTooMuch(problem: Problem): boolean {
  const { nodes, instances, resources } = problem;
  return resources.some((_, r) => {
    const atHome = nodes.map(() => 0);
    let wanted = 0;
    instances.forEach(({ home }, i) => {
      const amount = demandOf(problem, i)[r]!;
      wanted += amount;
      if (home >= 0) atHome[home]! += amount;
    });
    const mostOn = (node: ProblemNode, n: number) => {
      if (node.openness === 'gone') return 0;
      // more than its room is only on a node that holds nothing new
      return Math.max(node.openness === 'open' ? roomOn(node)[r]! : 0, atHome[n]!);
    };
    return wanted > nodes.reduce((sum, node, n) => sum + mostOn(node, n), 0);
  });
}
