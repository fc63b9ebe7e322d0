import type { Problem } from '../../placement/problem.ts';
import type { Solver } from '../../placement/solver.ts';
import { survives, type ToldLoss } from '../../placement/survives.ts';
import type { Survey, SurveyLoss } from '../core/events.ts';

/** Enough per lost node to tell whether the rest fits; the real plan is made when it is needed. */
const SURVEY_STEPS = 20_000;

/** Which losses could be absorbed from where everything is at home, with names for numbers; null when it was ended before. */
export function survey(solver: Solver, problem: Problem, isOver: () => boolean): Survey | null {
  const placement = problem.instances.map((instance) => instance.home);
  const found = survives(solver, problem, placement, { seed: 1, steps: SURVEY_STEPS, isOver });
  if (found === null) return null;
  const { anyNode, anyDomain, losses, worstNode, worstDomain, taking } = found;
  const told = (worst: ToldLoss | null): SurveyLoss | null => {
    if (worst === null) return null;
    const short = new Map<string, number>();
    for (const { resource, amount } of worst.short) {
      const name = problem.resources[resource]!;
      short.set(name, (short.get(name) ?? 0) + amount);
    }
    return {
      what: worst.domain ?? problem.nodes[worst.nodes[0]!]!.name,
      waiting: worst.waiting.map((i) => problem.instances[i]!.name),
      short: [...short].map(([resource, amount]) => ({ resource, amount })),
      ruledOut: worst.ruledOut.length,
      isPartial: worst.counted < worst.waiting.length,
      others: losses.filter(({ domain }) => (domain === null) === (worst.domain === null)).length - 1,
    };
  };
  return { anyNode, anyDomain, node: told(worstNode), domain: told(worstDomain), taking };
}
