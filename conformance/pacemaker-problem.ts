/*
 * A case as our placement problem. A group is one instance: its members' demands, scores and bans together. Pacemaker bears
 * nothing at home that breaks a rule, so nothing is at home here: stickiness is a preference for the node of today.
 */
import type { CompanyPreference, NodePreference, Problem, ProblemNode } from '../placement/problem.ts';
import { INFINITY_SCORE, mayRun, type PacemakerCase, type Places, unitsOf } from './pacemaker-case.ts';

const GAIN_WEIGHT = 1e-3; // keeps the sum of many infinite scores countable
const STAY_GAIN = 0.25; // less than any score: of equals, that which moves nothing

export interface PosedCase {
  readonly problem: Problem;
  readonly units: readonly (readonly string[])[];
  placesOf(node: readonly number[]): Places;
}

/** `waiting`: units that wait because what they must start after does. */
export function poseCase(one: PacemakerCase, waiting: ReadonlySet<number>): PosedCase {
  const units = unitsOf(one);
  const unitOf = new Map(units.flatMap((unit, u) => unit.map((app) => [app, u] as const)));
  const appOf = new Map(one.apps.map((app) => [app.id, app]));
  const resources = one.policy.placement === 'default' ? [] : resourcesOf(one);
  const total = resources.map((name) => 1 + one.apps.reduce((sum, app) => sum + (app.demand[name] ?? 0), 0));
  const nodes = one.nodes.map(
    (node): ProblemNode => ({
      name: node.id,
      capacity: resources.map((name, r) => Math.min(total[r]!, node.cap?.[name] ?? total[r]!)),
      reserve: resources.map(() => 0),
      domain: node.id,
      labels: {},
      openness: node.state === 'online' && mayRun(one) ? 'open' : 'gone',
    }),
  );
  const ranks = [...new Set(units.map((unit) => priorityOf(one, unit)))].sort((x, y) => x - y);
  const at = (node: string) => ({ label: 'node', in: [node] });
  const applications = units.map((unit, u) => {
    const locations = one.constraints.flatMap((rule) =>
      rule.type === 'location' && unit.includes(rule.app) ? [rule] : [],
    );
    const colocations = one.constraints.flatMap((rule) =>
      rule.type === 'colocation' && unit.includes(rule.app) && !unit.includes(rule.with) ? [rule] : [],
    );
    const partner = (app: string) => unitOf.get(app);
    const sticky = unit.flatMap((app): NodePreference[] => {
      const node = one.current[app] ?? null;
      if (node === null || appOf.get(app)!.failed) return [];
      return [{ ...at(node), gain: appOf.get(app)!.stickiness + STAY_GAIN / units.length / unit.length }];
    });
    const wished = locations.filter((rule) => rule.score > -INFINITY_SCORE);
    const allowed = locations.filter((rule) => rule.score >= 0).map((rule) => rule.node);
    const needs = colocations.filter((rule) => rule.score >= INFINITY_SCORE).map((rule) => partner(rule.with));
    const isLost = waiting.has(u) || needs.includes(undefined); // what it must be beside does not run at all
    return {
      name: unit.join('+'),
      priority: ranks.indexOf(priorityOf(one, unit)),
      demand: resources.map((name) => unit.reduce((sum, app) => sum + (appOf.get(app)!.demand[name] ?? 0), 0)),
      allow: isLost ? [{ label: 'node', in: [] }] : one.policy.symmetric ? [] : [{ label: 'node', in: allowed }],
      forbid: locations.filter((rule) => rule.score <= -INFINITY_SCORE).map((rule) => at(rule.node)),
      affinity: [...new Set(needs.filter((other) => other !== undefined))],
      antiAffinity: colocations
        .filter((rule) => rule.score <= -INFINITY_SCORE)
        .flatMap((rule) => partner(rule.with) ?? []),
      spread: 'node' as const,
      prefer: [...sticky, ...wished.map((rule) => ({ ...at(rule.node), gain: rule.score }))],
      near: colocations.flatMap((rule): CompanyPreference[] => {
        const other = partner(rule.with);
        if (other === undefined || Math.abs(rule.score) >= INFINITY_SCORE) return [];
        return [{ application: other, gain: rule.score }];
      }),
    };
  });
  const problem: Problem = {
    resources,
    nodes,
    applications,
    instances: units.map((unit, u) => ({
      name: unit.join('+'),
      application: u,
      role: 'active',
      home: -1,
      pinned: false,
      unease: 0,
      demand: null,
    })),
    weights: { load: 0, imbalance: 0, move: GAIN_WEIGHT },
  };
  const placesOf = (node: readonly number[]): Places =>
    Object.fromEntries(
      one.apps.map((app) => {
        const unit = unitOf.get(app.id);
        return [app.id, unit === undefined ? null : (nodes[node[unit]!]?.name ?? null)];
      }),
    );
  return { problem, units, placesOf };
}

/** A group is as important as its most important member. */
function priorityOf(one: PacemakerCase, unit: readonly string[]): number {
  return Math.max(...one.apps.filter((app) => unit.includes(app.id)).map((app) => app.priority));
}

function resourcesOf(one: PacemakerCase): readonly string[] {
  return [
    ...new Set(
      [...one.apps, ...one.nodes.map((node) => ({ demand: node.cap ?? {} }))].flatMap((x) => Object.keys(x.demand)),
    ),
  ];
}
