import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiError } from '../../protocol/api.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';

export interface Request {
  readonly method: string;
  readonly path: string; // without /api/v1
  readonly body: string;
  readonly type: string;
}
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface FakeCoordinator {
  readonly url: string;
  readonly requests: Request[];
  /** Answers of particular requests, `POST /plan`; others are answered from the view. */
  readonly answers: Map<string, Answer>;
  view: ClusterView;
  readonly journal: JournalEntry[];
  /** To everyone who listens to the stream. */
  send(event: 'view' | 'journal', data: unknown): void;
  /** Text as it stands, for streams that break. */
  sendRaw(text: string): void;
  breakStreams(): void;
  readonly listeners: () => number;
  close(): Promise<void>;
}

/** An HTTP server that answers like a coordinator, from canned views. Listens on a socket, or on a free port. */
export async function fakeCoordinator(view: ClusterView, socket?: string): Promise<FakeCoordinator> {
  const streams = new Set<ServerResponse>();
  const fake: Omit<FakeCoordinator, 'url'> = {
    requests: [],
    answers: new Map(),
    view,
    journal: [...view.journal],
    send: (event, data) => fake.sendRaw(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    sendRaw: (text) => {
      for (const stream of streams) stream.write(text);
    },
    breakStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    listeners: () => streams.size,
    close: async () => {
      fake.breakStreams();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const path = (request.url ?? '').replace(/^\/api\/v1/, '');
      fake.requests.push({ method: request.method ?? '', path, body, type: request.headers['content-type'] ?? '' });
      if (path === '/stream') return stream(response);
      const { status = 200, body: answer } =
        fake.answers.get(`${request.method} ${path}`) ?? fromView(fake, request.method ?? '', path);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  function stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`: hello\n\nevent: view\ndata: ${JSON.stringify(fake.view)}\n\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
  }
  await new Promise<void>((resolve) =>
    socket ? server.listen(socket, resolve) : server.listen(0, '127.0.0.1', resolve),
  );
  const url = socket ? '' : `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, { url });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function error(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } satisfies ApiError };
}

function fromView({ view, journal }: Pick<FakeCoordinator, 'view' | 'journal'>, method: string, path: string): Answer {
  const [, kind, name, action] = path.split('?')[0]!.split('/').map(decodeURIComponent);
  const node = view.nodes.find((each) => each.node === name);
  const app = view.apps.find((each) => each.app === name);
  if (kind === 'nodes' && name !== undefined && !node)
    return error(
      404,
      'NODE_UNKNOWN',
      `There is no node ${name}. Known nodes: ${view.nodes.map((each) => each.node).join(', ')}.`,
    );
  if (kind === 'apps' && name !== undefined && !app && method !== 'PUT')
    return error(404, 'APP_UNKNOWN', `There is no application ${name}.`);
  if (method === 'GET') {
    if (path === '/status') return { body: view };
    if (kind === 'nodes') return { body: node ?? view.nodes };
    if (kind === 'apps') return { body: app ?? view.apps };
    if (kind === 'events') {
      const query = new URLSearchParams(path.split('?')[1]);
      const after = Number(query.get('after') ?? 0);
      return { body: journal.filter(({ id }) => id > after).slice(0, Number(query.get('limit'))) };
    }
  }
  if (method === 'PUT' || method === 'DELETE') return { body: { accepted: true, notes: [`${name}: ${method} done`] } };
  if (method === 'POST' && action) return { body: { accepted: true, notes: [`${action} done`] } };
  return error(404, 'REQUEST_INVALID', `no ${method} ${path}`);
}
