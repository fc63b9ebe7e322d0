import type { PowerAnswer } from '../../coordinator/core/events.ts';
import type { BmcPart, MachinePart } from './parts.ts';
import { roll } from './random.ts';

const GIVES_UP_MS = 2000;

/** A server's BMC, on a network of its own; one question at a time. It may be silent, slow, stuck, or say `off` too early. */
export class Bmc implements BmcPart {
  readonly #machine: MachinePart;
  #freeAt = 0;
  /** Power-off was accepted, and is not carried out yet. */
  #going = false;
  #asked = 0;

  constructor(machine: MachinePart) {
    this.#machine = machine;
  }

  query(done: (power: PowerAnswer) => void): void {
    this.#inTurn((silent) => {
      const { power, index } = this.#machine;
      const { trouble } = this.#machine.cluster;
      if (silent) return () => done('unknown');
      if (trouble.has('bmc-stuck', index) !== null) return () => done('on');
      const answer = !power || (this.#going && trouble.has('bmc-lying', index) !== null) ? 'off' : 'on';
      return () => done(answer);
    });
  }

  off(done: (accepted: boolean) => void): void {
    this.#inTurn((silent) => {
      const machine = this.#machine;
      const { trouble, timeline } = machine.cluster;
      if (silent) return () => done(false);
      if (trouble.has('bmc-stuck', machine.index) === null && machine.power) {
        this.#going = true;
        const late = trouble.has('bmc-lying', machine.index);
        timeline.in(late === null ? 20 + 200 * this.#roll('off') : 200 + 1400 * late, () => {
          this.#going = false;
          machine.losePower();
          machine.cluster.switchedOff(machine);
        });
      }
      return () => done(true);
    });
  }

  #inTurn(act: (silent: boolean) => () => void): void {
    const { timeline, trouble } = this.#machine.cluster;
    const silent = trouble.has('bmc-silent', this.#machine.index) !== null;
    const slow = trouble.has('bmc-slow', this.#machine.index);
    const took = silent ? GIVES_UP_MS : slow === null ? 10 + 50 * this.#roll('took') : 500 + 9000 * slow;
    const begin = Math.max(timeline.now, this.#freeAt);
    this.#freeAt = begin + took;
    timeline.in(begin + took / 2 - timeline.now, () => {
      const answer = act(silent);
      timeline.in(took / 2, answer);
    });
  }

  #roll(what: string): number {
    return roll(this.#machine.cluster.seed, `bmc ${what}`, this.#machine.index, this.#asked++);
  }
}
