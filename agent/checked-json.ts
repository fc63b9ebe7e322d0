import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { crc32Of } from '../protocol/checksum.ts';
import { issueText } from '../protocol/parse.ts';

/** JSON with its CRC-32 before it, so that a flipped bit is found and never acted on. */
export function encodeChecked(value: unknown): string {
  const json = JSON.stringify(value);
  return `${crc32Of(json).toString(16).padStart(8, '0')} ${json}\n`;
}

export type Checked<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'corrupt'; readonly detail: string };

export function readChecked<T>(schema: z.ZodType<T>, path: string): Checked<T> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'corrupt', detail: `${path} cannot be read: ${(error as Error).message}` };
  }
  const json = text.slice(9).trimEnd();
  if (crc32Of(json) !== Number.parseInt(text.slice(0, 8), 16))
    return { kind: 'corrupt', detail: `${path} does not match its checksum` };
  try {
    const result = schema.safeParse(JSON.parse(json));
    return result.success
      ? { kind: 'ok', value: result.data }
      : { kind: 'corrupt', detail: `${path}: ${issueText(result.error)}` };
  } catch (error) {
    return { kind: 'corrupt', detail: `${path} is not JSON: ${String(error)}` };
  }
}
