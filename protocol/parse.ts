import type * as z from 'zod';
import type { ErrorCode } from './errors.ts';

/** What is allowed of any payload before its schema is looked at (RELIABILITY: controls 15 and 17). */
export const MAX_PAYLOAD_BYTES = 1_048_576;
/** An assignment holds the specs of everything that a node runs; the coordinator gives a node no more than fits in here. */
export const MAX_ASSIGNMENT_BYTES = 8 * MAX_PAYLOAD_BYTES;
export const MAX_DEPTH = 32;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

/** A schema of zod, of its large variant or its small one. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: z.core.$ZodError };
}

/** Bytes from outside → a value of the schema, or what is wrong with them. Never throws. */
export function parsePayload<T>(schema: Schema<T>, payload: Uint8Array, maxBytes = MAX_PAYLOAD_BYTES): Parsed<T> {
  if (payload.byteLength > maxBytes)
    return {
      ok: false,
      code: 'PAYLOAD_TOO_LARGE',
      detail: `${payload.byteLength} bytes; at most ${maxBytes} are allowed`,
    };
  let text: string;
  try {
    text = UTF8.decode(payload);
  } catch {
    return { ok: false, code: 'PAYLOAD_INVALID', detail: 'not UTF-8 text' };
  }
  if (depthOf(text) > MAX_DEPTH)
    return { ok: false, code: 'PAYLOAD_TOO_DEEP', detail: `nested deeper than ${MAX_DEPTH} levels` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, code: 'PAYLOAD_INVALID', detail: `not JSON: ${String(error)}`.slice(0, 200) };
  }
  const result = schema.safeParse(json);
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, code: 'PAYLOAD_INVALID', detail: issueText(result.error) };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Brackets open at once, strings left out: cheaper than parsing first, and parsing deep input is what must be avoided. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > deepest) deepest = depth;
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
  return deepest;
}

/** The first three things wrong, as `field: what is allowed`. */
export function issueText(error: z.core.$ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.length > 0 ? issue.path.join('.') : 'message'}: ${issue.message}`)
    .join('; ')
    .slice(0, 500);
}
