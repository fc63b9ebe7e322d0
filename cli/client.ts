import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { API_PREFIX } from '../protocol/api.ts';
import { OperatingError } from '../protocol/errors.ts';
import { refusalFrom } from './api-error.ts';
import { openStream, type Stream, type StreamHandlers } from './event-stream.ts';
import { nameOf, type Target } from './target.ts';

/** The coordinator's HTTP API. Paths are without the prefix: `/status`. Failures are OperatingErrors. */
export interface ApiClient {
  readonly target: Target;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, text: string): Promise<T>;
  del<T>(path: string): Promise<T>;
  /** Follows the event stream, connecting again whenever it breaks, until it is closed. */
  stream(handlers: StreamHandlers): Stream;
}

/** A plan for a large cluster may take its time; one that says nothing for this long is taken for gone. */
const SILENCE_MS = 60_000;
const MAX_ANSWER_BYTES = 256 * 1_048_576;

export function createClient(target: Target): ApiClient {
  const call = <T>(method: string, path: string, body?: string, type = 'application/json') =>
    exchange(target, method, path, body, type) as Promise<T>;
  return {
    target,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body === undefined ? undefined : JSON.stringify(body)),
    put: (path, text) => call('PUT', path, text, 'application/yaml'),
    del: (path) => call('DELETE', path),
    stream: (handlers) => openStream(() => open(target, 'GET', '/stream', { accept: 'text/event-stream' }), handlers),
  };
}

function open(target: Target, method: string, path: string, headers: Record<string, string | number>): ClientRequest {
  if ('socket' in target) return request({ socketPath: target.socket, path: API_PREFIX + path, method, headers });
  return request(target.url + API_PREFIX + path, { method, headers });
}

async function exchange(
  target: Target,
  method: string,
  path: string,
  body: string | undefined,
  type: string,
): Promise<unknown> {
  const headers: Record<string, string | number> = { accept: 'application/json' };
  if (body !== undefined) {
    headers['content-type'] = type;
    headers['content-length'] = Buffer.byteLength(body);
  }
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const fail = (cause: Error) => reject(unreachable(target, cause));
    const outgoing = open(target, method, path, headers);
    outgoing.setTimeout(SILENCE_MS, () => outgoing.destroy(new Error(`no answer for ${SILENCE_MS / 1000} s`)));
    outgoing.on('error', fail);
    outgoing.on('response', (answer) => {
      readAll(answer).then((answered) => resolve({ status: answer.statusCode ?? 0, text: answered }), fail);
    });
    outgoing.end(body);
  });
  if (status >= 400) throw refusalFrom(status, text, `${nameOf(target)} ${method} ${path}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OperatingError(
      'COORDINATOR_UNREACHABLE',
      `what answers at ${nameOf(target)} is no coordinator: ${method} ${path} gave ${JSON.stringify(text.slice(0, 60))}`,
      { cause },
    );
  }
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Says what was tried and what to do about it. */
function unreachable(target: Target, cause: Error): OperatingError {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : code === 'ENOENT'
        ? 'there is no such socket'
        : code === 'EACCES'
          ? 'you may not open that socket: run this as the user that runs the coordinator'
          : cause.message || code || 'the connection failed';
  return new OperatingError(
    'COORDINATOR_UNREACHABLE',
    `cannot reach the coordinator at ${nameOf(target)}: ${why}. ` +
      'Start one with "evenkeel up", or say where it is with --socket PATH, --url URL, EVENKEEL_SOCKET or EVENKEEL_URL.',
    { cause },
  );
}
