import { roll, tail } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { Trouble } from './trouble.ts';

type Way = 'up' | 'down';

/** From a node over the broker to the coordinator, and back: late, lost, twice, out of order, cut, jammed. */
export class Network {
  readonly #timeline: Timeline;
  readonly #trouble: Trouble;
  readonly #seed: number;
  readonly #jammed: { node: number; send: () => void }[] = [];
  #draws = 0;
  #drawnAt = -1;

  constructor(timeline: Timeline, trouble: Trouble, seed: number) {
    this.#timeline = timeline;
    this.#trouble = trouble;
    this.#seed = seed;
  }

  carry(node: number, way: Way, arrive: () => void): void {
    const trouble = this.#trouble;
    if (trouble.has('jam', node) !== null) {
      this.#jammed.push({ node, send: arrive });
      return;
    }
    if (this.#isCut(node, way)) return;
    const loss = trouble.has('loss');
    if (loss !== null && this.#roll('loss', node) < 0.4 * loss) return;
    this.#timeline.in(this.#delay(node), () => {
      // it is on its way: what cuts the last stretch loses it as well
      if (this.#isCut(node, way)) return;
      arrive();
    });
    const doubling = trouble.has('doubling');
    if (doubling !== null && this.#roll('double', node) < 0.6 * doubling)
      this.#timeline.in(this.#delay(node) * 3 + 200 * doubling, arrive);
  }

  /** What was held up comes now, in one go. */
  release(node: number): void {
    for (const { node: of, send } of this.#jammed.splice(0)) {
      if (of !== node) this.#jammed.push({ node: of, send });
      else this.#timeline.in(this.#delay(node), send);
    }
  }

  /** Whether the coordinator's own probe through the broker comes back. */
  coordinatorHearsItself(): boolean {
    const deafening = ['broker-down', 'coordinator-cut', 'coordinator-deaf', 'coordinator-mute'] as const;
    return deafening.every((kind) => this.#trouble.has(kind) === null);
  }

  #isCut(node: number, way: Way): boolean {
    const has = (kind: Parameters<Trouble['has']>[0], at = -1) => this.#trouble.has(kind, at) !== null;
    if (has('broker-down') || has('coordinator-cut') || has('cut', node) || this.#isFlappingDown(node)) return true;
    return way === 'up'
      ? has('cut-up', node) || has('coordinator-deaf')
      : has('cut-down', node) || has('coordinator-mute');
  }

  /** Down for three to five seconds, up for as long. */
  #isFlappingDown(node: number): boolean {
    const amount = this.#trouble.has('link-flap', node);
    if (amount === null) return false;
    return Math.floor(this.#timeline.now / (2900 + 2300 * amount)) % 2 === 1;
  }

  #delay(node: number): number {
    const lag = this.#trouble.has('lag');
    const usual = 1 + 8 * this.#roll('delay', node);
    return lag === null ? usual : usual + tail(this.#roll('lag', node), 300 * lag, 9000 * lag);
  }

  #roll(what: string, node: number): number {
    const { now } = this.#timeline;
    if (this.#drawnAt !== now) this.#draws = 0;
    this.#drawnAt = now;
    return roll(this.#seed, what, now, node * 64 + this.#draws++);
  }
}
