import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Logger } from 'pino';
import type { ApiError } from '../../protocol/api.ts';
import { type ErrorCode, OperatingError } from '../../protocol/errors.ts';

/*
 * The HTTP server under the API: two listeners (a Unix socket and TCP), bounded bodies, errors as ApiError, and the checks
 * that keep a web page of somebody else's from using a browser on this machine.
 */

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as text; PAYLOAD_TOO_LARGE when it is. */
  body(): Promise<string>;
}
/** Returns what is to be answered as JSON, or undefined when it has answered by itself. */
export type Handler = (request: Request, response: ServerResponse) => Promise<unknown> | unknown;

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly log: Logger;
  readonly handle: Handler;
}
export interface HttpServer {
  readonly url: string;
  readonly socket: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;

export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const tcp = listenerFor(options, true);
  const unix = listenerFor(options, false);
  await listen(tcp, { host: options.host, port: options.port }, `port ${options.port} of ${options.host}`);
  await removeStaleSocket(options.socket);
  await listen(unix, { path: options.socket }, options.socket);
  chmodSync(options.socket, 0o600);
  const address = tcp.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  const end = (server: Server) =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    socket: options.socket,
    close: async () => {
      await Promise.all([end(tcp), end(unix)]);
      rmSync(options.socket, { force: true });
    },
  };
}

function listenerFor(options: HttpOptions, overTcp: boolean): Server {
  const server = createServer({ noDelay: true, requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 });
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    void respond(options, overTcp, message, response);
  });
  return server;
}

async function respond(
  options: HttpOptions,
  overTcp: boolean,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (overTcp) refuseStrangers(message);
    const url = new URL(message.url ?? '/', 'http://coordinator');
    const request: Request = {
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: () => readBody(message),
    };
    const answer = await options.handle(request, response);
    if (answer !== undefined) sendJson(response, 200, answer);
  } catch (error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, body } = describeError(error);
    if (status === 500) options.log.error({ code: 'INTERNAL', err: error }, 'a request failed');
    sendJson(response, status, body);
  }
}

/**
 * A browser sends the page's host and origin along. Names other than those of loopback would mean that somebody's DNS
 * points at this machine; a foreign origin that another site's page asks.
 */
function refuseStrangers(message: IncomingMessage): void {
  const host = (message.headers.host ?? '').replace(/:\d+$/, '');
  const bound = message.socket.localAddress?.replace(/^::ffff:/, '');
  if (!['localhost', '127.0.0.1', '[::1]', bound, `[${bound}]`].includes(host))
    throw new HttpError(
      403,
      'REQUEST_INVALID',
      `the host ${JSON.stringify(host.slice(0, 100))} is not this coordinator's`,
    );
  const { origin } = message.headers;
  if (message.method !== 'GET' && origin !== undefined && origin !== `http://${message.headers.host}`)
    throw new HttpError(
      403,
      'REQUEST_INVALID',
      `pages of ${JSON.stringify(origin.slice(0, 100))} may not change anything here`,
    );
}

export class HttpError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly details: readonly string[] | undefined;
  constructor(status: number, code: ErrorCode, message: string, details?: readonly string[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

function describeError(error: unknown): { status: number; body: ApiError } {
  if (error instanceof HttpError) {
    const { status, code, message, details } = error;
    return { status, body: { error: { code, message, ...(details ? { details } : {}) } } };
  }
  if (error instanceof OperatingError) {
    const status = error.code.startsWith('STORE_') ? 503 : error.code.endsWith('_UNKNOWN') ? 404 : 400;
    return { status, body: { error: { code: error.code, message: error.message } } };
  }
  return {
    status: 500,
    body: { error: { code: 'INTERNAL', message: 'the coordinator failed on this request; its log says more' } },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        message.pause();
        reject(new HttpError(413, 'PAYLOAD_TOO_LARGE', `the body has more than ${MAX_BODY_BYTES} bytes`));
      } else chunks.push(chunk);
    });
    message.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    message.on('error', reject);
  });
}

function listen(server: Server, where: { host?: string; port?: number; path?: string }, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new OperatingError(
              'PORT_IN_USE',
              `${name} is in use: end what uses it, or set http.port to another (0 takes a free one)`,
              { cause: error },
            )
          : new OperatingError('PORT_IN_USE', `cannot listen on ${name}: ${error.message}`, { cause: error }),
      );
    });
    server.listen(where, resolve);
  });
}

/** A socket left by a coordinator that was killed is in nobody's use: nothing answers on it. */
function removeStaleSocket(path: string): Promise<void> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(); // in use: listening will say so
    });
    probe.on('error', () => {
      rmSync(path, { force: true });
      resolve();
    });
  });
}
