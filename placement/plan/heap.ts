/** A queue that gives the smallest first: by key, then by second key, then in the order in which they came. */
export class Heap<T> {
  readonly #items: { readonly key: number; readonly second: number; readonly order: number; readonly value: T }[] = [];
  #added = 0;

  push(key: number, second: number, value: T): void {
    const items = this.#items;
    items.push({ key, second, order: this.#added++, value });
    for (let k = items.length - 1; k > 0; ) {
      const above = (k - 1) >> 1;
      if (!this.#swapUnlessInOrder(above, k)) break;
      k = above;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    if (items.length > 0) items[0] = last;
    for (let k = 0; ; ) {
      let below = 2 * k + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#isBefore(below + 1, below)) below++;
      if (!this.#swapUnlessInOrder(k, below)) break;
      k = below;
    }
    return first.value;
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#items[a]!, this.#items[b]!];
    return (one.key - other.key || one.second - other.second || one.order - other.order) < 0;
  }
  #swapUnlessInOrder(above: number, below: number): boolean {
    if (!this.#isBefore(below, above)) return false;
    const items = this.#items;
    [items[above], items[below]] = [items[below]!, items[above]!];
    return true;
  }
}
