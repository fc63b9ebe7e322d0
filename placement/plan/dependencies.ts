import type { Problem } from '../problem.ts';
import type { Act } from './course.ts';
import type { Mover } from './movers.ts';
import { Transit } from './transit.ts';

/*
 * Which steps must be finished before which, so that any order and overlap that keeps to it is as safe as one step after the other.
 *
 * Room: what is free on a node today, and what each departure frees, is given away once, amount by amount. Who arrives takes
 * what it needs from what is still to give away, and waits for the departures that it takes from. So whatever has begun and
 * whatever has ended: all that has arrived has taken of room that was free or has become free. Rules: who may not be beside
 * another that was there waits until that one has left; who needs another waits until it is there, and leaves before it.
 */

interface Departure {
  readonly act: number;
  readonly mover: number;
  readonly freed: number[]; // per resource: not given away yet
}
interface NodeLog {
  /** Free today and not given away yet; below 0 where a node is over-full: then nobody comes before that is made good. */
  readonly spare: number[];
  readonly relief: number[]; // departures that make it good, which everyone who comes waits for
  readonly departures: Departure[];
}

/** Per act: the acts that must be finished before it begins, all earlier in the list. */
export function dependenciesOf(
  problem: Problem,
  movers: readonly Mover[],
  acts: readonly Act[],
): readonly ReadonlySet<number>[] {
  const transit = new Transit(problem, movers);
  const width = problem.resources.length;
  const logs = new Map<number, NodeLog>();
  const logOf = (node: number): NodeLog => {
    const known = logs.get(node);
    if (known !== undefined) return known;
    const spare = [...transit.free.subarray(node * width, (node + 1) * width)];
    const log: NodeLog = { spare, relief: [], departures: [] };
    logs.set(node, log);
    return log;
  };
  // what is free today is read before anything moves
  for (const { from, to } of acts) for (const node of [from, to]) if (node >= 0) logOf(node);
  const lastOf = new Map<number, number>(); // mover → its act before
  const after = acts.map(() => new Set<number>());
  acts.forEach(({ mover, from, to }, k) => {
    const mine = after[k]!;
    const before = lastOf.get(mover);
    if (before !== undefined) mine.add(before);
    lastOf.set(mover, k);
    if (to >= 0) {
      for (const act of roomFor(logOf(to), movers[mover]!.demand)) mine.add(act);
      for (const { act, mover: other } of logOf(to).departures) if (mayNotMeet(transit, mover, other)) mine.add(act);
      for (const act of arrivalsOfCompany(transit, mover, to, lastOf)) mine.add(act);
    }
    if (from >= 0) {
      const { departures } = logOf(from);
      if (transit.hasAffinity) {
        for (const { act, mover: other } of departures) {
          if (movers[other]!.instances.some((i) => transit.leansOn(i, mover, from))) mine.add(act);
        }
      }
      departures.push({ act: k, mover, freed: [...movers[mover]!.demand] });
    }
    transit.place(mover, to);
  });
  delayStops(acts, after);
  return after;
}

/** Gives away room for an arrival; answers with the departures that it waits for. */
function roomFor({ spare, relief, departures }: NodeLog, demand: readonly number[]): Set<number> {
  for (const { act, freed } of departures) {
    let isRelief = false;
    freed.forEach((amount, r) => {
      const made = Math.min(amount, Math.max(0, -spare[r]!));
      if (made === 0) return;
      spare[r]! += made;
      freed[r]! -= made;
      isRelief = true;
    });
    if (isRelief) relief.push(act);
  }
  const waits = new Set(relief);
  const lacking = demand.map((amount, r) => {
    const taken = Math.min(amount, Math.max(0, spare[r]!));
    spare[r]! -= taken;
    return amount - taken;
  });
  for (const { act, freed } of departures) {
    if (lacking.every((amount) => amount === 0)) break;
    lacking.forEach((amount, r) => {
      const taken = Math.min(amount, freed[r]!);
      if (taken === 0) return;
      lacking[r]! -= taken;
      freed[r]! -= taken;
      waits.add(act);
    });
  }
  return waits;
}

function mayNotMeet(transit: Transit, m: number, other: number): boolean {
  return m !== other && transit.movers[other]!.instances.some((i) => transit.excludes(m, i));
}

/** The acts that bring whom it needs beside it, where those have not been there from the beginning. */
function arrivalsOfCompany(transit: Transit, m: number, node: number, lastOf: ReadonlyMap<number, number>): number[] {
  return transit.companyOf(m).flatMap((application) => {
    const provider = transit.provider(m, application, node);
    const its = transit.movers.findIndex(({ instances }) => provider !== undefined && instances.includes(provider));
    const act = lastOf.get(its);
    return act === undefined ? [] : [act];
  });
}

/**
 * What is stopped to be started elsewhere is stopped as late as possible: not before that could begin which takes its room; and
 * what is always stopped first, not before its own place is free.
 */
function delayStops(acts: readonly Act[], after: readonly Set<number>[]): void {
  acts.forEach(({ mark, mover }, k) => {
    if (mark !== 'interrupt') return;
    const next = acts[k + 1];
    const takes = next?.mover === mover ? k + 1 : after.findIndex((acts, j) => acts.has(k) && j > k);
    for (const act of after[takes] ?? []) if (act < k) after[k]!.add(act);
  });
}
