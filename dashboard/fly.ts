import type { Arrival } from './arrivals.ts';

const FLIGHT_MS = 1100;
/** More at once is a swarm that nobody can follow. */
const MOST_FLIGHTS = 40;

export interface Flight {
  readonly arrival: Arrival;
  readonly from: DOMRect;
}

/** Measures, while the page still shows the old placement, where each moving chip starts from. */
export function takeOff(moved: readonly Arrival[]): readonly Flight[] {
  if (moved.length === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return [];
  return moved.slice(0, MOST_FLIGHTS).flatMap((arrival) => {
    const start = chip(arrival.from, arrival.instance) ?? box(arrival.from);
    return start === null ? [] : [{ arrival, from: start.getBoundingClientRect() }];
  });
}

/** Lets a copy of each chip fly from where it was to where the page shows it now; the chip itself appears as it lands. */
export function land(flights: readonly Flight[]): void {
  for (const { arrival, from } of flights) {
    const target = chip(arrival.to, arrival.instance);
    if (target === null) continue;
    const to = target.getBoundingClientRect();
    const copy = target.cloneNode(true) as HTMLElement;
    delete copy.dataset.instance;
    copy.dataset.flight = arrival.instance;
    copy.setAttribute('aria-hidden', 'true');
    copy.classList.add('flying');
    Object.assign(copy.style, {
      left: `${to.left}px`,
      top: `${to.top}px`,
      width: `${to.width}px`,
      height: `${to.height}px`,
    });
    document.body.append(copy);
    const dx = from.left - to.left;
    const dy = from.top - to.top;
    const flight = copy.animate(
      [
        { transform: `translate(${dx}px, ${dy}px)` },
        { transform: `translate(${dx * 0.5}px, ${dy * 0.5}px) scale(1.12)` },
        { transform: 'none' },
      ],
      { duration: FLIGHT_MS, easing: 'cubic-bezier(0.45, 0, 0.15, 1)' },
    );
    const remove = () => copy.remove();
    flight.finished.then(remove, remove);
    target.animate([{ opacity: 0 }, { opacity: 0 }], { duration: FLIGHT_MS });
  }
}

function box(node: string): Element | null {
  return document.querySelector(`[data-node="${CSS.escape(node)}"]`);
}
function chip(node: string, instance: string): HTMLElement | null {
  return box(node)?.querySelector(`[data-instance="${CSS.escape(instance)}"]`) ?? null;
}
