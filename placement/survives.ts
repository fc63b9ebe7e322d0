/*
 * Whether the loss of any one node, or of any one failure domain with all its nodes, could be absorbed: everything that runs now would
 * run again, others moving aside where that helps. What waits already is no part of the question.
 *
 * First by free room alone, which settles nearly every loss of a cluster with room; the others are put to the solver, the largest
 * first. So "survives" is proved by an arrangement; "would not" says that the search found none.
 */
import { absorption } from './absorb.ts';
import type { Problem } from './problem.ts';
import type { ShortRoom } from './shortage.ts';
import { shortRoom } from './shortage.ts';
import type { Solver } from './solver.ts';

export interface Loss {
  readonly nodes: readonly number[];
  readonly domain: string | null; // null: of one node
  readonly waiting: readonly number[]; // instances that run now and would have to wait
}
export interface Survival {
  readonly anyNode: boolean;
  readonly anyDomain: boolean | null; // null: no domain has more than one node, or there is only one
  /** Those that could not be absorbed, the worst first. */
  readonly losses: readonly Loss[];
  /** What is lacking after the worst loss of a node, and of a domain. */
  readonly nodeLacks: ShortRoom | null;
  readonly domainLacks: ShortRoom | null;
  readonly searched: number; // losses that free room alone did not settle
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
  const { homes } = running;
  const isAbsorbed = absorption(running.problem, homes);
  const nodes = lossesOfNodes(running.problem, homes);
  const domains = lossesOfDomains(running.problem, homes);
  const hard = [...nodes, ...domains].filter((loss) => !isAbsorbed(new Set(loss.nodes)));
  const found: { readonly loss: Loss; readonly lacks: () => ShortRoom }[] = [];
  for (const loss of hard) {
    if (options.isOver?.() === true) return null;
    const without = withoutNodes(running.problem, loss.nodes);
    const answer = bestWithout(solver, without, options);
    const waiting = [...answer.keys()].filter((i) => answer[i]! < 0);
    if (waiting.length === 0) continue;
    const asked = { ...loss, waiting: waiting.map((i) => running.instances[i]!) };
    const lacks = () => {
      const { short, ruledOut, counted } = shortRoom(without, answer);
      return { short, ruledOut: ruledOut.map((i) => running.instances[i]!), counted };
    };
    found.push({ loss: asked, lacks });
  }
  found.sort((a, b) => b.loss.waiting.length - a.loss.waiting.length);
  const worstNode = found.find(({ loss }) => loss.domain === null);
  const worstDomain = found.find(({ loss }) => loss.domain !== null);
  return {
    anyNode: worstNode === undefined,
    anyDomain: domains.length === 0 ? null : worstDomain === undefined,
    losses: found.map(({ loss }) => loss),
    nodeLacks: worstNode?.lacks() ?? null,
    domainLacks: worstDomain?.lacks() ?? null,
    searched: hard.length,
  };
}

/** The problem of what runs alone: at home where it runs, and free to move. */
function onlyRunning(problem: Problem, placement: readonly number[]) {
  const instances = [...placement.keys()].filter((i) => placement[i]! >= 0);
  const homes = instances.map((i) => placement[i]!);
  const { maxMoves: _, ...rest } = problem;
  const free = instances.map((i, k) => ({ ...problem.instances[i]!, home: homes[k]!, pinned: false }));
  return { problem: { ...rest, instances: free }, instances, homes };
}

type Asked = Omit<Loss, 'waiting'>;

function lossesOfNodes({ nodes }: Problem, homes: readonly number[]): readonly Asked[] {
  const used = new Set(homes);
  return nodes.flatMap((node, n) => (node.openness === 'gone' || !used.has(n) ? [] : [{ nodes: [n], domain: null }]));
}

/** Of several nodes; that of the only domain is no question, since it leaves nothing. */
function lossesOfDomains({ nodes }: Problem, homes: readonly number[]): readonly Asked[] {
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
