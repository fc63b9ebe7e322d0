import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { call, connectTo, startCoordinator } from './coordinator.ts';
import { startPlainBroker } from './plain-broker.ts';
import { afterwards, eventually } from './temporary.ts';

const sentence = async (url: string) => (await call(url, 'GET', '/api/v1/status')).body.sentence as string;

test('an external broker: absent at the start, there later, gone in the middle, back again', async () => {
  const placeholder = await startPlainBroker(0);
  const { port } = placeholder;
  await placeholder.close();
  const coordinator = await startCoordinator(`mqtt: {url: "mqtt://127.0.0.1:${port}"}\n`);
  await eventually('it says so', async () =>
    (await sentence(coordinator.httpUrl)).includes('does not hear the broker'),
  );
  let broker = await startPlainBroker(port);
  await eventually('it hears it', async () => (await sentence(coordinator.httpUrl)).includes('No node has joined yet'));
  await broker.close();
  await eventually('it says so again', async () =>
    (await sentence(coordinator.httpUrl)).includes('does not hear the broker'),
  );
  broker = await startPlainBroker(port);
  afterwards(() => broker.close());
  await eventually('it hears it again', async () =>
    (await sentence(coordinator.httpUrl)).includes('No node has joined yet'),
  );
});

test('the embedded broker keeps no message between nodes and coordinator, and lets nobody speak for the coordinator', async () => {
  const { mqttUrl } = await startCoordinator();
  const client = await connectTo(mqttUrl);
  await client.publishAsync('evenkeel/v1/test/node/N1/up/report', 'x', { qos: 1, retain: true });
  const second = await connectTo(mqttUrl);
  const seen: string[] = [];
  second.on('message', (topic, payload) => {
    if (payload.length === 1) seen.push(topic); // the coordinator's own answers are longer
  });
  await second.subscribeAsync('evenkeel/v1/test/node/#');
  await second.publishAsync('evenkeel/v1/test/node/N1/up/event', 'y', { qos: 1 });
  await eventually('the live message', () => seen.length > 0);
  for (const topic of ['evenkeel/v1/test/node/N1/down/assignment', 'evenkeel/v1/test/state/cluster', 'anything']) {
    const liar = await connectTo(mqttUrl);
    const cut = new Promise<void>((resolve) => liar.once('close', () => resolve()));
    liar.publish(topic, 'z', { qos: 1 });
    await cut;
  }
  await expect(
    connectAsync(mqttUrl, { username: 'coordinator', password: 'guess', reconnectPeriod: 0 }),
  ).rejects.toThrow();
  expect(seen).toEqual(['evenkeel/v1/test/node/N1/up/event']);
});

test('what people read is retained: somebody who comes later sees how things are', async () => {
  const { mqttUrl } = await startCoordinator();
  const client = await connectTo(mqttUrl);
  let state: { sentence?: string } = {};
  client.on('message', (_topic, payload) => {
    state = JSON.parse(payload.toString());
  });
  await eventually('the state', async () => {
    await client.subscribeAsync('evenkeel/v1/test/state/cluster');
    return state.sentence === 'No node has joined yet.';
  });
});
