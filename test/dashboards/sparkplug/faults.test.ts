import { expect, test } from 'vitest';
import { call, connectTo, startCoordinator } from '../../coordinator-shell/coordinator.ts';
import { eventually } from '../../coordinator-shell/temporary.ts';
import { startNode } from '../bare-node.ts';
import { freePort, startMosquitto, startMosquittoAt } from '../mosquitto.ts';
import { spawnCoordinator } from '../spawned.ts';
import { bdSeqIn, type Host, REBIRTH, startHost } from './host.ts';
import { EDGE_NODE, GROUP, QUICK } from './play.ts';
import { decoded, encoded } from './protoc.ts';

/* What goes wrong: processes are killed, brokers restart, hosts send what they should not. */

const SPARKPLUG = `${QUICK}sparkplug: {group: ${GROUP}, edgeNode: ${EDGE_NODE}}\n`;
const NCMD = `spBv1.0/${GROUP}/NCMD/${EDGE_NODE}`;
const DCMD = `spBv1.0/${GROUP}/DCMD/${EDGE_NODE}/N1`;
const countOf = ({ heard }: Host, type: string) => heard.filter(({ topic }) => topic.includes(`/${type}/`)).length;

test('tck-id-payloads-ndeath-will-message: a coordinator that is killed is dead by its will, and counts on', async () => {
  const url = await startMosquitto();
  const host = await startHost(url);
  const config = `${SPARKPLUG}mqtt: {url: "${url}"}\n`;
  const killed = await spawnCoordinator(config);
  expect(bdSeqIn(await host.hears('NBIRTH'))).toBe(0);
  await killed.kill();
  const death = await host.hears('NDEATH');
  expect(death).toMatchObject({ metrics: [{ name: 'bdSeq', datatype: 4, long_value: 0 }] });
  expect(death.seq).toBeUndefined();
  const from = host.heard.length;
  await startCoordinator(config, killed.folder);
  expect(bdSeqIn(await host.hears('NBIRTH', '', from))).toBe(1);
});

test('tck-id-topics-nbirth-bdseq-increment: after the broker was away the next number is used, however often it was tried', async () => {
  const port = await freePort();
  const broker = await startMosquittoAt(port);
  const host = await startHost(broker.url);
  await startCoordinator(`${SPARKPLUG}mqtt: {url: "${broker.url}"}\n`);
  expect(bdSeqIn(await host.hears('NBIRTH'))).toBe(0);
  await broker.stop();
  await eventually('the host notices', () => !host.client.connected);
  await startMosquittoAt(port);
  const from = host.heard.length;
  await eventually('the host is back', () => host.client.connected);
  await eventually('a birth, asked for where the host came too late for it', async () => {
    await host.command(NCMD, REBIRTH);
    return host.heard.slice(from).some(({ topic }) => topic.includes('/NBIRTH/'));
  });
  expect(bdSeqIn(await host.hears('NBIRTH', '', from))).toBe(1);
});

test('commands that are none are refused, counted, and change nothing', async () => {
  const url = await startMosquitto();
  const host = await startHost(url);
  const { httpUrl } = await startCoordinator(`${SPARKPLUG}mqtt: {url: "${url}"}\n`);
  await (await startNode(url)).report();
  await host.hears('DBIRTH', 'bmc/FAN1');
  const counters = async () => (await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.sparkplug;
  const reboot = 'metrics { name: "Node Control/Reboot" datatype: 11 boolean_value: true }';
  await host.command(NCMD, reboot);
  await host.command(NCMD, `${REBIRTH} ${reboot}`);
  await host.command(DCMD, 'metrics { name: "State/cordoned" datatype: 11 boolean_value: true }');
  await host.command(DCMD, REBIRTH);
  await host.command(NCMD, Buffer.from('REBIRTH'));
  await host.command(NCMD, Buffer.alloc(5000));
  await eventually('all are refused', async () => {
    const { refused } = await counters();
    return refused.REQUEST_INVALID === 4 && refused.PAYLOAD_INVALID === 1 && refused.PAYLOAD_TOO_LARGE === 1;
  });
  expect((await counters()).rebirths).toBe(0);
  expect(countOf(host, 'NBIRTH')).toBe(1);
  expect((await call(httpUrl, 'GET', '/api/v1/nodes/N1')).body.cordoned).toBe(false);
  const { body } = await call(httpUrl, 'GET', '/metrics');
  expect(body).toContain('evenkeel_sparkplug_refused_total{code="REQUEST_INVALID"} 4');
});

test('a command that is retained is not obeyed by whoever connects', async () => {
  const url = await startMosquitto();
  const host = await startHost(url);
  await host.command(NCMD, REBIRTH, true);
  const { httpUrl } = await startCoordinator(`${SPARKPLUG}mqtt: {url: "${url}"}\n`);
  const counters = async () => (await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.sparkplug;
  await eventually('it is refused', async () => (await counters()).refused.PAYLOAD_INVALID === 1);
  expect((await counters()).rebirths).toBe(0);
});

test('requests without end bring births without end, but not all at once', async () => {
  const url = await startMosquitto();
  const host = await startHost(url);
  await startCoordinator(`${SPARKPLUG}mqtt: {url: "${url}"}\n`);
  await host.hears('NBIRTH');
  const request = encoded(REBIRTH);
  for (let more = 0; more < 50; more++) await host.command(NCMD, request);
  await eventually('the last one is answered', () => countOf(host, 'NBIRTH') === 2);
  const births = decoded(host.heard.filter(({ topic }) => topic.includes('/NBIRTH/')).map(({ payload }) => payload));
  const [first, second] = births.map(({ timestamp }) => timestamp ?? 0);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990); // clocks of two kinds
});

test('the embedded broker lets hosts ask and say whether they are there, and nothing else', async () => {
  const { mqttUrl, httpUrl, stop } = await startCoordinator(`${QUICK}sparkplug: {}\n`);
  const host = await startHost(mqttUrl);
  await (await startNode(mqttUrl)).report();
  await host.hears('DBIRTH/evenkeel/N1', 'bmc/FAN1');
  const state = '{"online":true,"timestamp":1}';
  await host.client.publishAsync('spBv1.0/STATE/scada', state, { qos: 1, retain: true });
  await host.command('spBv1.0/test/DCMD/evenkeel/N1', REBIRTH);
  await host.command('spBv1.0/test/NCMD/evenkeel', REBIRTH);
  await host.hears('NBIRTH/evenkeel');
  await eventually('both are heard', async () => {
    const { rebirths, refused } = (await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.sparkplug;
    return rebirths === 1 && refused.REQUEST_INVALID === 1;
  });
  const forger = await connectTo(mqttUrl);
  const cut = new Promise<void>((resolve) => forger.once('close', () => resolve()));
  forger.publish('spBv1.0/test/NBIRTH/evenkeel', 'x', { qos: 1 });
  await cut;
  await stop();
  await host.hears('NDEATH/evenkeel');
});

test('without it in the configuration nothing is published, and the embedded broker takes no command', async () => {
  const { mqttUrl, httpUrl } = await startCoordinator(QUICK);
  const host = await startHost(mqttUrl);
  const node = await startNode(mqttUrl);
  await node.report();
  await eventually('N1', async () => (await call(httpUrl, 'GET', '/api/v1/nodes/N1')).body.readings?.length === 2);
  const hand = await connectTo(mqttUrl);
  const cut = new Promise<void>((resolve) => hand.once('close', () => resolve()));
  hand.publish('spBv1.0/test/NCMD/evenkeel', 'x', { qos: 1 });
  await cut;
  expect(host.heard).toEqual([]);
});
