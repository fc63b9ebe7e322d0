/** Many times what any schedule needs. */
const MOST_EVENTS = 200_000;

/** What is to happen, by simulated time; what is due at the same moment happens in the order in which it was asked for. */
export class Timeline {
  /** Ms of simulated true time. No machine sees it: each has a clock of its own. */
  now = 0;
  events = 0;
  /** FNV-1a over all that was marked: two runs of one schedule must agree. */
  hash = 0x811c9dc5;
  readonly lines: string[] | null;
  #heap: { at: number; order: number; act: () => void }[] = [];
  #order = 0;

  constructor(keepsLines = false) {
    this.lines = keepsLines ? [] : null;
  }

  in(ms: number, act: () => void): void {
    this.#push({ at: this.now + Math.max(0, ms), order: this.#order++, act });
  }

  /** Goes on until the given moment. */
  run(until: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      this.now = next.at;
      if (++this.events > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} events: something goes on for ever`);
      next.act();
    }
    this.now = until;
  }

  /** Takes note of something that happened. `text` is only made for a trace that is kept. */
  mark(what: string, number: number, text?: () => string): void {
    let { hash } = this;
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (number | 0), 0x01000193);
    this.hash = Math.imul(hash ^ ((this.now * 8) | 0), 0x01000193);
    if (this.lines && text) this.lines.push(`${(this.now / 1000).toFixed(3).padStart(8)}  ${text()}`);
  }

  #push(entry: { at: number; order: number; act: () => void }): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!isBefore(entry, heap[up]!)) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
