import { monotonicMs } from '../protocol/clock.ts';
import { reconnectDelayMs } from './backoff.ts';
import { LONGEST_TURN_MS, openSession, type Session } from './mqtt-session.ts';

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly subscribe: readonly { readonly topic: string; readonly qos: 0 | 1 }[];
  readonly will?: { readonly topic: string; readonly payload: string };
  /** How often `turn` will be called; where that is too seldom, or left out, the link has a timer of its own. */
  readonly turnsMs?: number;
  /** Connected and subscribed. */
  readonly onUp: () => void;
  readonly onDown: (reason: string) => void;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
}
export interface Link {
  readonly up: () => boolean;
  /** Sends now or not at all: nothing is queued for a broker that is away. True once it was handed over (QoS 1: acknowledged). */
  readonly publish: (topic: string, payload: string, qos: 0 | 1) => Promise<boolean>;
  /** Looks whether the connection lives. Called by whoever is awake anyway: waking a thread costs more than what is done then. */
  readonly turn: () => void;
  readonly close: () => Promise<void>;
}

/**
 * A connection to the broker that comes back by itself. After a fixed period a herd of agents would arrive at once when the broker
 * has started again; here each waits a random time (full jitter), whose limit grows as the loss does.
 */
export function openLink(options: LinkOptions): Link {
  const { hostname, port } = new URL(options.url);
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  let up = false;
  let lostMs: number | null = null; // since when there is no connection; null while there is, and before the first try has failed
  let retry: NodeJS.Timeout | null = null;
  let session = connect();
  const turn = () => session.turn();
  const turns = (options.turnsMs ?? Number.POSITIVE_INFINITY) > LONGEST_TURN_MS;
  const timer = turns ? setInterval(turn, LONGEST_TURN_MS) : null;

  function connect(): Session {
    return openSession({
      ...address,
      clientId: options.clientId,
      subscribe: options.subscribe,
      will: options.will,
      onUp: () => {
        lostMs = null;
        up = true;
        options.onUp();
      },
      onMessage: options.onMessage,
      onEnd: (reason) => {
        const now = monotonicMs();
        const isNews = lostMs === null;
        lostMs ??= now;
        up = false;
        retry = setTimeout(
          () => {
            retry = null;
            session = connect();
          },
          reconnectDelayMs(now - lostMs, Math.random()),
        );
        if (isNews) options.onDown(reason);
      },
    });
  }

  return {
    up: () => up,
    publish: (topic, payload, qos) => session.publish(topic, payload, qos),
    turn,
    close: () => {
      up = false;
      if (retry) clearTimeout(retry);
      if (timer) clearInterval(timer);
      return session.close();
    },
  };
}
