import type { DataType, Metric, Value } from './payload.ts';

/* The metrics of the edge node or of one device: what each is now, against what was published of it last. No clock here. */

/** Facts are worth telling at once; readings change all the time. */
export type Group = 'facts' | 'readings';

/** A metric as it is now. */
export interface Now {
  readonly name: string;
  readonly type: DataType;
  readonly value: Value;
  readonly unit: string | null;
}

interface Entry {
  readonly group: Group;
  readonly alias: number;
  now: Now;
  sent: Value | undefined; // undefined: nothing yet
  timestampMs: number;
  isGone: boolean; // told as null until the next birth, which does not declare it
}

export class MetricSet {
  readonly #entries = new Map<string, Entry>();
  readonly #newAlias: () => number;
  readonly #sentAt: Record<Group, number> = {
    facts: Number.NEGATIVE_INFINITY,
    readings: Number.NEGATIVE_INFINITY,
  };

  /** `newAlias` gives numbers that no other metric of the edge node has. */
  constructor(newAlias: () => number) {
    this.#newAlias = newAlias;
  }

  /**
   * What all of a group is at a moment. A metric that is in it no more has no value. True when there is something that
   * the last birth did not declare.
   */
  learn(group: Group, all: readonly Now[], timestampMs: number): boolean {
    const missing = new Set<string>();
    for (const [name, entry] of this.#entries) if (entry.group === group) missing.add(name);
    let isGrown = false;
    for (const now of all) {
      missing.delete(now.name);
      const known = this.#entries.get(now.name);
      if (!known) {
        const alias = this.#newAlias();
        this.#entries.set(now.name, { group, alias, now, sent: undefined, timestampMs, isGone: false });
        isGrown = true;
        continue;
      }
      known.timestampMs = timestampMs;
      known.isGone = false;
      if (now.value === null)
        known.now = { ...known.now, value: null }; // what it is besides may be a guess
      else {
        if (known.now.type !== now.type || known.now.unit !== now.unit) isGrown = true;
        known.now = now;
      }
    }
    for (const name of missing) {
      const gone = this.#entries.get(name) as Entry;
      Object.assign(gone, { now: { ...gone.now, value: null }, timestampMs, isGone: true });
    }
    return isGrown;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get isChanged(): boolean {
    for (const { now, sent } of this.#entries.values()) if (now.value !== sent) return true;
    return false;
  }

  /** All of them, for a birth; counts as published at `nowMs`. */
  all(nowMs: number): Metric[] {
    this.#sentAt.facts = nowMs;
    this.#sentAt.readings = nowMs;
    for (const [name, { isGone }] of this.#entries) if (isGone) this.#entries.delete(name);
    return this.#published([...this.#entries.values()]);
  }

  /** What differs from what was published, of the groups whose last publication is `gapMs` back; counts as published. */
  changes(nowMs: number, gapMs: Readonly<Record<Group, number>>): Metric[] {
    const isDue = (group: Group) => nowMs - this.#sentAt[group] >= gapMs[group];
    const due = { facts: isDue('facts'), readings: isDue('readings') };
    if (!due.facts && !due.readings) return [];
    const changed = [...this.#entries.values()].filter(({ group, now, sent }) => due[group] && now.value !== sent);
    for (const { group } of changed) this.#sentAt[group] = nowMs;
    return this.#published(changed);
  }

  /** In the order of their times, as the specification wants it within a message. */
  #published(entries: Entry[]): Metric[] {
    for (const entry of entries) entry.sent = entry.now.value;
    return entries
      .sort((a, b) => a.timestampMs - b.timestampMs)
      .map(({ now, alias, timestampMs }) => ({ ...now, alias, timestampMs }));
  }
}
