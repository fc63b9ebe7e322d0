import { connect as connectSocket } from 'node:net';
// not the package's main file: that brings WebSockets, SOCKS and TLS along, 0.4 MB of program in each thread
import mqttClient, { type IClientOptions } from 'mqtt/lib/client';
import packets from 'mqtt-packet';

const KEEPALIVE_S = 5;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly subscribe: readonly { readonly topic: string; readonly qos: 0 | 1 }[];
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Connected and subscribed. */
  readonly onUp: () => void;
  readonly onDown: (reason: string) => void;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
}
export interface Link {
  readonly up: () => boolean;
  /** Sends now or not at all: nothing is queued for a broker that is away. True once it was handed over (QoS 1: acknowledged). */
  readonly publish: (topic: string, payload: string, qos: 0 | 1) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

// Otherwise the first packet makes a buffer for each of the 65,536 packet ids: 8 MB in each thread.
packets.writeToStream.cacheNumbers = false;

const MqttClient = mqttClient.default;
type MqttClient = InstanceType<typeof MqttClient>;

/** Bytes that wait for a socket which takes nothing; beyond it nothing is sent. */
const MAX_WAITING_BYTES = 1_048_576;

/**
 * A connection to the broker that comes back by itself. mqtt.js reconnects after a fixed period, which makes a herd of agents
 * arrive at once after the broker's restart; here each waits a random time (full jitter) that grows with each failure. Each
 * connection is a client of its own: mqtt.js keeps what was not acknowledged, without bound, and would send it after the next
 * connection, when it is old.
 */
export function openLink(options: LinkOptions): Link {
  let up = false;
  let closed = false;
  let failures = 0;
  let retry: NodeJS.Timeout | null = null;
  let client = connect();

  function connect(): MqttClient {
    const { host, port } = addressOf(options.url);
    // Nagle's algorithm costs 16 ms at the median instead of 0.1
    const next = new MqttClient(() => connectSocket({ host, port, noDelay: true }), clientOptions(options));
    let reason = 'connection lost';
    next.on('connect', () => {
      const topics = Object.fromEntries(options.subscribe.map(({ topic, qos }) => [topic, { qos }]));
      next.subscribe(topics, (error, granted) => {
        if (next !== client || closed) return;
        const refused = granted?.find((grant) => grant.qos > 2);
        if (error || refused) {
          reason = error ? `cannot subscribe: ${error.message}` : `the broker refuses ${refused?.topic}`;
          (next.stream as { destroy: () => void }).destroy();
          return;
        }
        failures = 0;
        up = true;
        options.onUp();
      });
    });
    next.on('message', (topic, payload) => options.onMessage(topic, payload));
    next.on('error', (error) => {
      reason = error.message || (error as NodeJS.ErrnoException).code || 'unknown error';
    });
    next.on('close', () => {
      if (next !== client) return;
      const wasUp = up;
      up = false;
      if (closed || retry) return;
      next.end(true); // answers whoever waits for an acknowledgement: it will not come
      const limitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10));
      retry = setTimeout(() => {
        retry = null;
        if (!closed) client = connect();
      }, Math.random() * limitMs);
      if (wasUp || failures === 1) options.onDown(reason);
    });
    return next;
  }

  return {
    up: () => up,
    publish: (topic, payload, qos) =>
      new Promise((resolve) => {
        const waiting = (client.stream as { writableLength?: number }).writableLength ?? 0;
        if (!up || waiting > MAX_WAITING_BYTES) return resolve(false);
        client.publish(topic, payload, { qos }, (error) => resolve(!error));
      }),
    close: () => {
      closed = true;
      if (retry) clearTimeout(retry);
      return new Promise((resolve) => {
        const timer = setTimeout(() => client.end(true, {}, () => resolve()), 500);
        client.end(false, {}, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function clientOptions({ clientId, will }: LinkOptions): IClientOptions {
  return {
    protocol: 'mqtt',
    clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: 4000,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(will ? { will: { ...will, payload: Buffer.from(will.payload), qos: 1 as const, retain: false } } : {}),
  };
}
