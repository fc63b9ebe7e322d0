import type { NodeOpenness, Problem, ProblemApplication, ProblemNode, ProblemRule } from './problem.ts';

type Labelled = Pick<ProblemNode, 'name' | 'domain' | 'labels'>;

/** The value of a label on a node; `node` and `domain` are implied. */
function labelOf(node: Labelled, label: string): string | undefined {
  if (label === 'node') return node.name;
  if (label === 'domain') return node.domain;
  return node.labels[label];
}

export function matches(node: Labelled, rule: ProblemRule): boolean {
  const value = labelOf(node, rule.label);
  return value !== undefined && rule.in.includes(value);
}

/** Whether the application's allow and forbid rules let it on the node. */
export function allows(application: Pick<ProblemApplication, 'allow' | 'forbid'>, node: Labelled): boolean {
  return (
    application.allow.every((rule) => matches(node, rule)) && !application.forbid.some((rule) => matches(node, rule))
  );
}

/** Applications that may not share a node with each, whichever of the two says so. */
export function antiAffinities(problem: Problem): readonly (readonly number[])[] {
  const sets = problem.applications.map(() => new Set<number>());
  problem.applications.forEach((application, a) => {
    for (const b of application.antiAffinity) {
      sets[a]!.add(b);
      sets[b]!.add(a);
    }
  });
  return sets.map((set) => [...set].sort((x, y) => x - y));
}

/** Demand of an instance: measured where known. */
export function demandOf(problem: Problem, instance: number): readonly number[] {
  const one = problem.instances[instance]!;
  return one.demand ?? problem.applications[one.application]!.demand;
}

/** Per resource, what placement may fill of a node. */
export function roomOn({ capacity, reserve }: ProblemNode): readonly number[] {
  return capacity.map((amount, r) => Math.max(0, amount - reserve[r]!));
}

export function opennessText(openness: NodeOpenness): string {
  return openness === 'unheard' ? 'not heard' : openness;
}

/** What an instance counts for in load and imbalance: never more than its demand. */
export function loadOf(problem: Problem, instance: number): readonly number[] {
  return problem.instances[instance]!.load ?? demandOf(problem, instance);
}

/** Whether an instance runs where it could stay: if it moves, it moves by choice. */
export function couldStay(problem: Problem, instance: number): boolean {
  const home = problem.nodes[problem.instances[instance]!.home];
  return home !== undefined && home.openness !== 'gone' && home.openness !== 'draining';
}

/** Rank of each instance in the order in which they are given a place: 0 first; equal for equal priority and role. */
export function classRanks(problem: Problem): readonly number[] {
  const value = problem.instances.map(
    (one) => problem.applications[one.application]!.priority * 2 + (one.role === 'active' ? 1 : 0),
  );
  const sorted = [...new Set(value)].sort((x, y) => y - x);
  const rank = new Map(sorted.map((v, k) => [v, k]));
  return value.map((v) => rank.get(v)!);
}

/**
 * Per application: failure domains that its replicas can be spread over, those of open nodes that its rules allow; 0 where it
 * spreads over nodes. Counted once for all applications with the same rules: most have none, and there may be thousands.
 */
export function usableDomains({ applications, nodes }: Problem): readonly number[] {
  const open = nodes.filter((node) => node.openness === 'open');
  const known = new Map<string, number>();
  return applications.map((application) => {
    if (application.spread !== 'domain') return 0;
    const key = rulesKey(application);
    const found = known.get(key);
    if (found !== undefined) return found;
    const count = new Set(open.filter((node) => allows(application, node)).map((node) => node.domain)).size;
    known.set(key, count);
    return count;
  });
}

/** The same for applications that the same nodes are allowed to. */
export function rulesKey({ allow, forbid }: ProblemApplication): string {
  return JSON.stringify([allow, forbid]);
}
