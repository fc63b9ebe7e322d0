import type { Problem } from './problem.ts';
import { antiAffinities, demandOf, matches } from './rules.ts';

export interface Blocker {
  readonly kind: 'openness' | 'resource' | 'replica' | 'allow' | 'forbid' | 'affinity' | 'antiAffinity';
  readonly text: string;
  readonly resource?: number; // of kind resource
  readonly free?: number;
  readonly cause?: string; // the same for nodes that block in the same way
}

/** A placement seen from its nodes: made once for all questions about it. */
export interface Occupancy {
  readonly problem: Problem;
  readonly at: readonly number[];
  readonly onNode: readonly (readonly number[])[]; // instances
  readonly anti: readonly (readonly number[])[]; // per application
  readonly show: ShowAmount;
}

/** An amount of a resource, as it is shown in a reason. */
export type ShowAmount = (resource: string, amount: number) => string;
const plainly: ShowAmount = (_, amount) => `${amount}`;

export function occupancyOf(problem: Problem, placement: readonly number[], show = plainly): Occupancy {
  const onNode: number[][] = problem.nodes.map(() => []);
  for (const [i, node] of placement.entries()) if (node >= 0) onNode[node]!.push(i);
  return { problem, at: placement, onNode, anti: antiAffinities(problem), show };
}

/**
 * Every constraint that keeps an instance off a node, all at once, given where the others are. Empty where it could be
 * (also where it already is: what a running instance breaks at home is no blocker).
 */
export function blockersOf(
  problem: Problem,
  placement: readonly number[],
  instance: number,
  node: number,
  show?: ShowAmount,
): readonly Blocker[] {
  const occupancy = occupancyOf(problem, placement, show);
  return blockersAmong(occupancy, occupancy.onNode[node]!, instance, node);
}

/** The same, with only these instances on the node. */
export function blockersAmong(
  occupancy: Occupancy,
  onNode: readonly number[],
  instance: number,
  node: number,
): readonly Blocker[] {
  const { problem, at } = occupancy;
  const one = problem.instances[instance]!;
  const target = problem.nodes[node]!;
  const application = problem.applications[one.application]!;
  if (target.openness === 'gone') return [{ kind: 'openness', text: `${target.name} is gone`, cause: 'gone' }];
  if (at[instance] === node) return [];
  const found: Blocker[] = [];
  const isHome = one.home === node;
  if (target.openness !== 'open' && !isHome) {
    const cause = target.openness === 'unheard' ? 'not heard' : target.openness;
    found.push({ kind: 'openness', text: `${target.name} is ${cause}: nothing new goes there`, cause });
  }
  const here = onNode.filter((i) => i !== instance);
  found.push(...resourceBlockers(occupancy, here, instance, node));
  if (!isHome) {
    for (const rule of application.allow) {
      if (matches(target, rule)) continue;
      const cause = `${rule.label}=${rule.in.join('|')}`;
      found.push({ kind: 'allow', text: `allowed only where ${cause}`, cause });
    }
    for (const rule of application.forbid) {
      if (!matches(target, rule)) continue;
      const cause = `${rule.label}=${rule.in.join('|')}`;
      found.push({ kind: 'forbid', text: `forbidden where ${cause}`, cause });
    }
  }
  const anti = occupancy.anti[one.application]!;
  for (const i of here) {
    const other = problem.instances[i]!;
    if (isHome && other.home === node) continue;
    if (other.application === one.application) {
      found.push({ kind: 'replica', text: `${other.name} of the same application is there` });
    } else if (anti.includes(other.application)) {
      const cause = problem.applications[other.application]!.name;
      found.push({ kind: 'antiAffinity', text: `may not run beside ${cause}, and ${other.name} is there`, cause });
    }
  }
  for (const b of application.affinity) {
    if (here.some((i) => problem.instances[i]!.application === b)) continue;
    if (isHome && !problem.instances.some((other) => other.application === b && other.home === node)) continue;
    const cause = problem.applications[b]!.name;
    found.push({ kind: 'affinity', text: `must run beside ${cause}, which is not there`, cause });
  }
  return found;
}

function resourceBlockers(
  { problem, show }: Occupancy,
  here: readonly number[],
  instance: number,
  node: number,
): readonly Blocker[] {
  const target = problem.nodes[node]!;
  const bringsNothingNew =
    problem.instances[instance]!.home === node && here.every((i) => problem.instances[i]!.home === node);
  if (bringsNothingNew) return [];
  return problem.resources.flatMap((name, r): Blocker[] => {
    const needs = demandOf(problem, instance)[r]!;
    const used = here.reduce((sum, i) => sum + demandOf(problem, i)[r]!, 0);
    const capacity = target.capacity[r]!;
    const reserve = target.reserve[r]!;
    const free = Math.max(0, capacity - reserve - used);
    if (used + needs <= Math.max(0, capacity - reserve)) return [];
    const [asked, left, all, kept, taken] = [needs, free, capacity, reserve, used].map((amount) => show(name, amount));
    const text = `needs ${asked} of ${name}, ${left} free (${all} capacity, ${kept} reserve, ${taken} used)`;
    return [{ kind: 'resource', text, resource: r, free, cause: name }];
  });
}
