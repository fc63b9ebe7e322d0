/** From green to magenta, in degrees; red and amber are left to what goes wrong. The theme sets lightness and chroma. */
const HUES = [115, 142, 169, 196, 223, 250, 277, 304, 331];
/** Far, and without a common factor with the number of hues: stepping by it tries every one, distant ones first. */
const STEP = 4;

/**
 * Each application's hue comes from its name, so that it is the same on every screen; where that would be too near
 * another's, the next one far away, while there are any. Those that had a hue before keep it.
 */
export function huesOf(
  apps: readonly string[],
  before: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const names = [...new Set(apps)].sort();
  const hues = new Map(names.flatMap((name) => (before.has(name) ? [[name, before.get(name)!]] : [])));
  for (const name of names) {
    if (hues.has(name)) continue;
    const taken = [...hues.values()].map((hue) => HUES.indexOf(hue));
    const wished = HUES.map((_, tries) => (wishOf(name) + tries * STEP) % HUES.length);
    const apart = (gap: number) => wished.find((slot) => taken.every((other) => Math.abs(slot - other) >= gap));
    hues.set(name, HUES[apart(2) ?? apart(1) ?? wished[0]!]!);
  }
  return hues;
}

function wishOf(name: string): number {
  let hash = 2166136261; // FNV-1a, then mixed: its low bits alone are poor for short names
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) % HUES.length;
}
