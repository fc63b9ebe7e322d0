import { type ErrorCode, OperatingError } from '../protocol/errors.ts';
import { ApiRefusal } from './api-error.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
} as const;

/** As `evenkeel --help` and docs/cli.md show them. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  failed
  2  bad usage or bad input: an unknown option, a mistake in a file, an unknown name
  3  the coordinator cannot be reached
  4  refused: it conflicts with what is so at present`;

const BY_CODE: { readonly [code in ErrorCode]?: number } = {
  SPEC_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  REQUEST_INVALID: EXIT.usage,
  FILE_UNREADABLE: EXIT.usage,
  NODE_UNKNOWN: EXIT.usage,
  APP_UNKNOWN: EXIT.usage,
  COORDINATOR_UNREACHABLE: EXIT.unreachable,
  CONFLICT: EXIT.refused,
};

/** How the command ends when this was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof OperatingError)) return EXIT.failed;
  if (error instanceof ApiRefusal && error.status >= 500) return EXIT.failed;
  return BY_CODE[error.code] ?? EXIT.failed;
}
