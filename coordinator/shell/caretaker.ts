import type { Logger } from 'pino';
import type { StoreStatus } from '../../protocol/api.ts';
import { API_PREFIX } from '../../protocol/api.ts';
import type { OperatingError } from '../../protocol/errors.ts';
import type { Presence } from '../../protocol/presence.ts';
import type { ClusterView } from '../../protocol/view.ts';
import type { Happening } from '../core/events.ts';
import type { EventStream } from './event-stream.ts';
import { type Handler, HttpError } from './http.ts';
import type { Link } from './link.ts';
import { serveStatic } from './static-files.ts';

/*
 * What is left of a coordinator whose store is damaged. It knows nothing, so it decides nothing: it answers every heartbeat
 * with a lease under the very term that the agent obeys, so that what runs goes on, and tells everybody who asks. Nothing is
 * started, stopped, taken over or fenced, which is why leases to any node are safe: nobody else can be given its work.
 */

/** One that leads speaks twice a second. */
const LED_MS = 5000;

export interface CaretakerOptions {
  readonly cluster: string;
  readonly leaseMs: number;
  readonly damage: OperatingError;
  readonly log: Logger;
  readonly link: () => Link | null;
}

export class Caretaker {
  readonly #options: CaretakerOptions;
  readonly #heard = new Map<string, { bootId: number; sequence: number; at: number }>();
  #version = 0;
  #ledUntil = 0;

  constructor(options: CaretakerOptions) {
    this.#options = options;
    options.log.error({ code: options.damage.code, err: options.damage }, options.damage.message);
  }

  get version(): number {
    return this.#version;
  }

  /** While another coordinator leads, a lease from here could let run what that one takes over. */
  otherHeard(said: Presence): void {
    if (said.phase === 'leading') this.#ledUntil = performance.now() + LED_MS;
  }

  feed(happening: Happening): void {
    if (happening.kind !== 'heartbeaten' || performance.now() < this.#ledUntil) return;
    const { node, bootId, sequence, sentMs, term, revision, store } = happening.heartbeat;
    const known = this.#heard.get(node);
    if (known && (bootId < known.bootId || (bootId === known.bootId && sequence <= known.sequence))) return;
    if (!known) this.#version++;
    this.#heard.set(node, { bootId, sequence, at: performance.now() });
    const { leaseMs } = this.#options;
    this.#options.link()?.sendLease({
      ...{ v: 1, node, bootId, term, sequence, sentMs, leaseMs, revision },
      ...(store ? { store } : {}), // whichever it obeys
    });
  }

  view(): ClusterView {
    const { cluster, damage, leaseMs } = this.#options;
    const now = performance.now();
    const heard = [...this.#heard.values()].filter(({ at }) => now - at < leaseMs).length;
    const nodes = `${heard} ${heard === 1 ? 'node is' : 'nodes are'} heard`;
    return {
      cluster,
      term: 0,
      wallMs: Date.now(),
      version: this.#version,
      tone: 'bad',
      sentence: `Nothing can be changed (${damage.code}): ${damage.message} ${nodes}; what runs there goes on.`,
      survives: null,
      nodes: [],
      apps: [],
      plan: null,
      journal: [],
    };
  }

  status(): StoreStatus {
    const { code, message } = this.#options.damage;
    return { writable: false, error: { code, message }, lastBackup: null, backupError: null };
  }
}

/** The API as far as it needs no store; all else is answered with what is the matter. */
export function createCaretakerApi(
  caretaker: Caretaker,
  stream: EventStream,
  dashboard: string,
  damage: OperatingError,
): Handler {
  return async (request, response) => {
    switch (`${request.method} ${request.path}`) {
      case 'GET /healthz':
        return { ok: true };
      case `GET ${API_PREFIX}/status`:
        return caretaker.view();
      case `GET ${API_PREFIX}/store`:
        return caretaker.status();
      case `GET ${API_PREFIX}/stream`:
        if (!stream.add(response)) throw new HttpError(503, 'RATE_EXCEEDED', 'too many listen already');
        return undefined;
    }
    if (request.path.startsWith(`${API_PREFIX}/`)) throw new HttpError(503, damage.code, damage.message);
    if (request.method === 'GET' && (await serveStatic(dashboard, request.path, response))) return undefined;
    throw new HttpError(404, 'REQUEST_INVALID', `there is nothing at ${request.path.slice(0, 200)}`);
  };
}
