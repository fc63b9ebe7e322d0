import { ERROR_CODES, type ErrorCode, OperatingError } from '../protocol/errors.ts';

/** The coordinator answered, and said no. Code and message are its own. */
export class ApiRefusal extends OperatingError {
  readonly status: number;
  readonly details: readonly string[];
  constructor(status: number, code: ErrorCode, message: string, details: readonly string[]) {
    super(code, message);
    this.name = 'ApiRefusal';
    this.status = status;
    this.details = details;
  }
}

/** What an answer of 400 or above says; one that is none of ours (a proxy's, another program's) is shown as it came. */
export function refusalFrom(status: number, text: string, path: string): ApiRefusal {
  const error = errorIn(text);
  if (!error) {
    const said = text.trim().slice(0, 200);
    return new ApiRefusal(
      status,
      'REQUEST_INVALID',
      `${path} answered with status ${status}${said && `: ${said}`}`,
      [],
    );
  }
  const code = ERROR_CODES.find((known) => known === error.code) ?? 'INTERNAL';
  const details = Array.isArray(error.details) ? error.details.map(String) : [];
  return new ApiRefusal(status, code, String(error.message ?? code), details);
}

function errorIn(text: string): { code?: unknown; message?: unknown; details?: unknown } | null {
  try {
    const error = (JSON.parse(text) as { error?: unknown } | null)?.error;
    return typeof error === 'object' ? error : null;
  } catch {
    return null;
  }
}
