import type { Event, Happening } from '../core/events.ts';

/** Answers and changes that nobody tells again. */
const ONCE: ReadonlySet<Event['kind']> = new Set([
  'solved',
  'surveyed',
  'powerAnswered',
  'powerOffAnswered',
  'powerOnAnswered',
  'listened',
]);

/** What came only once while the store refused its step: it is taken up again before time goes on. */
export class Missed {
  #all: Happening[] = [];

  /** Hands on what is due, in its order. `take` says whether it happened: not where the store refuses. */
  pass(happening: Happening, take: (happening: Happening) => boolean): void {
    const due = happening.kind === 'ticked' ? [...this.#all.splice(0), happening] : [happening];
    for (const one of due) {
      // behind what was missed of the coordinator's own ears: in another order it would stay deaf for good
      const isLate = one.kind === 'listened' && this.#all.some(({ kind }) => kind === 'listened');
      if (isLate || (!take(one) && ONCE.has(one.kind))) this.#all.push(one);
    }
  }
}
