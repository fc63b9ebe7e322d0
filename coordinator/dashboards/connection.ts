import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import type { ClusterName, NodeName } from '../../protocol/ids.ts';
import { commandTopic, stateTopic } from '../../protocol/topics.ts';
import type { ClusterView } from '../../protocol/view.ts';
import { type Button, ButtonCommands } from './button-commands.ts';
import { announcementTopic, DISCOVERY_PREFIX, HomeAssistant } from './home-assistant.ts';
import { Publication } from './publication.ts';
import { RetainedTopics } from './retained-topics.ts';
import { COORDINATOR_PATH, OFFLINE, ONLINE } from './state-topics.ts';

export interface DashboardsOptions {
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly cluster: ClusterName;
  readonly log: Logger;
  readonly readingsMs: number;
  readonly homeAssistant: { readonly prefix: string; readonly buttons: readonly Button[] } | undefined;
  readonly version: () => number;
  readonly view: () => ClusterView;
  /** What a button asks for; resolves with null, or with the code of the refusal. */
  readonly press: (node: NodeName, action: Button) => Promise<string | null>;
}
export interface Dashboards {
  readonly counters: DashboardCounters;
  close(): Promise<void>;
  /** Leaves what is retained to another coordinator. */
  abandon(): Promise<void>;
}
export interface DashboardCounters {
  published: number;
  pressed: number;
  readonly refused: Record<string, number>;
}

const LOOK_MS = 250;
/** A look at a very large cluster takes tens of ms of the thread that grants leases: the next waits this many times as long. */
const REST_TIMES = 50;
/** Publications that the broker has not acknowledged yet: beyond these nothing more is handed to the client. */
const MOST_IN_FLIGHT = 500;
/** What the broker retained comes at once after the subscription; when this long nothing came, all is there. */
const QUIET_MS = 500;
const RECONNECT_MAX_MS = 5000;
const LOG_EVERY_MS = 10_000;
/** Whoever may publish the birth message must not make the coordinator repeat everything all the time. */
const REPEAT_EVERY_MS = 10_000;

/** The connection over which people's dashboards are served; apart from that to the agents, which it must not hold up. */
export function openDashboards(options: DashboardsOptions): Dashboards {
  const { cluster, log, homeAssistant } = options;
  const prefix = homeAssistant?.prefix ?? DISCOVERY_PREFIX;
  const buttons = homeAssistant?.buttons ?? [];
  const topics = new RetainedTopics();
  const discovery = new HomeAssistant({ cluster, prefix, buttons: homeAssistant?.buttons ?? null }, topics);
  const publication = new Publication(cluster, topics, options.readingsMs, discovery);
  const commands = new ButtonCommands(cluster, buttons);
  const counters: DashboardCounters = { published: 0, pressed: 0, refused: {} };
  const coordinatorTopic = stateTopic(cluster, COORDINATOR_PATH);
  const retained = [stateTopic(cluster, '#'), announcementTopic(prefix, '+', null)];
  const birth = `${prefix}/status`;
  const live = [...(homeAssistant ? [birth] : []), ...buttons.map((button) => commandTopic(cluster, '+', button))];

  const client: MqttClient = connect(options.url, {
    ...(options.credentials ?? {}),
    clientId: `coordinator-dashboards-${randomUUID()}`,
    protocolVersion: 4,
    clean: true,
    keepalive: 5,
    queueQoSZero: false,
    resubscribe: false,
    reconnectPeriod: 200,
    connectTimeout: 5000,
    will: { topic: coordinatorTopic, payload: Buffer.from(OFFLINE), qos: 1, retain: true },
  });
  let inFlight = 0;
  /** While what the broker retains comes in: when the last came. Null: all is there. Infinite: not connected. */
  let heardAt: number | null = Number.POSITIVE_INFINITY;
  let repeatedAt = Number.NEGATIVE_INFINITY;
  let loggedAt = Number.NEGATIVE_INFINITY;

  client.on('connect', () => {
    (client.stream as Socket).setNoDelay?.(true);
    inFlight = 0;
    topics.forgetSent();
    client.subscribe([...retained, ...live], { qos: 1 }, (error) => {
      if (error) log.error({ code: 'BROKER_UNREACHABLE', err: error }, 'cannot subscribe for the dashboards');
      heardAt = performance.now();
    });
  });
  client.on('error', (error) => log.debug({ detail: error.message }, 'the dashboards have no broker'));
  client.on('close', () => {
    heardAt = Number.POSITIVE_INFINITY;
    client.options.reconnectPeriod = 50 + Math.random() * RECONNECT_MAX_MS; // full jitter
  });
  client.on('message', (topic, payload, packet) => receive(topic, payload, packet));

  function receive(topic: string, payload: Buffer, packet: IPublishPacket): void {
    const now = performance.now();
    if (topic === birth) {
      if (packet.retain || payload.toString() !== ONLINE || now - repeatedAt < REPEAT_EVERY_MS) return;
      repeatedAt = now;
      discovery.repeat();
    } else if (topic.startsWith(stateTopic(cluster, ''))) {
      if (!packet.retain || heardAt === null) return;
      heardAt = now;
      publication.found(topic, payload.toString());
    } else if (topic.startsWith(`${prefix}/`)) {
      if (!packet.retain || heardAt === null) return;
      heardAt = now;
      discovery.found(topic, payload.toString());
    } else void press(topic, payload, packet.retain, now);
  }

  async function press(topic: string, payload: Buffer, isRetained: boolean, now: number): Promise<void> {
    const pressed = commands.take(topic, payload, isRetained, now);
    const code = pressed.ok ? await options.press(pressed.node, pressed.action) : pressed.code;
    if (code === null) {
      counters.pressed++;
      return;
    }
    counters.refused[code] = (counters.refused[code] ?? 0) + 1;
    if (now - loggedAt < LOG_EVERY_MS) return;
    loggedAt = now;
    log.warn({ code, detail: pressed.ok ? topic : pressed.detail }, 'a button was refused');
  }

  function publishDue(now: number): void {
    for (const { topic, text } of topics.take(now, MOST_IN_FLIGHT - inFlight)) {
      inFlight++;
      counters.published++;
      client.publish(topic, text, { qos: 1, retain: true }, () => {
        inFlight = Math.max(0, inFlight - 1); // what an earlier connection left behind was not counted
      });
    }
  }

  let lookAgainAt = 0;
  const show = () => {
    const begun = performance.now();
    if (begun < lookAgainAt || publication.has(options.version())) return;
    publication.show(options.view());
    lookAgainAt = begun + REST_TIMES * (performance.now() - begun);
  };
  show(); // before the broker tells what it holds: only then can what is in use be told from what was left behind
  const timer = setInterval(() => {
    show();
    const now = performance.now();
    if (!client.connected || (heardAt !== null && !(now - heardAt > QUIET_MS))) return;
    if (heardAt !== null) client.unsubscribe([...retained]); // or it would hear all that it says itself
    heardAt = null;
    discovery.announceSome();
    publishDue(now);
  }, LOOK_MS);

  return {
    counters,
    abandon: async () => {
      clearInterval(timer);
      await client.endAsync(false); // says goodbye, so that its will does not come
    },
    close: async () => {
      clearInterval(timer);
      if (client.connected) {
        const said = client.publishAsync(coordinatorTopic, OFFLINE, { qos: 1, retain: true }).catch(() => undefined);
        await Promise.race([said, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      }
      await client.endAsync(true);
    },
  };
}
