/** Hues that are told apart side by side, in degrees; lightness and strength come from the theme. */
const HUES = [250, 160, 28, 305, 205, 345, 130, 280, 52, 185, 230, 325];

/** An application's colour: from its name alone, so that it is the same on every screen and after every change. */
export function hueOf(app: string): number {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < app.length; i++) hash = Math.imul(hash ^ app.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return HUES[((hash ^ (hash >>> 13)) >>> 0) % HUES.length]!;
}
