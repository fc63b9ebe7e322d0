import type { Course } from './course.ts';

/*
 * Third nodes: where a mover can be for a while. First those whose failure domain is not busier than both of its own, and of these the
 * ones that lent room least recently, so that not all detours wait for one node; then the least busy domains and nodes, by
 * their fullest resource today. Nodes whose room nobody waits for come before others.
 */

/** So many nodes for a mover to choose from: where several stop over at once, one may not do. */
const CHOICES = 2;
/** Questions after which it is looked again which nodes have room at all. */
const MOST_QUESTIONS = 64;

export class StopOvers {
  readonly #order: number[];
  readonly #leastDemand: readonly number[]; // of any mover, per resource
  #withRoom: number[] = []; // of the order, those with room for that when last looked at
  #questions = MOST_QUESTIONS;
  readonly #domainLoad: readonly number[]; // per node

  constructor({ problem, transit, movers }: Course) {
    const { nodes, resources } = problem;
    this.#leastDemand = resources.map((_, r) =>
      movers.reduce((least, { demand }) => Math.min(least, demand[r]!), Infinity),
    );
    const used = nodes.map(({ capacity, reserve }, n) =>
      capacity.map((amount, r) => amount - reserve[r]! - transit.free[n * resources.length + r]!),
    );
    const load = (amounts: readonly number[], of: readonly number[]) =>
      Math.max(0, ...amounts.map((amount, r) => amount / Math.max(1, of[r]!)));
    const ofDomain = new Map<string, number>();
    for (const [domain, members] of Map.groupBy(nodes.keys(), (n) => nodes[n]!.domain)) {
      const sum = (of: (n: number) => readonly number[]) =>
        resources.map((_, r) => members.reduce((total, n) => total + of(n)[r]!, 0));
      const [taken, given] = [sum((n) => used[n]!), sum((n) => nodes[n]!.capacity)];
      ofDomain.set(domain, load(taken, given));
    }
    this.#domainLoad = nodes.map(({ domain }) => ofDomain.get(domain)!);
    const nodeLoad = nodes.map(({ capacity }, n) => load(used[n]!, capacity));
    this.#order = [...nodes.keys()]
      .filter((n) => nodes[n]!.openness === 'open')
      .sort((a, b) => this.#domainLoad[a]! - this.#domainLoad[b]! || nodeLoad[a]! - nodeLoad[b]! || a - b);
  }

  /** The node is used as a third one: others come first from now on. */
  lend(node: number): void {
    for (const list of [this.#order, this.#withRoom]) {
      const at = list.indexOf(node);
      if (at >= 0) list.push(...list.splice(at, 1));
    }
  }

  /** The best node that a mover can stop over on now. */
  best(course: Course, m: number): number | undefined {
    const isFresh = ++this.#questions > MOST_QUESTIONS;
    if (isFresh) this.#look(course);
    const found = this.#bestWithRoom(course, m);
    if (found !== undefined || isFresh) return found;
    this.#look(course);
    return this.#bestWithRoom(course, m);
  }

  #look({ transit: { free } }: Course): void {
    this.#questions = 0;
    const least = this.#leastDemand;
    this.#withRoom = this.#order.filter((n) => least.every((amount, r) => free[n * least.length + r]! >= amount));
  }

  #bestWithRoom(course: Course, m: number): number | undefined {
    const most = Math.max(this.#domainLoad[course.transit.at[m]!]!, this.#domainLoad[course.movers[m]!.to]!);
    let found: number | undefined;
    let worst = 4;
    for (const node of this.#withRoom) {
      const drawback = (this.#domainLoad[node]! > most ? 2 : 0) + (course.waitingFor(node).size > 0 ? 1 : 0);
      if (drawback >= worst || !canStopOver(course, m, node)) continue;
      found = node;
      worst = drawback;
      if (worst === 0) break;
    }
    return found;
  }

  /** Nodes that some of the movers could stop over on, now or when others have left: so many at most, the best first. */
  forAll(course: Course, movers: readonly number[], most: number): number[] {
    const { transit } = course;
    const stopping = movers.filter((m) => {
      const { mayDetour, stopsFirst } = course.movers[m]!;
      return mayDetour && !stopsFirst && transit.at[m]! >= 0;
    });
    const isUseful = (node: number) => stopping.some((m) => isThird(course, m, node) && transit.isAllowedOn(m, node));
    if (this.#order.length <= most) return this.#order.filter(isUseful);
    const ends = new Set(movers.flatMap((m) => [transit.at[m]!, course.movers[m]!.to]));
    const found: number[] = [];
    const choices = new Map(stopping.map((m) => [m, CHOICES]));
    if (++this.#questions > MOST_QUESTIONS) this.#look(course);
    for (const node of this.#withRoom) {
      if (choices.size === 0 || found.length === most) break;
      if (ends.has(node)) continue;
      let isFound = false;
      for (const [m, left] of choices) {
        if (!canStopOver(course, m, node)) continue;
        isFound = true;
        if (left === 1) choices.delete(m);
        else choices.set(m, left - 1);
      }
      if (isFound) found.push(node);
    }
    const own = this.#order.filter((node) => ends.has(node) && isUseful(node));
    return [...found, ...own].slice(0, most);
  }
}

function canStopOver(course: Course, m: number, node: number): boolean {
  const { transit } = course;
  return (
    transit.fits(m, node) && isThird(course, m, node) && transit.isAllowedOn(m, node) && transit.mayArrive(m, node)
  );
}

function isThird(course: Course, m: number, node: number): boolean {
  return node !== course.movers[m]!.to && node !== course.transit.at[m];
}
