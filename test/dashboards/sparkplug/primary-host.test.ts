import { beforeAll, describe, expect, test } from 'vitest';
import { call, startCoordinator } from '../../coordinator-shell/coordinator.ts';
import { eventually } from '../../coordinator-shell/temporary.ts';
import { startNode } from '../bare-node.ts';
import { startMosquitto } from '../mosquitto.ts';
import { captured } from './capture.ts';
import { bdSeqIn, startHost } from './host.ts';
import { judge, named } from './judge.ts';
import { EDGE_NODE, GROUP, QUICK } from './play.ts';
import { startTap, type TappedConnection, type TappedEvent } from './tap.ts';

/* A coordinator that publishes for one host alone: with it, without it, and after it. */

const STATE = 'spBv1.0/STATE/scada';
let connections: TappedConnection[];
let refused: unknown;

const isPublish = (event: TappedEvent) => event.kind === 'publish';
/** What came before the first message that the edge node published over a connection. */
const before = ({ events }: TappedConnection) => events.slice(0, events.findIndex(isPublish));
const statesIn = (events: readonly TappedEvent[]) =>
  events.flatMap((event) =>
    event.kind === 'delivered' ? [[event.message.topic, event.message.payload.toString()] as const] : [],
  );
const state = (online: unknown, timestamp: unknown) => JSON.stringify({ online, timestamp });

beforeAll(async () => {
  const broker = await startMosquitto();
  const tap = await startTap(broker);
  const host = await startHost(broker);
  const say = (text: string, topic = STATE) => host.client.publishAsync(topic, text, { qos: 1, retain: true });
  const { httpUrl, stop } = await startCoordinator(
    `${QUICK}mqtt: {url: "${tap.url}"}\nsparkplug: {group: ${GROUP}, edgeNode: ${EDGE_NODE}, primaryHost: scada}\n`,
  );
  const node = await startNode(broker);
  await node.report();
  await eventually('N1', async () => (await call(httpUrl, 'GET', '/api/v1/nodes/N1')).body.readings?.length === 2);
  await say(state(true, 1000), 'spBv1.0/STATE/other');
  await say(state(false, 1000));
  await say(state(true, 900)); // overtaken
  for (const wrong of ['ONLINE', state('true', 1000), state(true, '1000'), state(true, -1), '{}']) await say(wrong);
  await eventually('what is no state is refused', async () => {
    refused = (await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.sparkplug.refused;
    return (refused as { PAYLOAD_INVALID?: number }).PAYLOAD_INVALID === 5;
  });
  await say(state(true, 1000));
  await host.hears('DBIRTH', 'bmc/FAN1');
  await say(state(false, 999)); // overtaken
  await node.report([{ sensor: 'bmc/FAN1', value: 1, unit: 'RPM' }]);
  await host.hears('DDATA');
  await say(state(false, 1001));
  await host.hears('NDEATH');
  await eventually('another connection, on which it is told that the host is away', () =>
    tap.connections[1]?.events.some(({ kind }) => kind === 'delivered'),
  );
  const from = host.heard.length;
  await say(state(true, 1002));
  await host.hears('DBIRTH', 'bmc/FAN1', from);
  await stop();
  connections = tap.connections;
});

describe('the primary host', () => {
  test('all else is kept to as well', () => {
    expect(judge(GROUP, EDGE_NODE, captured(connections), Date.now()).broken).toEqual([]);
    expect(connections).toHaveLength(2);
  });

  test.each([
    'tck-id-message-flow-edge-node-birth-publish-phid-wait',
    'tck-id-message-flow-edge-node-birth-publish-phid-wait-online',
    'tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp',
    'tck-id-operational-behavior-edge-node-birth-sequence-wait',
  ])('%s', () => {
    const [first, second] = connections.map((connection) => statesIn(before(connection)));
    // an overtaken state, and those that are none, come before it too and bring no birth
    expect(first?.map(([, text]) => text)).toContain(state(true, 900));
    expect(first?.at(-1)).toEqual([STATE, state(true, 1000)]);
    expect(second).toEqual([
      [STATE, state(false, 1001)],
      [STATE, state(true, 1002)],
    ]);
  });

  test('tck-id-message-flow-edge-node-birth-publish-phid-wait-id', () => {
    for (const { events } of connections) {
      const topics = events.flatMap((event) => (event.kind === 'subscribe' ? [event.topic] : []));
      expect(topics.filter((topic) => topic.includes('STATE'))).toEqual([STATE]);
    }
  });

  test.each([
    'tck-id-message-flow-edge-node-birth-publish-phid-offline',
    'tck-id-operational-behavior-edge-node-termination-host-offline',
  ])('%s', () => {
    const events = connections[0]?.events ?? [];
    const offline = events.findLastIndex(({ kind }) => kind === 'delivered');
    expect(statesIn(events).at(-1)).toEqual([STATE, state(false, 1001)]);
    const after = events.slice(offline + 1);
    const isData = (event?: TappedEvent) => event?.kind === 'publish' && /\/[ND]DATA\//.test(event.message.topic);
    const [death, leave, ...more] = isData(after[0]) ? after.slice(1) : after; // one may have been under way
    expect(death?.kind === 'publish' && death.message.topic).toBe(`spBv1.0/${GROUP}/NDEATH/${EDGE_NODE}`);
    expect([leave?.kind, more]).toEqual(['disconnect', []]);
  });

  test('tck-id-operational-behavior-edge-node-termination-host-offline-timestamp', () => {
    const events = connections[0]?.events ?? [];
    const overtaken = events.findIndex(
      (event) => event.kind === 'delivered' && event.message.payload.toString() === state(false, 999),
    );
    const next = events.slice(overtaken).find(isPublish);
    expect(next?.kind === 'publish' && next.message.topic).toMatch(/\/[ND]DATA\//);
  });

  test('tck-id-operational-behavior-edge-node-termination-host-offline-reconnect', () => {
    const [first, second] = captured(connections).map(({ events }) => {
      const birth = events.find((event) => event.kind === 'publish');
      return birth?.kind === 'publish' ? birth.message.payload : { metrics: [] };
    });
    expect([first, second].map((payload) => payload && bdSeqIn(payload))).toEqual([0, 1]);
    expect(second && named(second, 'Node Control/Rebirth')).toBeDefined();
  });
});
