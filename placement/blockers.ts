import { isRunning } from './cost.ts';
import { movesByChoice, type Occupancy, type Tenants } from './occupancy.ts';
import { demandOf, matches, opennessText, roomOn } from './rules.ts';

export interface Blocker {
  readonly kind:
    | 'openness'
    | 'pinned'
    | 'moves'
    | 'resource'
    | 'replica'
    | 'allow'
    | 'forbid'
    | 'affinity'
    | 'antiAffinity'
    | 'dependent';
  readonly text: string;
  readonly resource?: number; // of kind resource
  readonly free?: number;
  readonly missing?: number; // how much more room it would take
  readonly inReserve?: number; // so much of that the node has, and keeps
  readonly cause?: string; // the same for nodes that block in the same way
}

/**
 * Every constraint that keeps an instance off a node, all at once, given where the others are. Empty where it could be
 * (also where it already is: what a running instance breaks at home is no blocker).
 */
export function blockersOf(occupancy: Occupancy, instance: number, node: number): readonly Blocker[] {
  return blockersAmong(occupancy, occupancy.tenants[node]!, instance, node);
}

/** The same, with only these on the node. */
export function blockersAmong(
  occupancy: Occupancy,
  tenants: Tenants,
  instance: number,
  node: number,
): readonly Blocker[] {
  const { problem, at } = occupancy;
  const target = problem.nodes[node]!;
  if (target.openness === 'gone') return [{ kind: 'openness', text: `${target.name} is gone`, cause: 'gone' }];
  if (at[instance] === node) return [];
  return [
    ...holdBlockers(occupancy, instance, node),
    ...resourceBlockers(occupancy, tenants, instance, node),
    ...labelBlockers(occupancy, instance, node),
    ...companyBlockers(occupancy, tenants, instance, node),
    ...dependentBlockers(occupancy, instance),
  ];
}

/** Whether anything at all may come to the node, and this instance may go. */
function holdBlockers(occupancy: Occupancy, instance: number, node: number): Blocker[] {
  const { problem, at } = occupancy;
  const { home, pinned } = problem.instances[instance]!;
  const target = problem.nodes[node]!;
  const found: Blocker[] = [];
  if (target.openness !== 'open' && home !== node) {
    const cause = opennessText(target.openness);
    found.push({ kind: 'openness', text: `${target.name} is ${cause}: nothing new goes there`, cause });
  }
  if (pinned && home !== node && isRunning(problem, instance)) {
    const { name } = problem.nodes[home]!;
    found.push({ kind: 'pinned', text: `it is held on ${name}`, cause: name });
  }
  const { maxMoves } = problem;
  if (maxMoves === undefined || !movesByChoice(problem, instance, node)) return found;
  const others = occupancy.movedByChoice - (movesByChoice(problem, instance, at[instance]!) ? 1 : 0);
  if (others >= maxMoves)
    found.push({ kind: 'moves', text: `no more than ${maxMoves} may move`, cause: `${maxMoves}` });
  return found;
}

function resourceBlockers(occupancy: Occupancy, tenants: Tenants, instance: number, node: number): Blocker[] {
  const { problem, show } = occupancy;
  const target = problem.nodes[node]!;
  const bringsNothingNew = problem.instances[instance]!.home === node && tenants.strangers === 0;
  if (bringsNothingNew) return [];
  const demand = demandOf(problem, instance);
  const rooms = roomOn(target);
  const found: Blocker[] = [];
  for (const [r, name] of problem.resources.entries()) {
    const needs = demand[r]!;
    const used = tenants.used[r]!;
    const capacity = target.capacity[r]!;
    const reserve = target.reserve[r]!;
    const room = rooms[r]!;
    if (used + needs <= room) continue;
    const free = Math.max(0, room - used);
    const missing = used + needs - room;
    const inReserve = Math.min(missing, Math.max(0, capacity - Math.max(room, used)));
    const [asked, left, all, kept, taken] = [needs, free, capacity, reserve, used].map((amount) => show(name, amount));
    const text = `needs ${asked} of ${name}, ${left} free (${all} capacity, ${kept} reserve, ${taken} used)`;
    found.push({ kind: 'resource', text, resource: r, free, missing, inReserve, cause: name });
  }
  return found;
}

function labelBlockers({ problem }: Occupancy, instance: number, node: number): Blocker[] {
  const one = problem.instances[instance]!;
  if (one.home === node) return [];
  const target = problem.nodes[node]!;
  const found: Blocker[] = [];
  for (const kind of ['allow', 'forbid'] as const) {
    for (const rule of problem.applications[one.application]![kind]) {
      if (matches(target, rule) === (kind === 'allow')) continue;
      const cause = `${rule.label}=${rule.in.join('|')}`;
      found.push({ kind, text: `${kind === 'allow' ? 'allowed only' : 'forbidden'} where ${cause}`, cause });
    }
  }
  return found;
}

/** Who is there and should not be, and who should be and is not. */
function companyBlockers(occupancy: Occupancy, { list }: Tenants, instance: number, node: number): Blocker[] {
  const { problem } = occupancy;
  const { application: a, home } = problem.instances[instance]!;
  const isHome = home === node;
  const anti = occupancy.anti[a]!;
  const found: Blocker[] = [];
  for (const i of list) {
    const other = problem.instances[i]!;
    if (i === instance || (isHome && other.home === node)) continue;
    if (other.application === a) {
      found.push({ kind: 'replica', text: `${other.name} of the same application is there` });
    } else if (anti.includes(other.application)) {
      const cause = problem.applications[other.application]!.name;
      found.push({ kind: 'antiAffinity', text: `may not run beside ${cause}, and ${other.name} is there`, cause });
    }
  }
  for (const b of new Set(problem.applications[a]!.affinity)) {
    if (list.some((i) => i !== instance && problem.instances[i]!.application === b)) continue;
    if (isHome && !runsAtHome(occupancy, b, node)) continue;
    const cause = problem.applications[b]!.name;
    found.push({ kind: 'affinity', text: `must run beside ${cause}, which is not there`, cause });
  }
  return found;
}

/** Who stays behind where the instance is now, and must run beside its application. */
function dependentBlockers(occupancy: Occupancy, instance: number): Blocker[] {
  const { problem, at, tenants } = occupancy;
  const from = at[instance]!;
  if (from < 0) return [];
  const { application: a } = problem.instances[instance]!;
  const others = tenants[from]!.list.filter((i) => i !== instance);
  if (others.some((i) => problem.instances[i]!.application === a)) return [];
  return others.flatMap((i): Blocker[] => {
    const { application: b, home, name } = problem.instances[i]!;
    if (!problem.applications[b]!.affinity.includes(a)) return [];
    if (home === from && !runsAtHome(occupancy, a, from)) return [];
    const text = `${name} stays on ${problem.nodes[from]!.name} and must run beside it`;
    return [{ kind: 'dependent', text, cause: problem.applications[b]!.name }];
  });
}

/** Whether an instance of the application has its home on the node: without one, those at home there do without too. */
function runsAtHome({ problem }: Occupancy, application: number, node: number): boolean {
  return problem.instances.some((one) => one.application === application && one.home === node);
}
