import type { Act } from './course.ts';
import type { Mover } from './movers.ts';

/*
 * Which acts run side by side: each as early as what it waits for lets it, the more important first where not all can. Who runs
 * nowhere comes before all others, and so does whatever it waits for. That no more than so many run at once is made sure
 * by more waiting: each takes the place of one that has ended.
 */

export interface Limits {
  readonly movesAtOnce: number; // of all
  readonly movesPerApplication: (application: number) => number;
}

export interface Schedule {
  readonly wave: readonly number[]; // per act, from 0
  readonly after: readonly ReadonlySet<number>[]; // per act: what was given, and what the limits add
  readonly urgency: readonly number[]; // per act, the smallest first
}

export function scheduleOf(
  movers: readonly Mover[],
  acts: readonly Act[],
  dependencies: readonly ReadonlySet<number>[],
  applicationsOf: (mover: number) => readonly number[],
  limits: Limits,
): Schedule {
  const urgency = urgenciesOf(movers, acts, dependencies);
  const after = dependencies.map((set) => new Set(set));
  const followers: number[][] = acts.map(() => []);
  const missing = dependencies.map((set) => set.size);
  dependencies.forEach((set, k) => {
    for (const before of set) followers[before]!.push(k);
  });
  const wave = acts.map(() => -1);
  const all: Lanes = new Lanes(limits.movesAtOnce);
  const ofApplication = new Map<number, Lanes>();
  const lanesOf = (application: number): Lanes => {
    const lanes = ofApplication.get(application) ?? new Lanes(limits.movesPerApplication(application));
    ofApplication.set(application, lanes);
    return lanes;
  };
  let ready = [...acts.keys()].filter((k) => missing[k] === 0);
  for (let now = 0; ready.length > 0; now++) {
    ready.sort((a, b) => urgency[a]! - urgency[b]! || a - b);
    const later: number[] = [];
    const begun: number[] = [];
    for (const k of ready) {
      const { mover, kind, mark } = acts[k]!;
      const isLimited = movers[mover]!.from >= 0 && (kind !== 'stop' || mark === 'interrupt');
      if (isLimited) {
        const count = movers[mover]!.instances.length;
        const wanted = [
          ...(kind === 'move' ? [{ lanes: all, count }] : []),
          ...applicationsOf(mover).map((application) => ({ lanes: lanesOf(application), count: 1 })),
        ];
        if (!wanted.every(({ lanes, count: places }) => lanes.hasRoom(now, places))) {
          later.push(k);
          continue;
        }
        for (const { lanes, count: places } of wanted) {
          for (const before of lanes.enter(k, now, places)) after[k]!.add(before);
        }
      }
      wave[k] = now;
      begun.push(k);
    }
    for (const k of begun) for (const next of followers[k]!) if (--missing[next]! === 0) later.push(next);
    ready = later;
  }
  return { wave, after, urgency };
}

/** Its own importance, or that of whatever waits for it, if that is greater. */
function urgenciesOf(
  movers: readonly Mover[],
  acts: readonly Act[],
  dependencies: readonly ReadonlySet<number>[],
): number[] {
  const leastImportant = movers.reduce((most, { rank }) => Math.max(most, rank), 0) + 1;
  const urgency = acts.map(({ mover, kind }) => {
    const { from, rank } = movers[mover]!;
    if (kind === 'stop') return leastImportant;
    return from < 0 ? rank - leastImportant : rank;
  });
  for (let k = acts.length - 1; k >= 0; k--) {
    for (const before of dependencies[k]!) urgency[before] = Math.min(urgency[before]!, urgency[k]!);
  }
  return urgency;
}

/** Places for so many at once: who enters waits for those that were last in the places that it takes. */
class Lanes {
  readonly #most: number;
  readonly #last: { act: number; wave: number }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  hasRoom(wave: number, count: number): boolean {
    return this.#busy(wave) + Math.min(count, this.#most) <= this.#most;
  }
  #busy(wave: number): number {
    return this.#most === Number.POSITIVE_INFINITY ? 0 : this.#last.filter((lane) => lane.wave === wave).length;
  }

  enter(act: number, wave: number, count: number): number[] {
    if (this.#most === Number.POSITIVE_INFINITY) return [];
    const before: number[] = [];
    for (let left = Math.min(count, this.#most); left > 0; left--) {
      const free = this.#last.findIndex((lane) => lane.wave < wave);
      if (free >= 0 && this.#last.length === this.#most) before.push(this.#last.splice(free, 1)[0]!.act);
      this.#last.push({ act, wave });
    }
    return before;
  }
}
