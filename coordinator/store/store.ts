import type { OperatingError } from '../../protocol/errors.ts';
import type { JournalEntry } from '../../protocol/view.ts';
import type { Durable, DurableChange } from '../core/durable.ts';
import type { JournalLine } from '../core/effects.ts';
import type { Backup } from './backups.ts';

/**
 * Where durable facts live. SQLite by default, a distributed store later: nothing behind it knows what it stores.
 * Errors are OperatingErrors: STORE_LOCKED, STORE_CORRUPT, STORE_FULL, STORE_FAILED.
 */
export interface Store {
  /** Everything, checked. */
  load(): Durable;
  /** All or nothing, on disk before it returns. Returns the journal lines as stored, with their ids. */
  commit(changes: readonly DurableChange[], lines: readonly JournalLine[], wallMs: number): readonly JournalEntry[];
  /** The journal after entry `after` (0: from its start), oldest first, at most `limit` lines. */
  journal(after: number, limit: number): readonly JournalEntry[];
  /** The newest `limit` lines, oldest first. */
  journalTail(limit: number): readonly JournalEntry[];
  /**
   * Copies everything, checks the copy, keeps it as the newest of `keep` backups. Throws STORE_CORRUPT when the store turns out
   * to be damaged; nothing is written to it any more then.
   */
  backup(keep: number, wallMs: number): Promise<Backup>;
  /** Damage was found by other means: nothing is written any more. */
  distrust(error: OperatingError): void;
  close(): void;
}
