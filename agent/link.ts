import mqtt, { type MqttClient } from 'mqtt';

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

/**
 * A connection to the broker that comes back by itself. mqtt.js reconnects after a fixed period, which makes a herd of agents
 * arrive at once after the broker's restart; here each waits a random time (full jitter) that grows with each failure.
 */
export function openLink(options: LinkOptions): Link {
  let up = false;
  let closed = false;
  let failures = 0;
  let reason = 'connection lost';
  let retry: NodeJS.Timeout | null = null;
  const { hostname, port } = new URL(options.url);
  // not the URL itself: mqtt.js takes it apart with the deprecated url.parse()
  const client: MqttClient = mqtt.connect({
    protocol: 'mqtt',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    clientId: options.clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: 4000,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(options.will
      ? { will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1 as const, retain: false } }
      : {}),
  });
  const noDelay = () => {
    // Nagle's algorithm, left on by mqtt.js, costs 16 ms at the median instead of 0.1
    (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
  };
  client.on('connect', () => {
    noDelay();
    const topics = Object.fromEntries(options.subscribe.map(({ topic, qos }) => [topic, { qos }]));
    client.subscribe(topics, (error, granted) => {
      const refused = granted?.find((grant) => grant.qos > 2);
      if (error || refused) {
        reason = error ? `cannot subscribe: ${error.message}` : `the broker refuses ${refused?.topic}`;
        (client.stream as { destroy: () => void }).destroy();
        return;
      }
      failures = 0;
      up = true;
      options.onUp();
    });
  });
  client.on('message', (topic, payload) => options.onMessage(topic, payload));
  client.on('error', (error) => {
    reason = error.message || (error as NodeJS.ErrnoException).code || 'unknown error';
  });
  client.on('close', () => {
    const wasUp = up;
    up = false;
    if (closed) return;
    if (wasUp || failures === 0) options.onDown(reason);
    if (retry) return;
    const limitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10));
    retry = setTimeout(() => {
      retry = null;
      if (!closed) client.reconnect();
    }, Math.random() * limitMs);
  });
  return {
    up: () => up,
    publish: (topic, payload, qos) =>
      new Promise((resolve) => {
        if (!up) return resolve(false);
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
