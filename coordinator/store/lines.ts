import type { DatabaseSync } from 'node:sqlite';
import type { JournalEntry } from '../../protocol/view.ts';
import type { JournalLine } from '../core/effects.ts';
import { chain } from './checksums.ts';

/** A line of the journal as it is stored. */
export interface Line {
  readonly id: number;
  readonly wall: number;
  readonly json: string;
  readonly hash: string;
}

/** Whether a line follows from the one before. */
export const follows = (before: string, { wall, json, hash }: Line): boolean => chain(before, wall, json) === hash;

export const entryOf = ({ id, wall, json }: Line): JournalEntry => ({
  ...(JSON.parse(json) as JournalLine),
  id,
  wallMs: wall,
});

/** What follows a known line, up to the first that does not follow from its predecessor or cannot be read. */
export function linesAfter(db: DatabaseSync, after: { readonly id: number; readonly hash: string }): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let { hash } = after;
  const rows = db.prepare('SELECT id, wall, json, hash FROM journal WHERE id > ? ORDER BY id').iterate(after.id);
  try {
    for (const line of rows as Iterable<unknown> as Iterable<Line>) {
      if (!follows(hash, line)) break;
      entries.push(entryOf(line));
      ({ hash } = line);
    }
  } catch {
    // a page of the rest is damaged
  }
  return entries;
}
