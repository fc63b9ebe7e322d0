import * as z from 'zod';
import { type Parsed, parsePayload } from '../../../protocol/parse.ts';

/* The one host application without which nothing is to be published, as its retained message says whether it is there. */

const MAX_STATE_BYTES = 4096;
const State = z.object({ online: z.boolean(), timestamp: z.number().nonnegative() });

export class PrimaryHost {
  #isOnline = false;
  #newest = Number.NEGATIVE_INFINITY; // Unix ms of the state that counts

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** A new connection: the broker tells again what it retains. What is older than what was heard before still does not count. */
  forget(): void {
    this.#isOnline = false;
  }

  /** Takes a message on the host's topic. One that is older than the newest changes nothing: it was overtaken. */
  take(payload: Uint8Array): Parsed<void> {
    const state = parsePayload(State, payload, MAX_STATE_BYTES);
    if (!state.ok) return state;
    const { online, timestamp } = state.value;
    if (timestamp >= this.#newest) {
      this.#newest = timestamp;
      this.#isOnline = online;
    }
    return { ok: true, value: undefined };
  }
}
