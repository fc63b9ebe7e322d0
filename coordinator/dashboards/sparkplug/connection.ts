import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { ClusterView } from '../../../protocol/view.ts';
import { takeCommand } from './command.ts';
import { EdgeNode } from './edge-node.ts';
import { deviceTopic, type EdgeNodeName, nodeTopic, stateTopic } from './names.ts';
import { PrimaryHost } from './primary-host.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { keepSession, lastSession, sessionAfter, sessionFile } from './session-number.ts';

export interface SparkplugOptions extends Pick<SessionOptions, 'url' | 'credentials' | 'protocolVersion'> {
  readonly name: EdgeNodeName;
  /** Id of the host application without which nothing is published. */
  readonly primaryHost: string | null;
  readonly stateDir: string;
  readonly log: Logger;
  readonly readingsMs: number;
  readonly version: () => number;
  readonly view: () => ClusterView;
}
export interface SparkplugCounters {
  sessions: number; // connections over which births were published
  published: number;
  rebirths: number; // that hosts asked for
  readonly refused: Record<string, number>;
}
export interface Sparkplug {
  readonly counters: SparkplugCounters;
  close(): Promise<void>;
}

const LOOK_MS = 250;
/** A look at a very large cluster takes tens of ms of the thread that grants leases: the next waits this many times as long. */
const REST_TIMES = 20;
/** Messages of one look: the birth of a node with 40 sensors takes 0.04 ms (bench/dashboards.ts). */
const MOST_AT_ONCE = 200;
/** Hosts may ask again and again: births begin no sooner than this after the last ones, nor than so many times what those took. */
const REBIRTH_GAP_MS = 1000;
const REBIRTH_REST_TIMES = 50;
const RECONNECT_MAX_MS = 2000;
const LOG_EVERY_MS = 10_000;

/** The connection over which Sparkplug B is spoken; apart from that to the agents, which it must not hold up. */
export function openSparkplug(options: SparkplugOptions): Sparkplug {
  const { name, log } = options;
  const edge = new EdgeNode(name, options.readingsMs);
  const host = options.primaryHost === null ? null : new PrimaryHost();
  const hostTopic = options.primaryHost === null ? null : stateTopic(options.primaryHost);
  const commandTopic = nodeTopic(name, 'NCMD');
  const subscriptions = [commandTopic, deviceTopic(name, 'DCMD', '+'), ...(hostTopic === null ? [] : [hostTopic])];
  const counters: SparkplugCounters = { sessions: 0, published: 0, rebirths: 0, refused: {} };
  const closing = new AbortController();
  let current: { readonly session: Session; readonly bdSeq: number; isBegun: boolean; isLeaving: boolean } | null =
    null;
  let version = -1;
  let isRebirthWanted = false;
  let rebirthFrom = Number.NEGATIVE_INFINITY;
  let birthsTookMs = 0;
  let lookAgainAt = Number.NEGATIVE_INFINITY;
  let loggedAt = Number.NEGATIVE_INFINITY;

  function receive(topic: string, payload: Buffer, isRetained: boolean): void {
    if (topic === hostTopic) {
      const heard = host?.take(payload);
      if (heard && !heard.ok) refuse(heard.code, topic, heard.detail);
      else look();
      return;
    }
    const asked = takeCommand(topic === commandTopic, payload, isRetained);
    if (!asked.ok) return refuse(asked.code, topic, asked.detail);
    isRebirthWanted = true;
    look();
  }

  function refuse(code: ErrorCode, topic: string, detail: string): void {
    counters.refused[code] = (counters.refused[code] ?? 0) + 1;
    if (performance.now() - loggedAt < LOG_EVERY_MS) return;
    loggedAt = performance.now();
    log.warn({ code, topic, detail }, 'a message of a Sparkplug host was refused');
  }

  function show(): void {
    if (version === options.version()) return;
    version = options.version();
    edge.show(options.view(), Date.now());
  }

  function look(): void {
    const begun = performance.now();
    show();
    publish(begun);
    lookAgainAt = begun + REST_TIMES * (performance.now() - begun);
  }

  function publish(begun: number): void {
    if (!current?.session.isReady || current.isLeaving) return;
    const { session, bdSeq } = current;
    if (host && !host.isOnline) {
      if (current.isBegun) void leave(); // and wait for the host over another connection
      return;
    }
    if (!current.isBegun) {
      edge.begin(bdSeq);
      current.isBegun = true;
      counters.sessions++;
      isRebirthWanted = false;
    } else if (isRebirthWanted) {
      if (begun < rebirthFrom) return; // nothing else is published until then
      isRebirthWanted = false;
      counters.rebirths++;
      edge.rebirth();
    }
    const isBirth = edge.isBeingBorn;
    for (const outgoing of edge.take({ nowMs: begun, wallMs: Date.now() }, MOST_AT_ONCE)) {
      session.publish(outgoing);
      counters.published++;
      if (session.isBehind) break;
    }
    if (!isBirth) return;
    birthsTookMs += performance.now() - begun;
    rebirthFrom = performance.now() + Math.max(REBIRTH_GAP_MS, REBIRTH_REST_TIMES * birthsTookMs);
    if (!edge.isBeingBorn) birthsTookMs = 0;
  }

  async function leave(): Promise<void> {
    if (!current || current.isLeaving) return;
    current.isLeaving = true;
    await current.session.leave(edge.death(current.bdSeq, Date.now()));
  }

  async function run(): Promise<void> {
    const file = sessionFile(options.stateDir);
    let last = await lastSession(file).catch((error: Error) => {
      log.warn({ code: 'STATE_CORRUPT', detail: error.message }, "the number of Sparkplug's sessions begins at 0");
      return null;
    });
    let unused: number | null = null; // on disk, and no broker has seen it
    while (!closing.signal.aborted) {
      const bdSeq: number = unused ?? sessionAfter(last);
      if (unused === null)
        await keepSession(file, bdSeq).catch((error: Error) =>
          log.warn({ code: 'STORE_FAILED', detail: error.message }, "the number of Sparkplug's session is not on disk"),
        );
      if (closing.signal.aborted) return;
      host?.forget();
      const session = openSession({
        ...options,
        will: edge.death(bdSeq, Date.now()),
        subscriptions,
        onReady: look,
        onMessage: receive,
        onError: (error) => log.debug({ detail: error.message }, 'Sparkplug has no broker'),
        onRefused: (error) => log.error({ code: 'BROKER_UNREACHABLE', err: error }, 'cannot subscribe for Sparkplug'),
      });
      current = { session, bdSeq, isBegun: false, isLeaving: false };
      const { isSent } = await session.ended;
      edge.end();
      current = null;
      last = bdSeq;
      unused = isSent ? null : bdSeq;
      const jitterMs = 50 + Math.random() * RECONNECT_MAX_MS; // full jitter
      await pause(jitterMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  show();
  const timer = setInterval(() => {
    if (performance.now() >= lookAgainAt) look();
  }, LOOK_MS);
  const running = run();
  return {
    counters,
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await leave();
      await running;
    },
  };
}
