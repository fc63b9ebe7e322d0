/*
 * Fills bins one after another, each with a set that leaves little of what is scarce, and the last with the rest. A set is
 * found by looking through all in a random order, large ones rather first, and giving up branches that would leave too much.
 */

const SCARCE = 0.05; // less than this share of it is left in all
const LOOKS = 300_000; // instances considered for a bin before the attempt is given up
const LOOKS_AT_LAST = 3_000_000; // for the last but one, where few are left to choose from

export interface Bin {
  readonly node: number;
  readonly room: readonly number[]; // per resource
}

export interface Bins {
  readonly need: readonly (readonly number[])[]; // per item and resource
  readonly bins: readonly Bin[]; // the large ones last
  readonly group: readonly number[]; // per item: two of one group do not share a bin
  readonly mayBeOn: (item: number, node: number) => boolean;
}

/** `sets`: per bin, its items; null where this order of looking found no way. The same seed, the same answer. */
export function fillInTurn(
  problem: Bins,
  items: readonly number[],
  seed: number,
): { readonly sets: readonly (readonly number[])[] | null; readonly looks: number } {
  const { need, bins } = problem;
  const random = randomFrom(seed);
  const total = (of: readonly (readonly number[])[]) => bins[0]!.room.map((_, r) => of.reduce((t, x) => t + x[r]!, 0));
  const room = total(bins.map((bin) => bin.room));
  const used = total(items.map((i) => need[i]!));
  const scarce = room.map((amount, r) => amount - used[r]! < SCARCE * amount);
  const spare = room.map((amount, r) => amount - used[r]!);
  if (spare.some((amount) => amount < 0)) return { sets: null, looks: 0 };
  const sets: number[][] = [];
  let left = [...items];
  let looks = 0;
  for (let b = 0; b + 1 < bins.length; b++) {
    const bin = bins[b]!;
    const isLast = b + 2 === bins.length;
    const toWaste = spare.map((amount, r) => (scarce[r] ? amount / (isLast ? 1 : bins.length - 1 - b) : Infinity));
    const order = inRandomOrder(left, (i) => sizeIn(bin, need[i]!), random);
    const found = findSet(problem, bin, order, toWaste, isLast ? LOOKS_AT_LAST : LOOKS);
    looks += found.looks;
    if (found.set === null) return { sets: null, looks };
    const set = found.set;
    sets.push(set);
    left = left.filter((i) => !set.includes(i));
    for (let r = 0; r < spare.length; r++) spare[r]! -= bin.room[r]! - set.reduce((t, i) => t + need[i]![r]!, 0);
  }
  sets.push(left);
  return { sets: holds(problem, bins.at(-1)!, left) ? sets : null, looks };
}

function findSet(
  { need, group, mayBeOn }: Bins,
  bin: Bin,
  order: readonly number[],
  toWaste: readonly number[],
  most: number,
) {
  const resources = bin.room.length;
  const items = order.filter((i) => mayBeOn(i, bin.node));
  const toCome = sumsFromEach(
    items.map((i) => need[i]!),
    resources,
  );
  const room = [...bin.room];
  const set: number[] = [];
  let looks = 0;
  const isFull = () => room.every((amount, r) => amount <= toWaste[r]!);
  const canBeFull = (k: number) => {
    for (let r = 0; r < resources; r++) if (room[r]! - toCome[k]![r]! > toWaste[r]!) return false;
    return true;
  };
  const fits = (needs: readonly number[]) => {
    for (let r = 0; r < resources; r++) if (needs[r]! > room[r]!) return false;
    return true;
  };
  const add = (needs: readonly number[], by: number) => {
    for (let r = 0; r < resources; r++) room[r]! -= by * needs[r]!;
  };
  const search = (k: number): boolean => {
    if (isFull()) return true;
    if (k === items.length || ++looks > most || !canBeFull(k)) return false;
    const item = items[k]!;
    if (fits(need[item]!) && !set.some((other) => group[other] === group[item])) {
      set.push(item);
      add(need[item]!, 1);
      if (search(k + 1)) return true;
      add(need[item]!, -1);
      set.pop();
    }
    return search(k + 1);
  };
  return { set: search(0) ? set : null, looks };
}

/** Row k: the sum of rows from the k-th on. */
function sumsFromEach(rows: readonly (readonly number[])[], width: number): number[][] {
  const sums = Array.from({ length: rows.length + 1 }, () => new Array<number>(width).fill(0));
  for (let k = rows.length - 1; k >= 0; k--) {
    for (let r = 0; r < width; r++) sums[k]![r] = sums[k + 1]![r]! + rows[k]![r]!;
  }
  return sums;
}

function holds({ need, group, mayBeOn }: Bins, bin: Bin, items: readonly number[]): boolean {
  return (
    items.every((i) => mayBeOn(i, bin.node)) &&
    new Set(items.map((i) => group[i])).size === items.length &&
    bin.room.every((amount, r) => items.reduce((total, i) => total + need[i]![r]!, 0) <= amount)
  );
}

function sizeIn(bin: Bin, needs: readonly number[]): number {
  return needs.reduce((total, amount, r) => total + amount / Math.max(1, bin.room[r]!), 0);
}

function inRandomOrder(items: readonly number[], sizeOf: (item: number) => number, random: () => number): number[] {
  const key = new Map(items.map((i) => [i, sizeOf(i) * (0.5 + random())]));
  return [...items].sort((a, b) => key.get(b)! - key.get(a)! || a - b);
}

/** Numbers from 0 to below 1. Marsaglia's xorshift, 32 bits (Journal of Statistical Software 8(14), 2003). */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
