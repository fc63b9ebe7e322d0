import { isRunning } from '../cost.ts';
import type { Problem } from '../problem.ts';
import { allows, classRanks, demandOf, opennessText } from '../rules.ts';

/* Who moves: single instances, and those that affinity makes go together. Who may not move at all is told here, with its reason. */

export interface Mover {
  readonly instances: readonly number[]; // several where they begin and end together
  readonly from: number; // -1: they run nowhere
  readonly to: number; // -1: they are stopped for good
  readonly demand: readonly number[]; // per resource, of all
  readonly rank: number; // of the most important one, 0 first
  readonly size: number; // largest share of what a node has on average
  readonly mayStop: boolean; // may be stopped before there is room for it elsewhere
  readonly mayDetour: boolean;
  readonly stopsFirst: boolean; // is always stopped before it starts elsewhere, also when there is room
}

export interface Permissions {
  readonly mayStop: (instance: number) => boolean;
  readonly mayDetour: (instance: number) => boolean;
  readonly stopsFirst: (instance: number) => boolean;
}

export interface Left {
  readonly instance: number; // stays where it is
  readonly why: string;
}

export interface Movers {
  readonly movers: readonly Mover[];
  readonly left: readonly Left[];
}

/** `staying` holds instances that are known to have to stay, with the reason. */
export function moversOf(
  problem: Problem,
  target: readonly number[],
  permissions: Permissions,
  staying: ReadonlyMap<number, string>,
): Movers {
  const left: Left[] = [];
  const moving: number[] = [];
  for (const [instance, to] of target.entries()) {
    if (to === homeOf(problem, instance)) continue;
    const why = staying.get(instance) ?? whyNotTo(problem, instance, to);
    if (why === null) moving.push(instance);
    else left.push({ instance, why });
  }
  const ranks = classRanks(problem);
  const means = problem.resources.map((_, r) => {
    const all = problem.nodes.reduce((sum, node) => sum + node.capacity[r]!, 0);
    return Math.max(1, all / Math.max(1, problem.nodes.length));
  });
  const movers = together(problem, target, moving).map((instances): Mover => {
    const demand = means.map((_, r) => instances.reduce((sum, i) => sum + demandOf(problem, i)[r]!, 0));
    return {
      instances,
      from: homeOf(problem, instances[0]!),
      to: target[instances[0]!]!,
      demand,
      rank: Math.min(...instances.map((i) => ranks[i]!)),
      size: Math.max(0, ...demand.map((amount, r) => amount / means[r]!)),
      mayStop: instances.every(permissions.mayStop),
      mayDetour: instances.every(permissions.mayDetour),
      stopsFirst: instances.some(permissions.stopsFirst),
    };
  });
  return { movers, left };
}

/** Where an instance runs today; -1 also when its node is gone. */
export function homeOf(problem: Problem, instance: number): number {
  return isRunning(problem, instance) ? problem.instances[instance]!.home : -1;
}

function whyNotTo(problem: Problem, instance: number, to: number): string | null {
  const one = problem.instances[instance]!;
  const home = homeOf(problem, instance);
  if (one.pinned && home >= 0) return `it is pinned to ${problem.nodes[home]!.name}`;
  const node = problem.nodes[to];
  if (node === undefined) return null;
  if (node.openness !== 'open') return `${node.name} is ${opennessText(node.openness)}: nothing new goes there`;
  return allows(problem.applications[one.application]!, node) ? null : `its rules do not allow ${node.name}`;
}

/**
 * Instances that must go as one: on the same way, where one needs the other beside it. Who starts or stops for good needs that only
 * where the need goes in a circle; otherwise the order alone keeps it.
 */
function together(problem: Problem, target: readonly number[], moving: readonly number[]): number[][] {
  const affinityOf = (i: number) => problem.applications[problem.instances[i]!.application]!.affinity;
  if (moving.every((i) => affinityOf(i).length === 0)) return moving.map((i) => [i]);
  const leader = new Map(moving.map((i) => [i, i]));
  const find = (i: number): number => {
    const next = leader.get(i)!;
    return next === i ? i : find(next);
  };
  const way = (i: number) => `${homeOf(problem, i)}>${target[i]}`;
  const onSameWay = Map.groupBy(moving, way);
  for (const i of moving) {
    const needed = affinityOf(i);
    if (needed.length === 0) continue;
    const isMove = homeOf(problem, i) >= 0 && target[i]! >= 0;
    for (const j of onSameWay.get(way(i))!) {
      const { application } = problem.instances[j]!;
      if (!needed.includes(application)) continue;
      if (isMove || needs(problem, application, problem.instances[i]!.application)) leader.set(find(i), find(j));
    }
  }
  return [...Map.groupBy(moving, find).values()];
}

/** Whether an application needs another beside it, through others too. */
function needs(problem: Problem, application: number, other: number): boolean {
  const seen = new Set<number>();
  const open = [application];
  for (let a = open.pop(); a !== undefined; a = open.pop()) {
    for (const b of problem.applications[a]!.affinity) {
      if (b === other) return true;
      if (!seen.has(b)) open.push(b);
      seen.add(b);
    }
  }
  return false;
}
