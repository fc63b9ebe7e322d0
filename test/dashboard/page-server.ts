import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const PAGE = join(import.meta.dirname, '../../dist/dashboard');

export interface PageServer {
  readonly url: string;
  /** Streams opened since the start. */
  streams(): number;
  show(view: ClusterView): void;
  /** Lets the state change without a word on the stream, as where a network swallows it. */
  change(view: ClusterView): void;
  tell(entry: JournalEntry): void;
  /** Sends text as it is, to see what the page makes of a broken message. */
  send(text: string): void;
  /** Cuts every connection and refuses new ones, as a coordinator that died does. */
  stop(): Promise<void>;
  /** Serves again, on the same port. */
  start(): Promise<void>;
}

/** Serves the built page as the coordinator does (same security header), with a stream that the test plays. */
export async function servePage(): Promise<PageServer> {
  const open = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let latest: ClusterView | null = null;
  let port = 0;
  let streams = 0;

  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', "default-src 'self'");
    response.setHeader('x-content-type-options', 'nosniff');
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    if (path === '/api/v1/status') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(latest));
    } else if (path === '/api/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': hello\n\n');
      open.add(response);
      streams += 1;
      response.on('close', () => open.delete(response));
      if (latest !== null) response.write(message('view', latest));
    } else {
      void file(path, response);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  async function start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  }
  await start();

  function send(text: string): void {
    for (const response of open) response.write(text);
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    streams: () => streams,
    show(view) {
      latest = view;
      send(message('view', view));
    },
    change(view) {
      latest = view;
    },
    tell: (entry) => send(message('journal', entry)),
    send,
    start,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function message(event: 'view' | 'journal', data: ClusterView | JournalEntry): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function file(path: string, response: ServerResponse): Promise<void> {
  const name = normalize(path === '/' ? '/index.html' : path);
  try {
    const body = await readFile(join(PAGE, name));
    response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}
