import type { Logger } from 'pino';
import type * as z from 'zod';
import type { ErrorCode } from '../../protocol/errors.ts';
import { type ClusterName, NodeName } from '../../protocol/ids.ts';
import { Gone, Heartbeat, Hello, NodeEvent, Report } from '../../protocol/messages.ts';
import { parsePayload } from '../../protocol/parse.ts';
import { NameTable, Samples } from '../../protocol/samples.ts';
import { parseUpTopic, type UpKind } from '../../protocol/topics.ts';
import type { Happening } from '../core/events.ts';

/** Messages of one node per second in the long run, and at once after a pause. */
const RATE = 50;
const BURST = 200;
/** A code of one node is logged at most this often. */
const LOG_EVERY_MS = 10_000;

/** Sent so often that it leaves the node's name to its topic. */
type Nameless = 'names' | 'samples';
const SCHEMAS: Record<Exclude<UpKind, Nameless>, z.ZodType<{ node: string }>> = {
  hello: Hello,
  heartbeat: Heartbeat,
  report: Report,
  event: NodeEvent,
  gone: Gone,
};

/** Everything that comes over MQTT is checked here, once. What is wrong is counted and logged, and nothing else. */
export class Ingest {
  readonly received: Partial<Record<UpKind, number>> = {};
  readonly refused: Partial<Record<ErrorCode, number>> = {};
  readonly #cluster: ClusterName;
  readonly #log: Logger;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #logged = new Map<string, number>();

  constructor(cluster: ClusterName, log: Logger) {
    this.#cluster = cluster;
    this.#log = log;
  }

  take(topic: string, payload: Uint8Array, now: number): Happening | null {
    const at = parseUpTopic(this.#cluster, topic);
    const name = NodeName.safeParse(at?.node);
    if (!at || !name.success) return this.#refuse('TOPIC_UNKNOWN', '', topic.slice(0, 200), now);
    if (!this.#allowed(name.data, now))
      return this.#refuse('RATE_EXCEEDED', name.data, `more than ${RATE} messages a second`, now);
    if (at.kind === 'names' || at.kind === 'samples') return this.#takeNameless(at.kind, name.data, payload, now);
    const parsed = parsePayload(SCHEMAS[at.kind], payload);
    if (!parsed.ok) return this.#refuse(parsed.code, name.data, `${at.kind}: ${parsed.detail}`, now);
    if (parsed.value.node !== name.data)
      return this.#refuse('NODE_MISMATCH', name.data, `${at.kind} names ${parsed.value.node}`, now);
    this.received[at.kind] = (this.received[at.kind] ?? 0) + 1;
    switch (at.kind) {
      case 'hello':
        return { kind: 'greeted', hello: parsed.value as Hello };
      case 'heartbeat':
        return { kind: 'heartbeaten', heartbeat: parsed.value as Heartbeat };
      case 'report':
        return { kind: 'reported', report: parsed.value as Report };
      case 'event':
        return { kind: 'noted', event: parsed.value as NodeEvent };
      case 'gone':
        return { kind: 'hinted', gone: parsed.value as Gone };
    }
  }

  #takeNameless(kind: Nameless, node: NodeName, payload: Uint8Array, now: number): Happening | null {
    const parsed = kind === 'names' ? parsePayload(NameTable, payload) : parsePayload(Samples, payload);
    if (!parsed.ok) return this.#refuse(parsed.code, node, `${kind}: ${parsed.detail}`, now);
    this.received[kind] = (this.received[kind] ?? 0) + 1;
    return kind === 'names'
      ? { kind: 'named', node, names: parsed.value as NameTable }
      : { kind: 'sampled', node, samples: parsed.value as Samples };
  }

  #allowed(node: string, now: number): boolean {
    if (this.#buckets.size > 20_000) this.#buckets.clear(); // only made-up names come to so many
    const bucket = this.#buckets.get(node) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) * RATE) / 1000);
    this.#buckets.set(node, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  }

  #refuse(code: ErrorCode, node: string, detail: string, now: number): null {
    this.refused[code] = (this.refused[code] ?? 0) + 1;
    const key = `${code} ${node}`;
    if (now - (this.#logged.get(key) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return null;
    if (this.#logged.size > 10_000) this.#logged.clear();
    this.#logged.set(key, now);
    this.#log.warn({ code, node, detail }, 'message refused');
    return null;
  }
}
