/** What is to happen, by simulated time; what is due at the same moment happens in the order in which it was asked for. */
export class Timeline {
  nowMs = 0;
  readonly #due: { atMs: number; act: () => void }[] = []; // the next one last

  in(ms: number, act: () => void): void {
    const entry = { atMs: this.nowMs + Math.max(0, ms), act };
    let at = this.#due.length;
    while (at > 0 && this.#due[at - 1]!.atMs <= entry.atMs) at--;
    this.#due.splice(at, 0, entry);
  }

  run(untilMs: number): void {
    for (let next = this.#due.at(-1); next !== undefined && next.atMs <= untilMs; next = this.#due.at(-1)) {
      this.#due.pop();
      this.nowMs = next.atMs;
      next.act();
    }
    this.nowMs = untilMs;
  }
}
