/** Hues that are told apart side by side, in degrees; lightness and chroma come from the theme. */
const HUES = [250, 160, 28, 305, 205, 345, 130, 280, 52, 185, 230, 325];
/** Has no factor in common with the number of hues, so that stepping by it tries every one, far ones first. */
const STEP = 5;

/**
 * Each application's hue comes from its name, so that it is the same on every screen and after every change. Of two
 * names that want the same, the later in the alphabet takes a free one, while there are any.
 */
export function huesOf(apps: readonly string[]): ReadonlyMap<string, number> {
  const taken = new Set<number>();
  const hues = new Map<string, number>();
  const names = [...new Set(apps)].sort();
  const crowded = names.filter((name) => {
    const wish = wishOf(name);
    if (taken.has(wish)) return true;
    taken.add(wish);
    hues.set(name, HUES[wish]!);
    return false;
  });
  for (const name of crowded) {
    let slot = wishOf(name);
    for (let tries = 0; tries < HUES.length && taken.has(slot); tries++) slot = (slot + STEP) % HUES.length;
    taken.add(slot);
    hues.set(name, HUES[slot]!);
  }
  return hues;
}

function wishOf(name: string): number {
  let hash = 2166136261; // FNV-1a, then mixed: its low bits alone are poor for short names
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) % HUES.length;
}
