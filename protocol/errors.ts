/**
 * What the world does to us, as codes: thrown at the edges, caught in the shells, explained one by one
 * in docs/operating.md. A test keeps that page and this list in step.
 */
export const ERROR_CODES = [
  'PAYLOAD_INVALID',
  'PAYLOAD_TOO_LARGE',
  'PAYLOAD_TOO_DEEP',
  'RATE_EXCEEDED',
  'TOPIC_UNKNOWN',
  'NODE_MISMATCH',
  'NODE_NAME_TAKEN',
  'NODE_UNKNOWN',
  'APP_UNKNOWN',
  'SERVER_UNEXPECTED',
  'SPEC_INVALID',
  'CONFIG_INVALID',
  'REQUEST_INVALID',
  'CONFLICT',
  'SENSOR_UNAVAILABLE',
  'SENSOR_INVALID',
  'BMC_UNREACHABLE',
  'BMC_REFUSED',
  'BMC_NOT_PROVED',
  'BROKER_UNREACHABLE',
  'PORT_IN_USE',
  'CLUSTER_TAKEN',
  'STORE_LOCKED',
  'STORE_CORRUPT',
  'STORE_FULL',
  'STORE_FAILED',
  'STATE_CORRUPT',
  'SPOOL_CORRUPT',
  'SPOOL_FAILED',
  'WATCHDOG_UNAVAILABLE',
  'SPAWN_FAILED',
  'SOLVER_FAILED',
  'COORDINATOR_UNREACHABLE',
  'FILE_UNREADABLE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The world failed (or a person mistyped): not a bug of ours. Match on `code`, never on the text. */
export class OperatingError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OperatingError';
    this.code = code;
  }
}
