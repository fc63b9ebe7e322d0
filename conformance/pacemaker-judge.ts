/*
 * What an answer to a case is worth, from the case alone; shares nothing with the solver or the problem that it is given.
 * First how many units run, per priority, the highest first; then the sum of scores: stickiness of what stays and has not
 * failed, locations, finite colocations that are met.
 */
import { INFINITY_SCORE, mayRun, type PacemakerCase, type Places, unitsOf } from './pacemaker-case.ts';

export function worthOf(one: PacemakerCase, places: Places): readonly number[] {
  const priority = new Map(one.apps.map((app) => [app.id, app.priority]));
  const counts = new Map(one.grade.priorities.map((value) => [value, 0]));
  for (const unit of unitsOf(one)) {
    if (unit.some((app) => (places[app] ?? null) === null)) continue;
    const value = Math.max(...unit.map((app) => priority.get(app)!));
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let score = 0;
  for (const app of one.apps) {
    const node = places[app.id] ?? null;
    if (node !== null && node === one.current[app.id] && !app.failed) score += app.stickiness;
  }
  for (const rule of one.constraints) {
    if (rule.type === 'location' && rule.score > -INFINITY_SCORE && places[rule.app] === rule.node) score += rule.score;
    if (rule.type !== 'colocation' || Math.abs(rule.score) >= INFINITY_SCORE) continue;
    const node = places[rule.app] ?? null;
    if (node !== null && node === places[rule.with]) score += rule.score;
  }
  return [...[...counts].sort(([x], [y]) => y - x).map(([, count]) => count), score];
}

/** Everything that the answer does against the case's rules. */
export function brokenRules(one: PacemakerCase, places: Places): readonly string[] {
  const broken: string[] = [];
  const nodeOf = (app: string) => places[app] ?? null;
  const stateOf = new Map(one.nodes.map((node) => [node.id, node.state]));
  for (const app of one.apps) {
    const node = nodeOf(app.id);
    if (node === null) continue;
    if (!app.enabled) broken.push(`${app.id} is disabled and runs`);
    if (!mayRun(one)) broken.push(`${app.id} runs without quorum`);
    if (stateOf.get(node) !== 'online') broken.push(`${app.id} is on ${node}, which is ${stateOf.get(node)}`);
    const here = one.constraints.filter(
      (rule) => rule.type === 'location' && rule.app === app.id && rule.node === node,
    );
    if (!one.policy.symmetric && here.length === 0) broken.push(`${app.id} is on ${node} without leave`);
  }
  for (const rule of one.constraints) {
    if (rule.type === 'group') {
      const where = rule.apps.map(nodeOf);
      if (new Set(where.filter((node) => node !== null)).size > 1) broken.push(`group ${rule.id} is apart`);
      if (where.some((node, k) => k > 0 && node !== null && where[k - 1] === null))
        broken.push(`group ${rule.id} has a gap`);
    } else if (rule.type === 'location') {
      if (rule.score <= -INFINITY_SCORE && nodeOf(rule.app) === rule.node)
        broken.push(`${rule.app} is on ${rule.node}`);
    } else if (rule.type === 'order') {
      if (rule.kind === 'Mandatory' && nodeOf(rule.then) !== null && nodeOf(rule.first) === null)
        broken.push(`${rule.then} runs without ${rule.first}`);
    } else if (nodeOf(rule.app) !== null) {
      const together = nodeOf(rule.app) === nodeOf(rule.with);
      if (rule.score >= INFINITY_SCORE && !together) broken.push(`${rule.app} is not with ${rule.with}`);
      if (rule.score <= -INFINITY_SCORE && together) broken.push(`${rule.app} is with ${rule.with}`);
    }
  }
  if (one.policy.placement === 'default') return broken;
  for (const node of one.nodes) {
    for (const [resource, capacity] of Object.entries(node.cap ?? {})) {
      const here = one.apps.filter((app) => nodeOf(app.id) === node.id);
      const used = here.reduce((sum, app) => sum + (app.demand[resource] ?? 0), 0);
      if (used > capacity) broken.push(`${node.id} has ${capacity} of ${resource}, ${used} used`);
    }
  }
  return broken;
}
