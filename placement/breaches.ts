/*
 * What still stands where it should not, in words: the second level of the cost (cost.ts), thing by thing. It ran so before, and
 * nothing better was found.
 */
import { type Occupancy, occupancyOf, type ShowAmount } from './occupancy.ts';
import type { Problem, ProblemRule } from './problem.ts';
import { matches } from './rules.ts';

const MOST = 1000;
const NAMED = 5;

/**
 * A sentence for each node that holds more than it has or should hold nothing, and for each rule that is broken; of very many the
 * first thousand. None: all is in order.
 */
export function breachesOf(problem: Problem, placement: readonly number[], show?: ShowAmount): readonly string[] {
  const found: string[] = [];
  for (const breach of breachesIn(occupancyOf(problem, placement, show))) {
    found.push(breach);
    if (found.length === MOST) break;
  }
  return found;
}

function* breachesIn(occupancy: Occupancy): Generator<string> {
  const { problem, show } = occupancy;
  for (const [n, node] of problem.nodes.entries()) {
    const { list, used } = occupancy.tenants[n]!;
    for (const [r, resource] of problem.resources.entries()) {
      const capacity = node.capacity[r]!;
      if (used[r]! > capacity)
        yield `${node.name} holds ${show(resource, used[r]!)} of ${resource} and has ${show(resource, capacity)}`;
    }
    if (node.openness === 'draining' && list.length > 0)
      yield `${named(problem, list)} ${list.length === 1 ? 'stays' : 'stay'} on ${node.name}, which is draining`;
    for (const i of list) yield* brokenLabels(problem, i, n);
    yield* brokenCompany(occupancy, n);
  }
}

function* brokenLabels({ nodes, applications, instances }: Problem, instance: number, node: number): Generator<string> {
  const { name, application } = instances[instance]!;
  const at = nodes[node]!;
  const said = ({ label, in: values }: ProblemRule) => `${label}=${values.join('|')}`;
  for (const rule of applications[application]!.allow)
    if (!matches(at, rule)) yield `${name} stays on ${at.name}, and is allowed only where ${said(rule)}`;
  for (const rule of applications[application]!.forbid)
    if (matches(at, rule)) yield `${name} stays on ${at.name}, and is forbidden where ${said(rule)}`;
}

function* brokenCompany({ problem, tenants, anti }: Occupancy, node: number): Generator<string> {
  const { applications, instances, nodes } = problem;
  const at = nodes[node]!.name;
  const here = Map.groupBy(tenants[node]!.list, (i) => instances[i]!.application);
  for (const [a, list] of here) {
    for (const b of new Set(applications[a]!.affinity)) {
      if (here.has(b)) continue;
      for (const i of list)
        yield `${instances[i]!.name} is on ${at} without ${applications[b]!.name}, which it must be beside`;
    }
    const others = anti[a]!.filter((b) => a < b).flatMap((b) => here.get(b) ?? []);
    for (const [k, i] of list.entries()) {
      for (const j of [...list.slice(k + 1, k + 1 + MOST), ...others])
        yield `${instances[i]!.name} and ${instances[j]!.name} are both on ${at}, and may not be`;
    }
  }
}

function named({ instances }: Problem, list: readonly number[]): string {
  const names = list.slice(0, NAMED).map((i) => instances[i]!.name);
  return list.length > NAMED ? `${names.join(', ')} and ${list.length - NAMED} more` : names.join(', ');
}
