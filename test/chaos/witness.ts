import { findOverlaps, type LedgerLine, type Overlap } from '../../cli/demo/ledger.ts';
import { SINGLETONS } from './applications.ts';

/*
 * What the ledgers prove. A process that stands still writes nothing, yet may write again at any moment: so whoever looks on
 * notes down for it that it lives.
 */

/** Instances that acted and whose process may have been stopped, with their last words. */
export type Standing = ReadonlyMap<number, LedgerLine>;

/** The last line of each of these processes that acted as active. */
export function lastWords(lines: readonly LedgerLine[], pids: ReadonlySet<number>): Map<number, LedgerLine> {
  const words = new Map<number, LedgerLine>();
  for (const line of lines) if (pids.has(line.pid)) words.set(line.pid, line);
  for (const [pid, { role }] of words) if (role !== 'active') words.delete(pid);
  return words;
}

/** Where two processes were active at once for one slot or one application of which one may be. `seen`: of processes that stood still. */
export function overlapsIn(lines: readonly LedgerLine[], seen: readonly LedgerLine[]): Overlap[] {
  const all = seen.length === 0 ? lines : [...lines, ...seen].sort((a, b) => a.monoMs - b.monoMs);
  return findOverlaps(all, SINGLETONS);
}

export interface Replaced {
  readonly instance: string; // that acted before
  /** Until another one acted in its place; null while none does. */
  readonly afterMs: number | null;
  /** By a standby that was there already, or by one that was started. */
  readonly by: 'promoted' | 'started';
}

/**
 * What became of instances that acted when they were hit: when, after `faultMs`, another process first acted in the place of
 * each. Where several of one application were hit, each has a slot of its own.
 */
export function replacements(
  lines: readonly LedgerLine[],
  hit: ReadonlyMap<string, readonly number[]>,
  faultMs: number,
): Replaced[] {
  const wasStandby = new Set(
    lines.filter(({ role, monoMs }) => role === 'standby' && monoMs <= faultMs).map(({ pid }) => pid),
  );
  return [...hit].map(([instance, pids]) => {
    const app = instance.slice(0, instance.indexOf('/'));
    const isSame = SINGLETONS.has(app)
      ? (other: string) => other.startsWith(`${app}/`)
      : (other: string) => other === instance;
    const first = lines.find(
      (line) => line.role === 'active' && line.monoMs > faultMs && isSame(line.instance) && !pids.includes(line.pid),
    );
    return {
      instance,
      afterMs: first ? first.monoMs - faultMs : null,
      by: first && wasStandby.has(first.pid) ? 'promoted' : 'started',
    };
  });
}
