/* What was looked at, by the ids that the specification gives to its assertions: how often each applied, and where it was broken. */

export interface Verdict {
  applied: number;
  readonly faults: string[];
}

export class Verdicts {
  readonly #byId = new Map<string, Verdict>();

  /** One look at some assertions at once: several ids often say the same. */
  check(ids: readonly string[], isKept: boolean, fault: string): void {
    for (const id of ids) {
      const verdict = this.#byId.get(id) ?? { applied: 0, faults: [] };
      this.#byId.set(id, verdict);
      verdict.applied++;
      if (!isKept) verdict.faults.push(fault);
    }
  }

  of(id: string): Verdict {
    return this.#byId.get(id) ?? { applied: 0, faults: [] };
  }

  get ids(): string[] {
    return [...this.#byId.keys()].sort();
  }

  get broken(): string[] {
    return this.ids.filter((id) => this.of(id).faults.length > 0);
  }
}
