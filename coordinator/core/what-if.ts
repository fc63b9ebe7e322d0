import { namedPlan } from '../../placement/plan/named.ts';
import { orderedPlan, type PlanOptions } from '../../placement/plan/ordered-plan.ts';
import type { Problem, Solution } from '../../placement/problem.ts';
import { explainUnplaced } from '../../placement/unplaced.ts';
import type { PlanPreview, PlanRequest, PreviewSteps } from '../../protocol/api.ts';
import { appOf, type InstanceId, type NodeName } from '../../protocol/ids.ts';
import { showQuantity } from '../../protocol/quantity.ts';
import { impossibleBudget } from './budgets.ts';
import { stepOptions, withoutReserve } from './order-of-steps.ts';
import { highestLoad, holdsMeasured, poseProblem } from './problem.ts';
import { byName, type State } from './state.ts';
import { worthOfLevelling } from './worth.ts';

/* What would happen if: the same problem as in earnest, with nodes gone, added or emptied. Nothing is done. */

export interface WhatIf {
  readonly problem: Problem;
  /** The same with less and less held, one after the other for when something would have to wait. */
  readonly freer: readonly Problem[];
  readonly homes: readonly number[]; // where each instance is today, by node index
  readonly reasons: { readonly lost: ReadonlySet<string>; readonly drained: ReadonlySet<string> };
  readonly question: string;
  /** Moves that are only for the better happen when they gain this much; null where what moves must. */
  readonly leastGain: number | null;
  readonly stepOptions: PlanOptions;
  readonly heldBy: ReadonlyMap<string, string>; // instances that their budget keeps where they are, and why
}
export type WhatIfResult =
  | { readonly ok: true; readonly whatIf: WhatIf }
  | { readonly ok: false; readonly code: 'NODE_UNKNOWN' | 'CONFLICT'; readonly message: string };

export function buildWhatIf(state: State, request: PlanRequest): WhatIfResult {
  const known = [...state.nodes.keys()].sort(byName);
  for (const node of [...request.fail, ...request.drain]) {
    if (!state.nodes.has(node))
      return {
        ok: false,
        code: 'NODE_UNKNOWN',
        message: `There is no node ${node}. Known nodes: ${known.join(', ') || 'none yet'}.`,
      };
  }
  const model = known[0] === undefined ? undefined : state.nodes.get(known[0])?.record;
  if (request.add > 0 && !model)
    return { ok: false, code: 'CONFLICT', message: 'There is no node yet that an added one could be like.' };
  const gone = new Set<NodeName>(request.fail);
  const drained = new Set<NodeName>(request.drain);
  // an added node is there to be used; otherwise what is well stays where it is
  const purpose = request.add > 0 ? 'what-if' : 'repair';
  const today = poseProblem(state, { purpose: 'what-if' }).problem;
  const { problem } = poseProblem(state, { purpose, gone, drained });
  const added = Array.from({ length: request.add }, (_, index) => `new-${index + 1}`).map((name) => {
    const capacity = problem.resources.map((resource) => model?.capacity[resource] ?? 0);
    return {
      name,
      capacity,
      reserve: capacity.map((amount) => Math.floor(amount * state.settings.reserveShare)),
      domain: name,
      labels: {},
      openness: 'open' as const,
    };
  });
  const rated = holdsMeasured(problem) ? [poseProblem(state, { purpose: 'repair-rated', gone, drained }).problem] : [];
  const free = poseProblem(state, { purpose: 'repair-free', gone, drained }).problem;
  const isForced = gone.size + drained.size > 0;
  const heldBy = heldByBudget(state, problem);
  return {
    ok: true,
    whatIf: {
      problem: { ...problem, nodes: [...problem.nodes, ...added] },
      freer: purpose === 'what-if' ? [] : [...rated, free],
      homes: today.instances.map((instance) => instance.home),
      reasons: { lost: gone, drained },
      question: questionOf(request),
      leastGain: isForced ? null : state.settings.rebalanceGain,
      stepOptions: {
        ...stepOptions(state, problem),
        mayStop: (i) => isForced && !heldBy.has(problem.instances[i]!.name),
      },
      heldBy,
    },
  };
}

function heldByBudget(state: State, { instances }: Problem): Map<string, string> {
  return new Map(
    instances.flatMap(({ name }) => {
      const spec = state.apps.get(appOf(name as InstanceId))?.spec;
      const why = spec ? impossibleBudget(spec) : null;
      return why === null ? [] : [[name, why] as const];
    }),
  );
}

/** Whether something would have to wait, or would stay where it should not, though freer questions may be asked. */
export function wantsMoreFreedom({ problem, homes, reasons, heldBy }: WhatIf, solution: Solution): boolean {
  if (solution.unplaced.length > 0) return true;
  return solution.node.some(
    (node, i) =>
      node === homes[i] &&
      reasons.drained.has(problem.nodes[node]?.name ?? '') &&
      !heldBy.has(problem.instances[i]!.name),
  );
}

function questionOf({ fail, add, drain }: PlanRequest): string {
  const parts = [
    fail.length > 0 ? `${fail.join(', ')} failed` : '',
    drain.length > 0 ? `${drain.join(', ')} ${drain.length === 1 ? 'was' : 'were'} drained` : '',
    add > 0 ? `${add} ${add === 1 ? 'node was' : 'nodes were'} added` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'If a plan were made now' : `If ${parts.join(' and ')}`;
}

export function preview(whatIf: WhatIf, solution: Solution, solverMs: number): PlanPreview {
  const { problem, homes, reasons } = whatIf;
  const nodeName = (index: number | undefined) => problem.nodes[index ?? -1]?.name ?? null;
  const promotions = promotionsOf(whatIf);
  const moves = problem.instances.flatMap((instance, index) => {
    const from = nodeName(homes[index]);
    const to = nodeName(solution.node[index]);
    if (from === to || to === null) return [];
    const why =
      from === null
        ? 'it runs nowhere yet'
        : reasons.lost.has(from)
          ? `${from} is lost`
          : reasons.drained.has(from)
            ? `${from} is drained`
            : 'to level the load or make room';
    return [{ instance: instance.name, from, to, why }];
  });
  const unplaced = solution.unplaced.map(({ instance, reasons: why }) => ({
    instance: problem.instances[instance]?.name ?? '?',
    from: nodeName(homes[instance]),
    reasons: why,
  }));
  const maxLoadBefore = highestLoad(problem, homes);
  const placed = homes.every((home) => home >= 0);
  if (whatIf.leastGain !== null && placed && promotions.length + unplaced.length === 0) {
    const worth = worthOfLevelling(problem, homes, solution.node, whatIf.leastGain);
    const text = `${whatIf.question}: nothing would be moved, because ${worth.text}.`;
    if (!worth.worthIt) {
      const maxLoadAfter = maxLoadBefore;
      return {
        moves: [],
        promotions,
        unplaced,
        stays: [],
        plan: NO_STEPS,
        maxLoadBefore,
        maxLoadAfter,
        text,
        solverMs,
      };
    }
  }
  const plan = namedPlan(problem, orderedPlan(withoutReserve(problem), solution.node, whatIf.stepOptions));
  const stays = staysOf(whatIf, solution, plan);
  const maxLoadAfter = highestLoad(problem, solution.node);
  const percent = (load: number) => `${Math.round(load * 100)} %`;
  const text = [
    `${whatIf.question}: ${moves.length} ${moves.length === 1 ? 'instance' : 'instances'} would be started elsewhere or moved`,
    promotions.length > 0 ? `${promotions.length} promoted` : '',
    unplaced.length > 0 ? `${unplaced.length} would have to wait` : '',
    stays.length > 0 ? `${stays.length} could not leave` : '',
    unplaced.length + stays.length === 0 ? 'everything would fit' : '',
    `the highest load would be ${percent(maxLoadAfter)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
  return { moves, promotions, unplaced, stays, plan, maxLoadBefore, maxLoadAfter, text: `${text}.`, solverMs };
}

/** What would stay on a node that was to be emptied. */
function staysOf(whatIf: WhatIf, solution: Solution, plan: PreviewSteps): PlanPreview['stays'] {
  const { problem, homes, reasons, heldBy } = whatIf;
  const onDrained = (i: number) => reasons.drained.has(problem.nodes[homes[i] ?? -1]?.name ?? '');
  const left = new Map(plan.left.map(({ instance, why }) => [instance, why]));
  const here = [...homes.keys()].filter(
    (i) => onDrained(i) && (solution.node[i] === homes[i] || left.has(problem.instances[i]!.name)),
  );
  // why it finds no other place is why it would wait if the nodes that are emptied were not there
  const others = problem.nodes.filter((node) => !reasons.drained.has(node.name));
  const otherIndex = problem.nodes.map((node) => others.indexOf(node));
  const elsewhere: Problem = {
    ...problem,
    nodes: others,
    instances: problem.instances.map((one) => {
      const home = otherIndex[one.home] ?? -1;
      return { ...one, home, pinned: one.pinned && home >= 0 };
    }),
  };
  const placement = solution.node.map((node) => otherIndex[node] ?? -1);
  const why = new Map(explainUnplaced(elsewhere, placement, showQuantity).map((one) => [one.instance, one.reasons]));
  return here.map((i) => {
    const { name } = problem.instances[i]!;
    const own = heldBy.get(name) ?? left.get(name);
    return { instance: name, node: problem.nodes[homes[i]!]!.name, reasons: own ? [own] : (why.get(i) ?? []) };
  });
}

const NO_STEPS: PreviewSteps = { steps: [], waves: [], left: [] };

/** Standbys that would become active because their application's actives are on a lost node. */
function promotionsOf({ problem, homes, reasons }: WhatIf): { instance: string; node: string }[] {
  const onLost = (index: number) => reasons.lost.has(problem.nodes[homes[index] ?? -1]?.name ?? '');
  const free = new Map<number, { instance: string; node: string }[]>();
  problem.instances.forEach((instance, index) => {
    const node = problem.nodes[homes[index] ?? -1]?.name;
    if (instance.role !== 'standby' || node === undefined || onLost(index)) return;
    const list = free.get(instance.application) ?? [];
    list.push({ instance: instance.name, node });
    free.set(instance.application, list);
  });
  return problem.instances.flatMap((instance, index) => {
    // its role in the problem is taken from what runs: a lost active one is still told as active in today's
    if (instance.role !== 'active' || homes[index] === -1 || !onLost(index)) return [];
    const next = free.get(instance.application)?.shift();
    return next ? [next] : [];
  });
}
