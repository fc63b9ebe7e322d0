import type { Logger } from 'pino';
import type { StoreStatus } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { Backup } from '../store/backups.ts';
import type { Store } from '../store/store.ts';
import type { Runtime } from './runtime.ts';

/*
 * The store is copied and checked now and then, in the background. Damage that this finds makes the coordinator read-only;
 * a backup that cannot be made is only said.
 */

export interface BackupScheduleOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Logger;
  readonly everyMs: number;
  readonly keep: number;
}
export interface BackupSchedule {
  /** Now, or the one that is under way. */
  run(): Promise<Backup>;
  status(): StoreStatus;
  close(): Promise<void>;
}

/** After a start there is other work first. */
const FIRST_MS = 10_000;

export function openBackupSchedule({ store, runtime, log, everyMs, keep }: BackupScheduleOptions): BackupSchedule {
  let under: Promise<Backup> | null = null;
  let last: Backup | null = null;
  let trouble: OperatingError | null = null;
  let closed = false;

  const make = async (): Promise<Backup> => {
    try {
      last = await store.backup(keep, Date.now());
      if (trouble) log.info('backups can be made again');
      trouble = null;
      return last;
    } catch (error) {
      const failure = error instanceof OperatingError ? error : new OperatingError('STORE_FAILED', String(error));
      if (failure.code === 'STORE_CORRUPT') runtime.distrust(failure);
      else if (trouble?.message !== failure.message)
        log.error({ code: failure.code, err: failure }, `no backup of the store: ${failure.message}`);
      trouble = failure;
      throw failure;
    } finally {
      under = null;
    }
  };
  const run = () => {
    under ??= make();
    return under;
  };
  let timer = setTimeout(
    function again() {
      run()
        .catch(() => {}) // said already
        .finally(() => {
          if (!closed) timer = setTimeout(again, everyMs);
        });
    },
    Math.min(FIRST_MS, everyMs),
  );

  return {
    run,
    status: () => ({
      writable: runtime.storeError === null,
      error: runtime.storeError && { code: runtime.storeError.code, message: runtime.storeError.message },
      lastBackup: last,
      backupError: trouble && { code: trouble.code, message: trouble.message },
    }),
    async close() {
      closed = true;
      clearTimeout(timer);
      await under?.catch(() => {}); // it reads from a store that is about to be closed
    },
  };
}
