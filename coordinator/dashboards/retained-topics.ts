/*
 * What should be retained at the broker, against what is: a topic is due when the two differ and its last publication is far
 * enough back. No clock and no connection here. What the broker is found to hold counts as sent, so that a coordinator that
 * starts again says only what has changed, and takes away what nobody stands for any more.
 */

interface Topic {
  wanted: string | null; // null: nothing should be there
  sent: string | null; // null: nothing is there
  sentAt: number;
  again: boolean; // to be published although it is there
  gapMs: number;
}
const NEW: Topic = { wanted: null, sent: null, sentAt: Number.NEGATIVE_INFINITY, again: false, gapMs: 0 };

export interface Due {
  readonly topic: string;
  readonly text: string; // empty removes the topic
}

export class RetainedTopics {
  readonly #topics = new Map<string, Topic>();
  readonly #differing = new Set<string>();

  /** From now on `text` should be there; published at most once every `gapMs`, and always the newest. */
  want(topic: string, text: string, gapMs: number): void {
    const known = this.#topics.get(topic);
    if (known === undefined) {
      this.#topics.set(topic, { ...NEW, wanted: text, gapMs });
      this.#differing.add(topic);
      return;
    }
    known.wanted = text;
    known.gapMs = gapMs;
    this.#compare(topic, known);
  }

  /** Nothing should be there; done without delay. */
  drop(topic: string): void {
    const known = this.#topics.get(topic);
    if (known === undefined) return;
    known.wanted = null;
    known.again = false;
    known.gapMs = 0;
    this.#compare(topic, known);
  }

  /** A new connection: the broker may have kept all of it, or nothing. */
  forgetSent(): void {
    for (const [topic, known] of this.#topics) {
      known.sent = null;
      known.sentAt = Number.NEGATIVE_INFINITY;
      this.#compare(topic, known);
    }
  }

  /** The broker was found to hold this. */
  found(topic: string, text: string): void {
    const known = this.#topics.get(topic) ?? { ...NEW };
    this.#topics.set(topic, known);
    known.sent = text;
    this.#compare(topic, known);
  }

  /** Published again although the broker has it, for those who have just come. */
  repeat(topic: string): void {
    const known = this.#topics.get(topic);
    if (known === undefined || known.wanted === null) return;
    known.again = true;
    this.#compare(topic, known);
  }

  /** Takes at most `limit` of what is due; counts as sent from here on. */
  take(nowMs: number, limit: number): Due[] {
    const due: Due[] = [];
    for (const topic of this.#differing) {
      if (due.length >= limit) break;
      const known = this.#topics.get(topic) as Topic;
      if (nowMs - known.sentAt < known.gapMs) continue;
      due.push({ topic, text: known.wanted ?? '' });
      this.#differing.delete(topic);
      known.sent = known.wanted;
      known.again = false;
      known.sentAt = nowMs;
      if (known.wanted === null) this.#topics.delete(topic);
    }
    return due;
  }

  #compare(topic: string, known: Topic): void {
    if (known.wanted !== known.sent || known.again) this.#differing.add(topic);
    else this.#differing.delete(topic);
    if (known.wanted === null && known.sent === null) this.#topics.delete(topic);
  }
}
