import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';
import type { Outgoing } from './edge-node.ts';

/** One connection to the broker, whose will is the death of the edge node. It is not made again: the next has another number. */
export interface Session {
  /** Subscribed, so that what is published can be answered. */
  readonly isReady: boolean;
  /** More waits for the network than should be added to. */
  readonly isBehind: boolean;
  /** Resolves when there is no connection any more. `isSent`: the broker may have seen the session's number. */
  readonly ended: Promise<{ readonly isSent: boolean }>;
  publish(outgoing: Outgoing): void;
  /** Ends it so that everybody hears of it: publishes the death, then disconnects. */
  leave(death: Outgoing): Promise<void>;
}

export interface SessionOptions {
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly protocolVersion: 4 | 5;
  readonly will: Outgoing;
  readonly subscriptions: readonly string[];
  readonly onReady: () => void;
  readonly onMessage: (topic: string, payload: Buffer, isRetained: boolean) => void;
  readonly onError: (error: Error) => void;
  /** The broker does not let it hear commands: over this connection nothing can be published. */
  readonly onRefused: (error: Error) => void;
}

/** A broker that does not take what is published must not fill the memory. */
const MOST_WAITING_BYTES = 1_048_576;
const PATIENCE_MS = 500;
/** MQTT 5: the broker publishes the will all the same, as Sparkplug demands. */
const DISCONNECT_WITH_WILL = 4;

export function openSession(options: SessionOptions): Session {
  const { protocolVersion, will, onError } = options;
  const client: MqttClient = connect(options.url, {
    ...(options.credentials ?? {}),
    clientId: `coordinator-sparkplug-${randomUUID()}`,
    protocolVersion,
    clean: true,
    keepalive: 5,
    queueQoSZero: false,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false },
  });
  let isReady = false;
  let isSent = false;
  client.stream.once('connect', () => {
    isSent = true;
    (client.stream as Socket).setNoDelay?.(true);
  });
  client.on('error', onError);
  client.on('message', (topic, payload, packet) => options.onMessage(topic, payload, packet.retain));
  client.on('connect', () => {
    client.subscribe([...options.subscriptions], { qos: 1 }, (error, granted) => {
      const refused = granted?.find(({ qos }) => (qos as number) >= 128);
      if (error || refused) {
        options.onRefused(error ?? new Error(`the broker refuses the subscription to ${refused?.topic}`));
        client.stream.destroy();
        return;
      }
      isReady = true;
      options.onReady();
    });
  });
  let finish = () => {};
  const ended = new Promise<{ readonly isSent: boolean }>((resolve) => {
    finish = () => {
      isReady = false;
      client.end(true);
      resolve({ isSent });
    };
    client.once('close', finish);
  });
  return {
    get isReady() {
      return isReady && client.connected;
    },
    get isBehind() {
      return client.stream.writableLength > MOST_WAITING_BYTES;
    },
    ended,
    publish: ({ topic, payload }) => client.publish(topic, Buffer.from(payload), { qos: 0, retain: false }),
    leave: async (death) => {
      isReady = false;
      if (client.connected) {
        await within(client.publishAsync(death.topic, Buffer.from(death.payload), { qos: 1, retain: false }));
        await within(client.endAsync(false, protocolVersion === 5 ? { reasonCode: DISCONNECT_WITH_WILL } : {}));
      }
      client.end(true);
      client.stream.destroy();
      await within(ended);
      finish(); // whatever became of the connection
    },
  };
}

/** Waits for it, but no longer than for a broker that is well, and whatever its outcome. */
async function within(deed: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([deed.catch(() => undefined), patience]);
  clearTimeout(timer);
}
