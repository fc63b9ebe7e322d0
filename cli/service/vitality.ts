/*
 * Whether a program makes progress. Each part of it that must never rest counts what it has done; a part whose count stands
 * still for longer than it may is stuck. Counts come from the work itself, never from a timer beside it.
 */

export interface Progress {
  readonly part: string;
  readonly count: number; // grows with each piece of work done
  readonly mayRestMs: number;
}

interface Seen {
  readonly count: number;
  readonly sinceMs: number;
}
export type Vitality = ReadonlyMap<string, Seen>;

/** One look. `stuck` names what has rested too long; a part that is seen for the first time counts as moving. */
export function look(
  before: Vitality,
  parts: readonly Progress[],
  nowMs: number,
): { readonly vitality: Vitality; readonly stuck: readonly string[] } {
  const vitality = new Map<string, Seen>();
  const stuck: string[] = [];
  for (const { part, count, mayRestMs } of parts) {
    const seen = before.get(part);
    const moved = seen === undefined || seen.count !== count;
    const now = moved ? { count, sinceMs: nowMs } : seen;
    vitality.set(part, now);
    if (nowMs - now.sinceMs > mayRestMs) stuck.push(part);
  }
  return { vitality, stuck };
}
