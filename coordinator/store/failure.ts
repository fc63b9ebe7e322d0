import { OperatingError } from '../../protocol/errors.ts';

export function corrupt(file: string, what: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'STORE_CORRUPT',
    `${file} is damaged: ${what}. "evenkeel store verify" tells which backups are whole, "evenkeel store restore" goes back to one.`,
    { cause },
  );
}

/** SQLite's primary result codes (sqlite.org/rescode.html) as our own. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asOperatingError(file, error);
  }
}

export function asOperatingError(file: string, error: unknown): OperatingError {
  if (error instanceof OperatingError) return error;
  const text = error instanceof Error ? error.message : String(error);
  switch (((error as { errcode?: number }).errcode ?? 0) & 0xff) {
    case 5: // BUSY
    case 6: // LOCKED
      return new OperatingError('STORE_LOCKED', `${file} is in use: another coordinator runs on it, and only one may`, {
        cause: error,
      });
    case 11: // CORRUPT
    case 26: // NOTADB
      return corrupt(file, text, error);
    case 13: // FULL
      return new OperatingError('STORE_FULL', `there is no room to write ${file}`, { cause: error });
    default:
      return new OperatingError('STORE_FAILED', `cannot use ${file}: ${text}`, { cause: error });
  }
}
