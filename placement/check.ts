/*
 * Whether an answer keeps every hard rule, judged from the problem alone. Shares no code with the solver or cost.ts, so that
 * an error in either cannot hide here.
 */
import type { Problem } from './problem.ts';

export interface Violation {
  readonly rule:
    | 'length'
    | 'node'
    | 'pinned'
    | 'openness'
    | 'capacity'
    | 'label'
    | 'replica'
    | 'antiAffinity'
    | 'affinity'
    | 'moves';
  readonly instance: number; // -1 where it concerns no single one
  readonly node: number;
  readonly text: string;
}

/** All violations; what broke a rule at home before and still is there counts as none. */
export function violationsOf(problem: Problem, placement: readonly number[]): readonly Violation[] {
  const found: Violation[] = [];
  const { nodes, instances, applications } = problem;
  if (placement.length !== instances.length) {
    return [
      { rule: 'length', instance: -1, node: -1, text: `${placement.length} places for ${instances.length} instances` },
    ];
  }
  const add = (rule: Violation['rule'], instance: number, node: number, text: string): void => {
    found.push({ rule, instance, node, text });
  };
  for (const [i, at] of placement.entries()) {
    const one = instances[i]!;
    const home = nodes[one.home];
    if (one.pinned && home !== undefined && home.openness !== 'gone' && at !== one.home) {
      add('pinned', i, at, `${one.name} is pinned to ${home.name}`);
    }
    if (at === -1) continue;
    const node = nodes[at];
    if (node === undefined) {
      add('node', i, at, `${one.name} is on ${at}, which is no node`);
      continue;
    }
    if (node.openness === 'gone') add('openness', i, at, `${one.name} is on ${node.name}, which is gone`);
    if (at === one.home) continue;
    if (node.openness !== 'open') add('openness', i, at, `${one.name} goes to ${node.name}, which is ${node.openness}`);
    const labels: Record<string, string> = { ...node.labels, node: node.name, domain: node.domain };
    const { allow, forbid } = applications[one.application]!;
    for (const { label, in: values } of allow) {
      if (!values.some((value) => value === labels[label])) add('label', i, at, `${one.name}: ${label} not allowed`);
    }
    for (const { label, in: values } of forbid) {
      if (values.some((value) => value === labels[label])) add('label', i, at, `${one.name}: ${label} forbidden`);
    }
  }
  const byChoice = placement.filter((at, i) => {
    const home = nodes[instances[i]!.home];
    return at >= 0 && home !== undefined && home !== nodes[at] && !['gone', 'draining'].includes(home.openness);
  });
  if (problem.maxMoves !== undefined && byChoice.length > problem.maxMoves) {
    add('moves', -1, -1, `${byChoice.length} move that could stay, ${problem.maxMoves} may`);
  }
  const onNode = new Map<number, number[]>();
  for (const [i, at] of placement.entries()) {
    const others = onNode.get(at);
    if (others === undefined) onNode.set(at, [i]);
    else others.push(i);
  }
  for (const [n, node] of nodes.entries()) {
    const here = onNode.get(n) ?? [];
    if (here.some((i) => instances[i]!.home !== n)) {
      for (const [r, name] of problem.resources.entries()) {
        let used = 0;
        for (const i of here) used += (instances[i]!.demand ?? applications[instances[i]!.application]!.demand)[r]!;
        const room = Math.max(0, node.capacity[r]! - node.reserve[r]!);
        if (used > room) add('capacity', -1, n, `${node.name} has ${room} of ${name} to give, ${used} used`);
      }
    }
    for (const i of here) {
      const one = instances[i]!;
      for (const j of here) {
        const other = instances[j]!;
        if (i === j || (one.home === n && other.home === n)) continue;
        if (one.application === other.application) {
          if (i < j) add('replica', i, n, `${one.name} and ${other.name} are both on ${node.name}`);
        } else if (applications[one.application]!.antiAffinity.includes(other.application)) {
          add('antiAffinity', i, n, `${one.name} is beside ${other.name} on ${node.name}`);
        }
      }
      for (const b of applications[one.application]!.affinity) {
        if (here.some((j) => instances[j]!.application === b)) continue;
        const lackedBefore = one.home === n && !instances.some((other) => other.application === b && other.home === n);
        if (!lackedBefore) add('affinity', i, n, `${one.name} is not beside ${applications[b]!.name} on ${node.name}`);
      }
    }
  }
  return found;
}
