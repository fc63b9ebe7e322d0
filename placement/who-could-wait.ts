/*
 * Whom to leave out so that the rest would fit, by sums alone: as few as possible of the least important, and better than who waits
 * now. Whether the rest does fit is another matter.
 */

const MOST = 12; // sets
const MOST_PAIRED = 60; // instances of which pairs are formed

export interface Waiting {
  readonly ranks: readonly number[]; // per instance: 0 is the most important
  readonly need: readonly (readonly number[])[]; // per instance and resource
  readonly room: readonly number[]; // per resource, of all nodes
  readonly free: readonly number[]; // instances that could be on any of them
  readonly waits: readonly number[]; // those of them that wait
}

/** Sets of the fewest instances, those first without which most would be left of what is scarcest. */
export function whoCouldWait({ ranks, need, room, free, waits }: Waiting): readonly (readonly number[])[] {
  const least = free.reduce((most, i) => Math.max(most, ranks[i]!), 0);
  const few = free.filter((i) => ranks[i] === least);
  const isForMoreImportant = waits.some((i) => ranks[i]! < least);
  const lacking = room.map((amount, r) => free.reduce((total, i) => total + need[i]![r]!, 0) - amount);
  const left = (set: readonly number[]) =>
    lacking.reduce((low, amount, r) => {
      const share = (set.reduce((total, i) => total + need[i]![r]!, 0) - amount) / Math.max(1, room[r]!);
      return Math.min(low, share);
    }, Infinity);
  const singles = few.map((i) => [i]);
  const pairs = few.length > MOST_PAIRED ? [] : few.flatMap((i, k) => few.slice(k + 1).map((j) => [i, j]));
  for (const sets of [[[]], singles, pairs]) {
    const size = sets[0]?.length ?? 0;
    if (!isForMoreImportant && size >= waits.length) break;
    const enough = sets.filter((set) => left(set) >= 0).sort((a, b) => left(b) - left(a));
    if (enough.length > 0) return enough.slice(0, MOST);
  }
  return [];
}
