import type { Problem } from '../problem.ts';
import type { OrderedPlan, PlanStep } from './ordered-plan.ts';

export interface NamedStep extends Omit<PlanStep, 'instance' | 'from' | 'to'> {
  readonly instance: string;
  readonly from: string | null;
  readonly to: string | null;
}
export interface NamedPlan {
  readonly steps: readonly NamedStep[];
  readonly waves: OrderedPlan['waves'];
  readonly left: readonly { readonly instance: string; readonly why: string }[];
}

/** A plan as people and programs elsewhere read it: by name. */
export function namedPlan({ instances, nodes }: Problem, { steps, waves, left }: OrderedPlan): NamedPlan {
  const nodeName = (n: number) => nodes[n]?.name ?? null;
  return {
    steps: steps.map((step) => ({
      ...step,
      instance: instances[step.instance]!.name,
      from: nodeName(step.from),
      to: nodeName(step.to),
    })),
    waves,
    left: left.map(({ instance, why }) => ({ instance: instances[instance]!.name, why })),
  };
}
