import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { OperatingError } from '../protocol/errors.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const MAX_ANSWER_BYTES = 1_048_576;

/**
 * One request to a BMC and its whole answer. `limitMs` is over everything: connecting, waiting and reading. `send` makes the
 * request; `name` is how the BMC is called in messages, `what` what is asked. Throws BMC_UNREACHABLE.
 */
export function exchange(
  name: string,
  what: string,
  limitMs: number,
  send: (onResponse: (response: IncomingMessage) => void) => ClientRequest,
  body: string | null,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      sent.destroy();
      reject(new OperatingError('BMC_UNREACHABLE', `${name} ${why}`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not answer ${what} within ${Math.round(limitMs)} ms`), limitMs);
    const sent = send((response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) fail(`answered ${what} with more than ${MAX_ANSWER_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail(`broke off its answer to ${what}: ${error.message}`, error));
      response.on('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', (error) => fail(`cannot be reached: ${error.message}`, error));
    sent.end(body ?? undefined);
  });
}

/** The value, or undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
