/* Whether another answer than the expected one is as good, from the case alone; shares nothing with the solver. */
import { isStrict } from './pve-apps.ts';
import { nameOf, type PveCase, rankIn, schedulerOf } from './pve-case.ts';
import type { Expected } from './pve-expected.ts';

export type Places = ReadonlyMap<string, string | null>; // per service: its node, or that it does not run

const EQUAL = 1e-9;

/**
 * As good: the same services run, no rule is broken, no more of them came to another node, and the nodes are as evenly used, as
 * the case's scheduler measures it. Each is on a node that its rule prefers as much. Where a service is expected to return to where
 * it was, only that is right.
 */
export function isAsGood(one: PveCase, expected: Expected, ours: Places, changes: number): boolean {
  const isRunning = (places: Places, id: string) => (places.get(id) ?? null) !== null;
  if ([...expected.places.keys()].some((id) => isRunning(ours, id) !== isRunning(expected.places, id))) return false;
  if (expected.returned.size > 0 || brokenRules(one, ours).length > 0) return false;
  if (one.rules.some((rule) => isPreferredLess(rule, expected.places, ours))) return false;
  if (changes > [...expected.changes.values()].reduce((sum, count) => sum + count, 0)) return false;
  const theirs = loadsOf(one, expected.places);
  const found = loadsOf(one, ours);
  const k = found.findIndex((load, n) => Math.abs(load - theirs[n]!) > EQUAL);
  return k < 0 || found[k]! < theirs[k]!;
}

function isPreferredLess(rule: PveCase['rules'][number], expected: Places, ours: Places): boolean {
  if (rule.type !== 'node-affinity') return false;
  const rank = (node: string | null | undefined) => (node == null ? -1 : rankIn(rule.nodes, node));
  return rule.resources.some((id) => rank(ours.get(id)) < rank(expected.get(id)));
}

/** The rules, by name, that the services that run break. */
export function brokenRules({ rules }: PveCase, places: Places): readonly string[] {
  return rules.flatMap((rule) => {
    const nodes = rule.resources.flatMap((id) => places.get(id) ?? []);
    const different = new Set(nodes).size;
    const holds =
      rule.type === 'node-affinity'
        ? !isStrict(rule) || nodes.every((node) => rule.nodes.map(nameOf).includes(node))
        : different === (rule.affinity === 'positive' ? Math.min(1, nodes.length) : nodes.length);
    return holds ? [] : [rule.id];
  });
}

/** How used each node is, the fullest first: by the number of services, or by its fuller resource. */
function loadsOf(one: PveCase, places: Places): number[] {
  const scheduler = schedulerOf(one);
  const loads = one.nodes.map(({ id, cap }) => {
    const here = one.apps.filter((app) => places.get(app.id) === id);
    if (scheduler === 'basic') return here.length;
    const share = (given: 'maxcpu' | 'maxmem', used: 'cpu' | 'mem') => {
      const all = here.reduce((sum, { demand }) => sum + (demand?.[scheduler === 'dynamic' ? used : given] ?? 0), 0);
      return all / (cap[given] ?? 1);
    };
    return Math.max(share('maxcpu', 'cpu'), share('maxmem', 'mem'));
  });
  return loads.sort((a, b) => b - a);
}
