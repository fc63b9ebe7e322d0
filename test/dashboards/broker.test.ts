import { expect, test } from 'vitest';
import { call, connectTo, startCoordinator } from '../coordinator-shell/coordinator.ts';
import { eventually, temporaryFolder } from '../coordinator-shell/temporary.ts';
import { startNode } from './bare-node.ts';
import { judge } from './judge.ts';
import { startMosquitto } from './mosquitto.ts';
import { spawnCoordinator } from './spawned.ts';
import { watch } from './watch.ts';

/* A whole coordinator at a real broker, Debian's and the embedded one; nodes are bare MQTT clients. */

const STATE = 'evenkeel/v1/test/state';
const CONFIG = 'homeassistant/device/test_N1/config';
const QUICK =
  'settings: {heartbeatMs: 100, hintAfterMs: 300, suspectAfterMs: 2000, decideAfterMs: 4000, leaseMs: 5000, startGraceMs: 0}\n';

async function startWith(broker: 'mosquitto' | 'embedded', extra: string, folder = temporaryFolder()) {
  if (broker === 'embedded') return await startCoordinator(extra, folder);
  const url = await startMosquitto();
  return await startCoordinator(`${extra}mqtt: {url: "${url}"}\n`, folder);
}
const BROKERS = ['mosquitto', 'embedded'] as const;

test.each(BROKERS)('%s: a node is shown, announced, and gone again when it is forgotten', async (broker) => {
  const { mqttUrl, httpUrl } = await startWith(broker, `${QUICK}homeAssistant: {}\ndashboards: {readingsMs: 1000}\n`);
  const seen = await watch(mqttUrl);
  const node = await startNode(mqttUrl);
  await node.report();
  await eventually('its announcement', () => seen.get(CONFIG)?.includes('FAN1'));
  const device = JSON.parse(seen.get(CONFIG) ?? '');
  const templates = Object.values<Record<string, string>>(device.components).map((entity): [string, unknown] => [
    String(entity.value_template),
    JSON.parse(seen.get(entity.state_topic ?? device.state_topic) ?? 'null'),
  ]);
  const { errors, rendered } = judge([device], templates);
  expect(errors).toEqual([[]]);
  expect(rendered).toEqual(['8000', '12.3', 'ok', 'OFF', 'ON', 'alive', 'none', 'OFF', 'OFF', '0']);
  for (const { topic, payload_available } of device.availability) expect(seen.get(topic)).toBe(payload_available);
  const late = await watch(mqttUrl);
  const told = [...seen.keys()].filter((topic) => !topic.includes('/up/') && !/down|probe/.test(topic));
  expect(told.length).toBeGreaterThanOrEqual(7);
  await eventually('who comes later hears all of it', () => told.every((topic) => late.has(topic)));

  await call(httpUrl, 'POST', '/api/v1/nodes/N1/cordon');
  await eventually('the change', () => seen.get(`${STATE}/node/N1`)?.includes('"cordoned":true'));
  await eventually('a value that is missing', async () => {
    await node.report([{ sensor: 'bmc/FAN1', value: null, unit: 'RPM' }]);
    return seen.get(`${STATE}/node/N1/readings`)?.includes('"value":null');
  });

  node.silence();
  await eventually('unavailable', () => seen.get(`${STATE}/node/N1/availability`) === 'offline');
  await call(httpUrl, 'POST', '/api/v1/nodes/N1/confirm-dead');
  await eventually('forgotten', async () => (await call(httpUrl, 'POST', '/api/v1/nodes/N1/forget')).status === 200);
  await eventually('nothing is left of it', () => ![...seen.keys()].some((topic) => /state\/node|test_N1/.test(topic)));
});

test('a coordinator that starts again says only what has changed, and takes away what an earlier one left', async () => {
  const url = await startMosquitto();
  const folder = temporaryFolder();
  const config = `homeAssistant: {}\nmqtt: {url: "${url}"}\n`;
  const first = await startCoordinator(config, folder);
  const node = await startNode(url);
  await node.report();
  const seen = await watch(url);
  await eventually('its announcement', () => seen.get(CONFIG)?.includes('FAN1'));
  await eventually('its readings', () => seen.get(`${STATE}/node/N1/readings`));
  node.silence();
  await first.stop();
  await eventually('it has left', () => seen.get(`${STATE}/coordinator`) === 'offline');
  const client = await connectTo(url);
  const orphans = [
    `${STATE}/node/OLD`,
    `${STATE}/node/OLD/readings`,
    `${STATE}/app/old`,
    'homeassistant/device/test_OLD/config',
  ];
  for (const topic of orphans)
    await client.publishAsync(topic, '{"origin":{"name":"Evenkeel"}}', { qos: 1, retain: true });
  await client.publishAsync('homeassistant/device/other_N1/config', '{}', { qos: 1, retain: true });

  const live: string[] = [];
  client.on('message', (topic, _payload, packet) => {
    if (!packet.retain) live.push(topic);
  });
  await client.subscribeAsync('#');
  const second = await startCoordinator(config, folder);
  await eventually('it is there', () => seen.get(`${STATE}/coordinator`) === 'online');
  await eventually('what was left is gone', () => orphans.every((topic) => !seen.has(topic)));
  expect(seen.has('homeassistant/device/other_N1/config')).toBe(true);
  await call(second.httpUrl, 'POST', '/api/v1/nodes/N1/cordon');
  await eventually('the change', () => seen.get(`${STATE}/node/N1`)?.includes('"cordoned":true'));
  expect(live).not.toContain(CONFIG);
  expect(live).not.toContain(`${STATE}/node/N1/readings`);

  const off = await startCoordinatorAnew(second, `mqtt: {url: "${url}"}\n`, folder);
  await eventually('the announcement is taken back', () => !seen.has(CONFIG));
  await off.stop();
});

async function startCoordinatorAnew(old: { stop(): Promise<void> }, config: string, folder: string) {
  await old.stop();
  return await startCoordinator(config, folder);
}

test.each(BROKERS)('%s: Home Assistant that starts anew hears everything again', async (broker) => {
  const { mqttUrl } = await startWith(broker, 'homeAssistant: {prefix: ha}\n');
  await (await startNode(mqttUrl)).report();
  const topic = 'ha/device/test_N1/config';
  const seen = await watch(mqttUrl);
  await eventually('its announcement', () => seen.get(topic)?.includes('FAN1'));
  const home = await connectTo(mqttUrl);
  let heard = 0;
  home.on('message', (at, _payload, packet) => {
    if (at === topic && !packet.retain) heard++;
  });
  await home.subscribeAsync('ha/#', { qos: 1 });
  await home.publishAsync('ha/status', 'offline', { qos: 1 });
  await home.publishAsync('ha/status', 'online', { qos: 1 });
  await home.publishAsync('ha/status', 'online', { qos: 1 });
  await eventually('once more', () => heard > 0);
  expect(heard).toBe(1);
});

test.each(BROKERS)('%s: Home Assistant hears of nothing that it was not meant to hear', async (broker) => {
  const { mqttUrl } = await startWith(broker, '');
  const seen = await watch(mqttUrl);
  await eventually('the state', () => seen.get(`${STATE}/cluster`));
  expect(seen.get(`${STATE}/coordinator`)).toBe('online');
  expect([...seen.keys()].filter((topic) => topic.startsWith('homeassistant'))).toEqual([]);
});

test('a coordinator that is killed is offline by its will', async () => {
  const url = await startMosquitto();
  const coordinator = await spawnCoordinator(`mqtt: {url: "${url}"}\n`);
  const seen = await watch(url);
  await eventually('it is there', () => seen.get(`${STATE}/coordinator`) === 'online');
  await coordinator.kill();
  await eventually('its will', () => seen.get(`${STATE}/coordinator`) === 'offline');
});

test.each(BROKERS)('%s: buttons do what is allowed, a few at a time, and nothing else', async (broker) => {
  const { mqttUrl, httpUrl } = await startWith(broker, 'homeAssistant: {buttons: [cordon]}\n');
  const seen = await watch(mqttUrl);
  const node = await startNode(mqttUrl);
  await node.report();
  await eventually('its announcement', () => seen.get(CONFIG)?.includes('press_cordon'));
  expect(seen.get(CONFIG)).not.toContain('press_drain');
  const { command_topic, payload_press } = JSON.parse(seen.get(CONFIG) ?? '').components.press_cordon;
  const hand = await connectTo(mqttUrl);
  const state = async () => (await call(httpUrl, 'GET', '/api/v1/nodes/N1')).body;
  const refused = async () => (await call(httpUrl, 'GET', '/api/v1/metrics-json')).body.dashboards.refused;

  await hand.publishAsync(command_topic, 'EXPLODE', { qos: 1 });
  await eventually('refused', async () => (await refused()).PAYLOAD_INVALID === 1);
  expect((await state()).cordoned).toBe(false);
  await hand.publishAsync(command_topic.replace('cordon', 'drain'), payload_press, { qos: 1 });
  await hand.publishAsync(command_topic.replace('N1', 'N9'), payload_press, { qos: 1 });
  await eventually('nobody knows N9', async () => (await refused()).NODE_UNKNOWN === 1);
  expect(await state()).toMatchObject({ cordoned: false, draining: false });
  await hand.publishAsync(command_topic, payload_press, { qos: 1 });
  await eventually('cordoned', async () => (await state()).cordoned);
  for (let press = 0; press < 10; press++) await hand.publishAsync(command_topic, payload_press, { qos: 1 });
  await eventually('too many', async () => (await refused()).RATE_EXCEEDED >= 4);
});

test('without buttons in the configuration nothing listens to commands, and the embedded broker takes none', async () => {
  const { mqttUrl } = await startCoordinator('homeAssistant: {}\n');
  const hand = await connectTo(mqttUrl);
  const cut = new Promise<void>((resolve) => hand.once('close', () => resolve()));
  hand.publish('evenkeel/v1/test/command/node/N1/cordon', 'PRESS', { qos: 1 });
  await cut;
});
