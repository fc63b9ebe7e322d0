import { type DecodedPayload, decoded } from './protoc.ts';
import type { RawMessage, TappedConnection } from './tap.ts';

/* What a tap wrote down, with its payloads read by protoc. */

export interface Message {
  topic: string;
  qos: number;
  isRetained: boolean;
  payload: DecodedPayload;
}
export type CapturedEvent =
  | { kind: 'connack' }
  | { kind: 'subscribe'; topic: string; qos: number }
  | { kind: 'publish' | 'delivered'; message: Message }
  | { kind: 'disconnect'; reasonCode: number }
  | { kind: 'there'; devices: readonly string[] };
export interface Connection {
  version: number;
  isClean: boolean;
  expiry: number;
  will: Message | null;
  events: CapturedEvent[];
}

/** Messages of hosts about themselves are JSON, and are left out. */
const isOfHost = ({ topic }: RawMessage) => topic.startsWith('spBv1.0/STATE/');

export function captured(tapped: readonly TappedConnection[]): Connection[] {
  const payloads: Buffer[] = [];
  for (const { will, events } of tapped) {
    if (will) payloads.push(will.payload);
    for (const event of events)
      if ('message' in event && !isOfHost(event.message)) payloads.push(event.message.payload);
  }
  const read = decoded(payloads);
  const take = (message: RawMessage): Message => ({ ...message, payload: read.shift() as DecodedPayload });
  return tapped.map((connection) => ({
    ...connection,
    will: connection.will && take(connection.will),
    events: connection.events.flatMap((event): CapturedEvent[] => {
      if (!('message' in event)) return [event];
      return isOfHost(event.message) ? [] : [{ kind: event.kind, message: take(event.message) }];
    }),
  }));
}
