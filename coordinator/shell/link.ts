import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import type { ClusterName } from '../../protocol/ids.ts';
import type { Lease } from '../../protocol/lease.ts';
import type { Assignment, Request } from '../../protocol/messages.ts';
import { MAX_ASSIGNMENT_BYTES } from '../../protocol/parse.ts';
import type { Presence } from '../../protocol/presence.ts';
import type { Receipt } from '../../protocol/samples.ts';
import { allUpTopics, downTopic, probeTopic, stateTopic } from '../../protocol/topics.ts';
import { CLUSTER_PATH } from '../dashboards/state-topics.ts';
import { presenceIn } from './probe.ts';

export interface Link {
  sendAssignment(assignment: Assignment): void;
  sendLease(lease: Lease): void;
  sendRequest(request: Request): void;
  sendReceipt(receipt: Receipt): void;
  /** Retained, for people, by a coordinator that has no dashboards because it decides nothing. */
  sendClusterState(state: unknown): void;
  /** Says nothing any more, not even that it is there; it goes on listening. */
  silence(): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly cluster: ClusterName;
  readonly log: Logger;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  /** What this coordinator says of itself; twice a second. */
  readonly presence: () => Presence;
  /** Another coordinator says that it is there. */
  readonly onOther: (said: Presence) => void;
  /** Called when what the coordinator thinks of its own ears changes. */
  readonly onListening: (deaf: boolean, detail: string) => void;
}

const PROBE_MS = 500;
/** A probe this late makes the coordinator distrust its ears. */
const DEAF_AFTER_MS = 2000;
const RECONNECT_MAX_MS = 2000;

/** The coordinator's own connection to the broker, and its ear test: a probe through the broker back to itself. */
export function openLink(options: LinkOptions): Link {
  const { cluster, log } = options;
  const probe = probeTopic(cluster);
  const client: MqttClient = connect(options.url, {
    ...(options.credentials ?? {}),
    clientId: `coordinator-${randomUUID()}`,
    protocolVersion: 4,
    clean: true,
    keepalive: 5,
    queueQoSZero: false,
    reconnectPeriod: 200,
    connectTimeout: 5000,
  });
  let heardAt = performance.now();
  let deaf = false;
  let isSilent = false;
  const judge = (nowDeaf: boolean, detail: string) => {
    if (nowDeaf === deaf) return;
    deaf = nowDeaf;
    options.onListening(deaf, detail);
  };
  client.on('connect', () => {
    (client.stream as Socket).setNoDelay?.(true);
    client.subscribe([allUpTopics(cluster), probe], { qos: 1 }, (error) => {
      if (error) log.error({ code: 'BROKER_UNREACHABLE', err: error }, 'cannot subscribe');
    });
    log.info({ url: options.url }, 'connected to the broker');
  });
  client.on('error', (error) =>
    log.warn({ code: 'BROKER_UNREACHABLE', detail: error.message }, 'broker connection failed'),
  );
  client.on('close', () => {
    client.options.reconnectPeriod = 50 + Math.random() * RECONNECT_MAX_MS; // full jitter
  });
  client.on('message', (topic, payload) => {
    if (topic === probe) return hearProbe(payload);
    options.onMessage(topic, payload);
  });
  const hearProbe = (payload: Uint8Array) => {
    const said = presenceIn(payload);
    if (said === null) return;
    if (said.run !== options.presence().run) return options.onOther(said);
    heardAt = performance.now();
    judge(false, '');
  };
  const timer = setInterval(() => {
    const silence = performance.now() - heardAt;
    if (silence > DEAF_AFTER_MS)
      judge(true, client.connected ? 'its probe does not come back' : 'no connection to the broker');
    if (client.connected && !isSilent) client.publish(probe, JSON.stringify(options.presence()), { qos: 0 });
  }, PROBE_MS);
  const publish = (topic: string, payload: unknown, qos: 0 | 1, retain = false) => {
    if (!client.connected || isSilent) return; // level-triggered: it is said again when it matters
    const text = JSON.stringify(payload);
    // a broker that refuses it would close the connection, and be sent it again after each reconnection
    if (Buffer.byteLength(text) > MAX_ASSIGNMENT_BYTES)
      return log.error({ code: 'PAYLOAD_TOO_LARGE', topic, bytes: Buffer.byteLength(text) }, 'too large to be sent');
    client.publish(topic, text, { qos, retain });
  };
  return {
    sendAssignment: (assignment) => publish(downTopic(cluster, assignment.node, 'assignment'), assignment, 1),
    sendLease: (lease) => publish(downTopic(cluster, lease.node, 'lease'), lease, 0),
    sendRequest: (request) => publish(downTopic(cluster, request.node, 'request'), request, 1),
    sendReceipt: (receipt) => publish(downTopic(cluster, receipt.node, 'receipt'), receipt, 0), // lost: the samples come again
    sendClusterState: (state) => publish(stateTopic(cluster, CLUSTER_PATH), state, 1, true),
    silence: () => {
      isSilent = true;
    },
    close: async () => {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}
