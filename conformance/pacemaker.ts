/* Solves a case and holds the answer against Pacemaker's: placement, fencing, order of actions. */
import { type Action, orderedActions, type StartOrder } from '../placement/ordered-actions.ts';
import type { Solver } from '../placement/solver.ts';
import { notModelled, type PacemakerCase, type Places } from './pacemaker-case.ts';
import { brokenRules, worthOf } from './pacemaker-judge.ts';
import { poseCase } from './pacemaker-problem.ts';
import type { Verdict } from './verdict.ts';

const STEPS = 20_000;

export function runCase(solver: Solver, one: PacemakerCase): Verdict {
  const began = performance.now();
  const places = solveCase(solver, one);
  const plan = planOf(one, places);
  const milliseconds = performance.now() - began;
  const value = worthOf(one, places);
  const isMove = (app: string) => {
    const [from, to] = [one.current[app] ?? null, places[app] ?? null];
    return from !== null && to !== null && from !== to;
  };
  const reasons = [
    ...brokenRules(one, places),
    ...differences(one, places, value),
    ...planDifferences(one, planOf(one, one.expected.placement)),
  ];
  if (plan.actions === null) reasons.push('our placement has no plan: the orders go in a circle');
  const beyond = notModelled(one);
  return {
    name: one.name,
    value,
    reference: one.grade.best,
    moves: one.apps.filter((app) => isMove(app.id)).length,
    unplaced: one.apps.filter((app) => app.enabled && (places[app.id] ?? null) === null).length,
    milliseconds,
    reasons: beyond === null ? reasons : [`not modelled: ${beyond}`, ...reasons],
  };
}

/** Where each application goes. What must start after something that cannot run waits with it. */
function solveCase(solver: Solver, one: PacemakerCase): Places {
  const waiting = new Set<number>();
  for (;;) {
    const { problem, units, placesOf } = poseCase(one, waiting);
    const places = placesOf(solver.solve(problem, { seed: 1, steps: STEPS }).node);
    const lost = one.constraints.flatMap((rule) =>
      rule.type === 'order' &&
      rule.kind === 'Mandatory' &&
      (places[rule.first] ?? null) === null &&
      (places[rule.then] ?? null) !== null
        ? [units.findIndex((unit) => unit.includes(rule.then))]
        : [],
    );
    if (lost.length === 0) return places;
    for (const unit of lost) waiting.add(unit);
  }
}

interface Plan {
  readonly fenced: readonly string[];
  readonly actions: readonly Action[] | null;
  nameOf(action: Action): string; // as the case names it
}

function planOf(one: PacemakerCase, places: Places): Plan {
  const indexOf = new Map(one.apps.map((app, i) => [app.id, i]));
  const nodeOf = new Map(one.nodes.map((node, n) => [node.id, n]));
  const at = (where: Places) => one.apps.map((app) => nodeOf.get(where[app.id] ?? '') ?? -1);
  const pair = (first: string, then: string, needed: boolean): StartOrder => ({
    first: indexOf.get(first)!,
    second: indexOf.get(then)!,
    needed,
  });
  const orders = one.constraints.flatMap((rule): StartOrder[] => {
    if (rule.type === 'order') return [pair(rule.first, rule.then, rule.kind === 'Mandatory')];
    if (rule.type !== 'group') return [];
    return rule.apps.slice(1).map((app, k) => pair(rule.apps[k]!, app, true));
  });
  const fenced = one.policy.fencing ? one.nodes.flatMap((node, n) => (node.state === 'failed' ? [n] : [])) : [];
  const failed = one.apps.map((app) => app.failed);
  return {
    fenced: fenced.map((n) => one.nodes[n]!.id),
    actions: orderedActions({ from: at(one.current), to: at(places), failed, orders, fenced }),
    nameOf: ({ kind, instance, node }) =>
      kind === 'fence' ? `fence ${one.nodes[node]!.id}` : `${kind} ${one.apps[instance]!.id}@${one.nodes[node]!.id}`,
  };
}

function differences(one: PacemakerCase, places: Places, value: readonly number[]): readonly string[] {
  const found: string[] = [];
  if (value.join() !== one.grade.best.join()) found.push(`value ${value.join(' ')}, best ${one.grade.best.join(' ')}`);
  if (one.grade.pacemaker !== 'unique') return found;
  for (const [app, node] of Object.entries(one.expected.placement)) {
    if ((places[app] ?? null) !== node)
      found.push(`${app} on ${places[app] ?? 'no node'}, expected ${node ?? 'on none'}`);
  }
  return found;
}

/**
 * Fencing must be the same, and every expected pair of actions in that order, directly or through others. Pairs name nodes, so
 * of equal placements they are looked for in our plan for Pacemaker's.
 */
function planDifferences(one: PacemakerCase, { fenced, actions, nameOf }: Plan): readonly string[] {
  const found: string[] = [];
  const sorted = (names: readonly string[]) => [...names].sort().join(', ');
  if (sorted(fenced) !== sorted(one.expected.fence))
    found.push(`fences ${sorted(fenced) || 'none'}, expected ${sorted(one.expected.fence) || 'none'}`);
  if (actions === null) return [...found, 'the orders go in a circle'];
  const ours = new Map(actions.map((action, k) => [nameOf(action), k]));
  for (const [first, then] of one.expected.order) {
    const a = ours.get(first);
    const b = ours.get(then);
    if (a === undefined) found.push(`"${first}" is not done`);
    if (b === undefined) found.push(`"${then}" is not done`);
    if (a !== undefined && b !== undefined && !comesBefore(actions, a, b))
      found.push(`"${first}" is not before "${then}"`);
  }
  return [...new Set(found)];
}

function comesBefore(actions: readonly Action[], first: number, then: number): boolean {
  const open = [then];
  const seen = new Set(open);
  for (let k = open.pop(); k !== undefined; k = open.pop()) {
    for (const before of actions[k]!.after) {
      if (before === first) return true;
      if (!seen.has(before)) open.push(before);
      seen.add(before);
    }
  }
  return false;
}
