import { connect } from 'node:net';
import packets, { type IPublishPacket, type Packet } from 'mqtt-packet';
import { monotonicMs } from '../protocol/clock.ts';
import { MAX_ASSIGNMENT_BYTES } from '../protocol/parse.ts';

/*
 * One connection to the broker from its first packet to its last: MQTT 3.1.1, a clean session, messages of QoS 0 and 1 both ways.
 * Nothing is queued and nothing is sent again: what was not acknowledged when the connection ends was not sent. Not handled here:
 * coming back (link.ts).
 */

/** Until the broker has accepted the connection and the subscriptions. */
const CONNECT_LIMIT_MS = 4000;
/** A broker ends a connection of which it has heard nothing for 1.5 times this. */
const KEEPALIVE_S = 5;
/** A ping where nothing was sent, or nothing heard, for so long; and the end where it is not answered. */
const IDLE_MS = 3500;
const PING_LIMIT_MS = 3000;
/** Looks at the two at least: with IDLE_MS that makes less than the broker waits. */
export const LONGEST_TURN_MS = 2500;
/** Bytes that wait for a socket which takes nothing; beyond it nothing is sent. */
const MAX_WAITING_BYTES = 1_048_576;
/** Bytes of one packet: the largest message that is allowed, and its topic. */
const MAX_PACKET_BYTES = MAX_ASSIGNMENT_BYTES + 65_536;
const MAX_MESSAGE_ID = 65_535;

// Otherwise the first packet makes a buffer for each of the 65,536 packet ids: 8 MB in each thread.
packets.writeToStream.cacheNumbers = false;

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly subscribe: readonly { readonly topic: string; readonly qos: 0 | 1 }[];
  readonly will?: { readonly topic: string; readonly payload: string } | undefined;
  /** Connected and subscribed. */
  readonly onUp: () => void;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  /** Once, whatever the reason; not when it was closed. */
  readonly onEnd: (reason: string) => void;
}

export interface Session {
  /** True once it was handed over; QoS 1: once it was acknowledged. */
  readonly publish: (topic: string, payload: string, qos: 0 | 1) => Promise<boolean>;
  /** Pings where it is time, and ends the connection where the broker is silent. To be called every LONGEST_TURN_MS at least. */
  readonly turn: () => void;
  readonly close: () => Promise<void>;
}

export function openSession(options: SessionOptions): Session {
  const { host, port, clientId, subscribe, will } = options;
  // Nagle's algorithm costs 16 ms at the median instead of 0.1
  const socket = connect({ host, port, noDelay: true });
  const parser = packets.parser({ protocolVersion: 4 });
  const unanswered = new Map<number, (acknowledged: boolean) => void>();
  let state: 'connecting' | 'subscribing' | 'up' | 'closing' | 'ended' = 'connecting';
  let reason = 'connection lost';
  let lastId = 1; // that of the subscription
  let unparsedBytes = 0;
  let [sentMs, heardMs] = [monotonicMs(), monotonicMs()];
  let pingedMs: number | null = null;
  let arrived: Packet[] = [];

  const limit = setTimeout(() => end('no connection in time'), CONNECT_LIMIT_MS);
  const send = (packet: Packet) => {
    sentMs = monotonicMs();
    socket.write(packets.generate(packet));
  };
  const end = (why: string) => {
    reason = why;
    socket.destroy();
  };

  socket.on('connect', () => {
    send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId,
      keepalive: KEEPALIVE_S,
      ...(will ? { will: { ...will, qos: 1, retain: false } } : {}),
    });
  });
  parser.on('packet', (packet) => arrived.push(packet));
  parser.on('error', (error) => end(`the broker sent what is no MQTT: ${error.message}`));
  socket.on('data', (bytes: Buffer) => {
    heardMs = monotonicMs();
    pingedMs = null;
    unparsedBytes = parse(bytes);
    if (unparsedBytes > MAX_PACKET_BYTES) end(`the broker sent a packet of more than ${MAX_PACKET_BYTES} bytes`);
    const now = arrived;
    arrived = [];
    for (const packet of now) if (!socket.destroyed) received(packet);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.message || error.code || 'unknown error';
  });
  socket.on('close', () => {
    clearTimeout(limit);
    const wasClosed = state === 'closing';
    state = 'ended';
    for (const answer of unanswered.values()) answer(false); // it will not come
    unanswered.clear();
    if (!wasClosed) options.onEnd(reason);
  });

  /** Bytes that are no whole packet yet. Not for what our own handlers throw: those run afterwards. */
  function parse(bytes: Buffer): number {
    try {
      return parser.parse(bytes);
    } catch (error) {
      end(`the broker sent what is no MQTT: ${(error as Error).message}`);
      return 0;
    }
  }

  function received(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        if (state !== 'connecting') return end('the broker accepted the connection twice');
        if (packet.returnCode !== 0) return end(`the broker refuses the connection: code ${packet.returnCode}`);
        state = 'subscribing';
        return send({ cmd: 'subscribe', messageId: lastId, subscriptions: [...subscribe] });
      case 'suback':
        return subscribed(packet.granted as readonly number[]);
      case 'publish':
        return published(packet);
      case 'puback':
        unanswered.get(packet.messageId ?? 0)?.(true);
        unanswered.delete(packet.messageId ?? 0);
        return;
      case 'pingresp':
        return;
      default:
        return end(`the broker sent ${packet.cmd}`);
    }
  }

  function subscribed(granted: readonly number[]): void {
    if (state !== 'subscribing') return;
    const refused = subscribe.find((_each, i) => (granted[i] ?? 128) > 2);
    if (refused) return end(`the broker refuses ${refused.topic}`);
    clearTimeout(limit);
    state = 'up';
    options.onUp();
  }

  function published({ topic, payload, qos, messageId }: IPublishPacket): void {
    if (qos === 2) return end('the broker sent a message of QoS 2');
    if (state === 'closing') return;
    options.onMessage(topic, payload as Uint8Array);
    if (qos === 1 && messageId !== undefined) send({ cmd: 'puback', messageId });
  }

  /** Null where all of them wait for an answer. */
  function freeId(): number | null {
    if (unanswered.size >= MAX_MESSAGE_ID) return null;
    do lastId = (lastId % MAX_MESSAGE_ID) + 1;
    while (unanswered.has(lastId));
    return lastId;
  }

  return {
    publish: async (topic, payload, qos) => {
      if (state !== 'up' || socket.destroyed || socket.writableLength > MAX_WAITING_BYTES) return false;
      if (qos === 0) {
        send({ cmd: 'publish', topic, payload, qos, dup: false, retain: false });
        return true;
      }
      const messageId = freeId();
      if (messageId === null) return false;
      const acknowledged = new Promise<boolean>((resolve) => unanswered.set(messageId, resolve));
      send({ cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false });
      return acknowledged;
    },
    turn: () => {
      if (state !== 'up') return;
      const now = monotonicMs();
      // a thread that stood still asks first, and ends nothing for its own silence
      if (pingedMs !== null) {
        if (now - pingedMs > PING_LIMIT_MS) end('the broker is silent');
        return;
      }
      if (now - sentMs < IDLE_MS && now - heardMs < IDLE_MS) return;
      send({ cmd: 'pingreq' });
      pingedMs = now;
    },
    close: () =>
      new Promise((resolve) => {
        if (state === 'ended') return resolve();
        if (state === 'up') send({ cmd: 'disconnect' });
        state = 'closing';
        const timer = setTimeout(() => socket.destroy(), 500);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.end();
      }),
  };
}
