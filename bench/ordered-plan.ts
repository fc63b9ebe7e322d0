/*
 * Ordered plans for a large cluster: CPU time, and how many go over a third node or are stopped. The cluster is generated; so are
 * the changes, of which all but the first two leave nodes with room for nothing but what is there before and after.
 *
 *   node bench/ordered-plan.ts [NODES INSTANCES]    default: 5,000 with 50,000
 */
import { violationsOf } from '../placement/check.ts';
import { type OrderedPlan, orderedPlan } from '../placement/plan/ordered-plan.ts';
import type { Problem } from '../placement/problem.ts';
import { demandOf } from '../placement/rules.ts';
import { cpuMs } from './cpu-time.ts';
import { drawing, largeCluster } from './generated-cluster.ts';
import { median } from './median.ts';

const RUNS = 5;
const SOME_ROOM = 20; // one node of so many has the room it has; the others just enough

interface Change {
  readonly name: string;
  readonly problem: Problem;
  readonly target: readonly number[];
}

/** A placement in the making that keeps the rules. */
class Draft {
  readonly problem: Problem;
  readonly at: number[];
  readonly #on: Set<number>[];
  readonly #used: number[][];

  constructor(problem: Problem) {
    this.problem = problem;
    this.at = problem.instances.map(() => -1);
    this.#on = problem.nodes.map(() => new Set());
    this.#used = problem.nodes.map(() => problem.resources.map(() => 0));
    for (const [i, { home }] of problem.instances.entries()) this.put(i, home);
  }
  put(instance: number, node: number): void {
    const demand = demandOf(this.problem, instance);
    const before = this.at[instance]!;
    const add = (n: number, sign: number) =>
      demand.forEach((amount, r) => {
        this.#used[n]![r]! += sign * amount;
      });
    if (before >= 0) add(before, -1);
    if (before >= 0) this.#on[before]!.delete(instance);
    add(node, 1);
    this.#on[node]!.add(instance);
    this.at[instance] = node;
  }
  used(node: number): readonly number[] {
    return this.#used[node]!;
  }
  fits(instance: number, node: number): boolean {
    const { capacity } = this.problem.nodes[node]!;
    return demandOf(this.problem, instance).every((amount, r) => this.#used[node]![r]! + amount <= capacity[r]!);
  }
  suits(instance: number, node: number): boolean {
    const { instances, applications, nodes } = this.problem;
    const a = instances[instance]!.application;
    return (
      nodes[node]!.openness === 'open' &&
      [...this.#on[node]!].every((i) => {
        const b = instances[i]!.application;
        return a !== b && !applications[a]!.antiAffinity.includes(b) && !applications[b]!.antiAffinity.includes(a);
      })
    );
  }
}

function shifts(problem: Problem, count: number, isMeant: (instance: number) => boolean): readonly number[] {
  const draft = new Draft(problem);
  const below = drawing(7);
  let left = count;
  for (const i of problem.instances.keys()) {
    if (!isMeant(i) || left === 0) continue;
    left--;
    for (let tries = 0; tries < 100; tries++) {
      const n = below(problem.nodes.length);
      if (n === draft.at[i] || !draft.suits(i, n) || !draft.fits(i, n)) continue;
      draft.put(i, n);
      break;
    }
  }
  return draft.at;
}

/** Circles of so many instances, each of which goes where the next one was. */
function circles(problem: Problem, count: number, length: number): readonly number[] {
  const draft = new Draft(problem);
  const below = drawing(7);
  const moved = new Set<number>();
  for (let made = 0; made < count; ) {
    const members = Array.from({ length }, () => below(problem.instances.length));
    const nodes = members.map((i) => draft.at[i]!);
    const goes = members.map((_, k) => nodes[(k + 1) % length]!);
    if (new Set(nodes).size < length || members.some((i) => moved.has(i))) continue;
    if (!members.every((i, k) => draft.suits(i, goes[k]!))) continue;
    members.forEach((i, k) => {
      draft.put(i, goes[k]!);
      moved.add(i);
    });
    made++;
  }
  return draft.at;
}

/** The same cluster with nodes just large enough for what is there before and after, but for a few. */
function tightened(problem: Problem, target: readonly number[], someRoom: boolean): Problem {
  const before = new Draft(problem);
  const after = new Draft(problem);
  target.forEach((node, i) => {
    after.put(i, node);
  });
  return {
    ...problem,
    nodes: problem.nodes.map((node, n) => {
      const least = node.capacity.map((_, r) => Math.max(before.used(n)[r]!, after.used(n)[r]!));
      const isRoomy = someRoom && n % SOME_ROOM === 1;
      return { ...node, capacity: isRoomy ? least.map((amount, r) => Math.max(amount, node.capacity[r]!)) : least };
    }),
  };
}

function changesOf(cluster: Problem): Change[] {
  const open: Problem = { ...cluster, nodes: cluster.nodes.map((node) => ({ ...node, openness: 'open' })) };
  const rack = cluster.nodes[20]!.domain;
  const drained: Problem = {
    ...cluster,
    nodes: cluster.nodes.map((node) => (node.domain === rack ? { ...node, openness: 'draining' } : node)),
  };
  const leaves = (i: number) => drained.nodes[drained.instances[i]!.home]!.openness !== 'open';
  const swapped = circles(open, 1500, 2);
  const circled = circles(open, 1000, 4);
  return [
    { name: 'a node lost, a rack of 20 drained', problem: drained, target: shifts(drained, 1e9, leaves) },
    { name: '3,000 moves to nodes with room', problem: open, target: shifts(open, 3000, (i) => i % 16 === 0) },
    { name: '1,500 swaps', problem: tightened(open, swapped, true), target: swapped },
    { name: '1,500 swaps, room nowhere else', problem: tightened(open, swapped, false), target: swapped },
    { name: '1,000 circles of four', problem: tightened(open, circled, true), target: circled },
    { name: '1,000 circles of four, room nowhere else', problem: tightened(open, circled, false), target: circled },
  ];
}

const [nodeCount = 5000, instanceCount = nodeCount * 10] = process.argv.slice(2).map(Number);
const countOf = (plan: OrderedPlan, is: (step: OrderedPlan['steps'][number]) => boolean) =>
  plan.steps.filter(is).length;
console.log('| change | steps | waves | over a third node | stopped | left | CPU ms |');
console.log('|---|--:|--:|--:|--:|--:|--:|');
for (const { name, problem, target } of changesOf(largeCluster(nodeCount, instanceCount))) {
  const broken = violationsOf(problem, target);
  if (broken.length > 0) throw new Error(`${name}: ${broken[0]!.text}`);
  const runs = Array.from({ length: RUNS }, () => cpuMs(() => orderedPlan(problem, target)));
  const plan = runs[0]!.result;
  const cells = [
    name,
    plan.steps.length,
    plan.waves.length,
    countOf(plan, ({ detour }) => detour),
    countOf(plan, ({ interrupts }) => interrupts),
    plan.left.length,
    median(runs.map(({ ms }) => ms)).toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
