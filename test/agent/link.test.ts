import { createRequire } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, expect, test } from 'vitest';
import { type Link, openLink } from '../../agent/link.ts';
import { until } from './stage.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A broker of which each message is acknowledged only when it is let. */
async function brokerThat(acknowledges: () => boolean) {
  const broker = await Aedes.createBroker();
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  broker.authorizePublish = (_client, packet, done) => {
    heard.push(packet.payload.toString());
    if (acknowledges()) done(null); // without it there is no acknowledgement
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => new Promise<void>((resolve) => broker.close(() => server.close(() => resolve()))));
  const { port } = server.address() as { port: number };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { url: `mqtt://127.0.0.1:${port}`, heard, cut };
}

function linkTo(url: string): { readonly link: Link; readonly ups: () => number } {
  let ups = 0;
  const link = openLink({
    url,
    clientId: 'N1',
    subscribe: [{ topic: 'evenkeel/v1/test/node/N1/down/request', qos: 1 }],
    onUp: () => ups++,
    onDown: () => {},
    onMessage: () => {},
  });
  opened.push(() => link.close());
  return { link, ups: () => ups };
}

test('what a broker did not acknowledge is told to its sender and not sent again later', async () => {
  let acknowledging = false;
  const { url, heard, cut } = await brokerThat(() => acknowledging);
  const { link, ups } = linkTo(url);
  await until('it is connected', () => ups() === 1);
  const answers = [1, 2, 3].map((i) => link.publish('evenkeel/v1/test/node/N1/up/report', `old ${i}`, 1));
  await until('they are heard', () => heard.length > 0);
  cut();
  expect(await Promise.all(answers)).toEqual([false, false, false]);
  expect(await link.publish('evenkeel/v1/test/node/N1/up/report', 'offline', 1)).toBe(false);
  acknowledging = true;
  heard.length = 0;
  await until('it is connected again', () => ups() === 2);
  expect(await link.publish('evenkeel/v1/test/node/N1/up/report', 'new', 1)).toBe(true);
  expect(heard).toEqual(['new']);
});

test('no buffer is kept for each packet id: 65,536 of them would be 8 MB', async () => {
  const require = createRequire(createRequire(import.meta.url).resolve('mqtt'));
  const numbers: { cache: object } = require('mqtt-packet/numbers.js'); // the one that the client itself uses
  const { url } = await brokerThat(() => true);
  const { link, ups } = linkTo(url);
  await until('it is connected', () => ups() === 1);
  expect(await link.publish('evenkeel/v1/test/node/N1/up/report', 'x', 1)).toBe(true);
  expect(Object.keys(numbers.cache)).toEqual([]);
});
