const MOST_BRANCHES = 20_000;

/**
 * The fewest reasons such that each set, of reasons that would each do for it, has one of them: the smallest cover. Of covers as small,
 * one with the reasons of lower number. Exact unless it takes more than so many branches, where it is the best found by then.
 */
export function smallestCover(sets: readonly (readonly number[])[]): readonly number[] {
  const open = distinct(sets.filter((set) => set.length > 0));
  let best = greedyCover(open);
  let branches = 0;
  const search = (chosen: readonly number[], left: readonly (readonly number[])[]): void => {
    if (left.length === 0) {
      if (chosen.length < best.length) best = chosen;
      return;
    }
    if (chosen.length + 1 >= best.length || ++branches > MOST_BRANCHES) return;
    const narrowest = left.reduce((a, b) => (b.length < a.length ? b : a));
    for (const reason of narrowest)
      search(
        [...chosen, reason],
        left.filter((set) => !set.includes(reason)),
      );
  };
  search([], open);
  return [...best].sort((a, b) => a - b);
}

function distinct(sets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sorted = sets.map((set) => [...new Set(set)].sort((a, b) => a - b));
  return [...new Map(sorted.map((set) => [set.join(), set])).values()];
}

/** Always the reason that does for most of those left. */
function greedyCover(sets: readonly (readonly number[])[]): readonly number[] {
  const chosen: number[] = [];
  let left = sets;
  while (left.length > 0) {
    const counts = new Map<number, number>();
    for (const reason of left.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const [most] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
    chosen.push(most);
    left = left.filter((set) => !set.includes(most));
  }
  return chosen;
}
