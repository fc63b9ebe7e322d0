import type { Problem } from '../problem.ts';
import { allows, antiAffinities, demandOf, roomOn } from '../rules.ts';
import { homeOf, type Mover } from './movers.ts';

/**
 * Who is where while one step after the other is tried, and which of them may come or go. What is judged is one step on
 * its own, with both of its ends held: everything else stands still.
 */
export class Transit {
  readonly problem: Problem;
  readonly movers: readonly Mover[];
  /** node * resources + resource: what may still be given; below 0 where more is used. */
  readonly free: Float64Array;
  readonly at: Int32Array; // mover → node, -1: nowhere
  readonly #on: number[][]; // node → instances
  readonly #home: readonly (readonly number[])[]; // the same today
  readonly #anti: readonly (readonly number[])[];
  /** Applications that others need beside them → those; empty where no affinity is asked for. */
  readonly #dependents: ReadonlyMap<number, readonly number[]>;

  constructor(problem: Problem, movers: readonly Mover[]) {
    this.problem = problem;
    this.movers = movers;
    const { nodes, resources, applications, instances } = problem;
    this.#anti = antiAffinities(problem);
    this.#on = nodes.map(() => []);
    this.free = new Float64Array(nodes.length * resources.length);
    nodes.forEach((node, n) => {
      this.free.set(roomOn(node), n * resources.length);
    });
    instances.forEach((_, i) => {
      const home = homeOf(problem, i);
      if (home < 0) return;
      this.#on[home]!.push(i);
      this.#take(home, demandOf(problem, i), -1);
    });
    this.#home = this.#on.map((here) => [...here]);
    this.at = Int32Array.from(movers, (mover) => mover.from);
    const dependents = new Map<number, number[]>();
    applications.forEach(({ affinity }, a) => {
      for (const b of affinity) dependents.set(b, [...(dependents.get(b) ?? []), a]);
    });
    this.#dependents = dependents;
  }

  /** Whether company matters to anyone, so that one step can allow or forbid another without room having changed. */
  get hasAffinity(): boolean {
    return this.#dependents.size > 0;
  }

  instancesOn(node: number): readonly number[] {
    return this.#on[node]!;
  }

  /** Puts a mover on a node, -1 for nowhere, whatever speaks against it. */
  place(m: number, node: number): void {
    const { instances, demand } = this.movers[m]!;
    const before = this.at[m]!;
    if (before >= 0) {
      const here = this.#on[before]!;
      for (const i of instances) here.splice(here.indexOf(i), 1);
      this.#take(before, demand, 1);
    }
    if (node >= 0) {
      this.#on[node]!.push(...instances);
      this.#take(node, demand, -1);
    }
    this.at[m] = node;
  }

  #take(node: number, demand: readonly number[], sign: 1 | -1): void {
    const row = node * demand.length;
    for (let r = 0; r < demand.length; r++) this.free[row + r]! += sign * demand[r]!;
  }

  /** Whether a node has room for it now; none on a node that is over-full in any resource. */
  fits(m: number, node: number): boolean {
    const { demand } = this.movers[m]!;
    const row = node * demand.length;
    for (let r = 0; r < demand.length; r++) if (this.free[row + r]! < demand[r]!) return false;
    return true;
  }

  /** Whether it may begin on a node: room, nobody there that it may not be beside, and there whom it needs. */
  mayArrive(m: number, node: number): boolean {
    if (!this.fits(m, node)) return false;
    for (const i of this.#on[node]!) if (this.excludes(m, i)) return false;
    return !this.hasAffinity || this.companyOf(m).every((b) => this.provider(m, b, node) !== undefined);
  }

  /** Whether a mover and an instance that is not part of it may not be on one node. */
  excludes(m: number, instance: number): boolean {
    const { instances } = this.problem;
    const { application } = instances[instance]!;
    for (const i of this.movers[m]!.instances) {
      const mine = instances[i]!.application;
      if (i !== instance && (mine === application || this.#anti[mine]!.includes(application))) return true;
    }
    return false;
  }

  /** Applications that it needs beside it and does not bring along. */
  companyOf(m: number): number[] {
    if (!this.hasAffinity) return [];
    const { applications, instances } = this.problem;
    const mine = this.movers[m]!.instances.map((i) => instances[i]!.application);
    return mine.flatMap((a) => applications[a]!.affinity).filter((b) => !mine.includes(b));
  }

  /** One of an application on a node that is not part of the mover. */
  provider(m: number, application: number, node: number): number | undefined {
    const { instances } = this.movers[m]!;
    return this.#on[node]!.find(
      (i) => this.problem.instances[i]!.application === application && !instances.includes(i),
    );
  }

  /** Whether it may leave its node: nobody there is left without the company that it needs. */
  mayLeave(m: number): boolean {
    const node = this.at[m]!;
    return node < 0 || !this.hasAffinity || this.#on[node]!.every((i) => !this.leansOn(i, m, node));
  }

  /** Whether an instance on a node (or one that was there) is or was owed a mover's company, and nobody else there gives it. */
  leansOn(instance: number, m: number, node: number): boolean {
    const { instances } = this.problem;
    const going = this.movers[m]!.instances;
    if (going.includes(instance)) return false;
    const { application, home } = instances[instance]!;
    return going.some((i) => {
      const b = instances[i]!.application;
      if (!this.#dependents.get(b)?.includes(application)) return false;
      // what lacked it at home today may go on lacking it there
      if (home === node && !this.#home[node]!.some((j) => instances[j]!.application === b)) return false;
      return this.provider(m, b, node) === undefined;
    });
  }

  /** Whether its own rules let it on a node. */
  isAllowedOn(m: number, node: number): boolean {
    const { applications, instances, nodes } = this.problem;
    return this.movers[m]!.instances.every((i) => allows(applications[instances[i]!.application]!, nodes[node]!));
  }
}
