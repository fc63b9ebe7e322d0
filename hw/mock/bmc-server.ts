import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Reading } from '../../protocol/reading.ts';
import type { BmcIdentity, Power } from '../bmc.ts';
import { MockPower } from '../mock-bmc.ts';

/** What a BMC is wired to. */
export interface BmcBoard {
  power(): Power;
  /** Starts switching; the power state follows when it is done. */
  switchPower(to: Power): void;
  sensors(): Reading[];
  identity(): BmcIdentity;
}

/**
 * How real BMCs misbehave: `silent` never answers, `slow` answers late, `refusing` answers no, `stuck` accepts a power-off
 * and stays on.
 */
export type BmcFault =
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'refusing' }
  | { readonly kind: 'stuck' };

export interface BmcServer {
  setFault(fault: BmcFault | null): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 4096;
/** sockaddr_un holds 108 bytes, the last of them 0. */
const MAX_SOCKET_PATH_BYTES = 107;

/** A mock BMC on a Unix socket: its own little computer, which runs whether or not its server has power. */
export async function startBmcServer(socket: string, board: BmcBoard): Promise<BmcServer> {
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES)
    throw new Error(`socket path ${socket} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes that the system allows`);
  let fault: BmcFault | null = null;
  const server = createServer((request, response) => {
    const present = fault;
    if (present?.kind === 'silent') return void request.resume();
    const reply = () =>
      void answer(request, board, present).then(
        ({ status, body }) => send(response, status, body),
        (error: unknown) => send(response, 400, { error: String(error) }),
      );
    if (present?.kind === 'slow') setTimeout(reply, present.delayMs).unref();
    else reply();
  });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  return {
    setFault: (next) => {
      fault = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  request: IncomingMessage,
  board: BmcBoard,
  fault: BmcFault | null,
): Promise<{ status: number; body: unknown }> {
  if (fault?.kind === 'refusing') return { status: 403, body: { error: 'insufficient privilege' } };
  switch (`${request.method} ${request.url}`) {
    case 'GET /power':
      return { status: 200, body: { power: board.power() } };
    case 'POST /power': {
      const wanted = MockPower.safeParse(JSON.parse(await readBody(request)));
      if (!wanted.success) return { status: 400, body: { error: 'power must be "on" or "off"' } };
      if (fault?.kind !== 'stuck') board.switchPower(wanted.data.power);
      return { status: 200, body: { accepted: true } };
    }
    case 'GET /sensors':
      return { status: 200, body: { readings: board.sensors() } };
    case 'GET /identity':
      return { status: 200, body: board.identity() };
    default:
      return { status: 404, body: { error: `no ${request.method} ${request.url} here` } };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`body longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
