import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import packets, { type Packet } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import { type Link, type LinkOptions, openLink } from '../../agent/link.ts';
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

/** A broker that says what a test wants it to: accepts every connection and subscription, and hands over everything else. */
async function brokerSaying(answer: (packet: Packet, send: (packet: Packet | Buffer) => void) => void) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const send = (packet: Packet | Buffer) => {
      socket.write(Buffer.isBuffer(packet) ? packet : packets.generate(packet));
    };
    const parser = packets.parser({ protocolVersion: 4 });
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        connections++;
        send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
      } else if (packet.cmd === 'subscribe' && packet.messageId)
        send({ cmd: 'suback', messageId: packet.messageId, granted: [1] });
      answer(packet, send);
    });
    socket.on('data', (bytes: Buffer) => parser.parse(bytes));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    connections: () => connections,
    cut,
  };
}

function linkTo(url: string, change: Partial<LinkOptions> = {}) {
  let ups = 0;
  const reasons: string[] = [];
  const link: Link = openLink({
    url,
    clientId: 'N1',
    subscribe: [{ topic: 'evenkeel/v1/test/node/N1/down/request', qos: 1 }],
    onUp: () => ups++,
    onDown: (reason) => reasons.push(reason),
    onMessage: () => {},
    ...change,
  });
  opened.push(() => link.close());
  return { link, ups: () => ups, reasons };
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
  // @ts-expect-error: not declared; the module that the codec itself uses
  const { default: numbers }: { default: { cache: object } } = await import('mqtt-packet/numbers.js');
  const { url } = await brokerThat(() => true);
  const { link, ups } = linkTo(url);
  await until('it is connected', () => ups() === 1);
  expect(await link.publish('evenkeel/v1/test/node/N1/up/report', 'x', 1)).toBe(true);
  expect(Object.keys(numbers.cache)).toEqual([]);
});

test('messages come in their order, whole however they are cut, and those of QoS 1 are acknowledged', async () => {
  const long = 'x'.repeat(100_000);
  const acknowledged: (number | undefined)[] = [];
  const { url } = await brokerSaying((packet, send) => {
    if (packet.cmd === 'puback') acknowledged.push(packet.messageId);
    if (packet.cmd !== 'subscribe') return;
    const message = { cmd: 'publish', topic: 't', dup: false, retain: false } as const;
    const bytes = Buffer.concat([
      packets.generate({ ...message, payload: 'first', qos: 0 }),
      packets.generate({ ...message, payload: long, qos: 1, messageId: 7 }),
      packets.generate({ ...message, payload: 'last', qos: 1, messageId: 8 }),
    ]);
    for (let i = 0; i < bytes.length; i += 9999) send(bytes.subarray(i, i + 9999));
  });
  const heard: string[] = [];
  linkTo(url, { onMessage: (_topic, payload) => heard.push(Buffer.from(payload).toString()) });
  await until('both are acknowledged', () => acknowledged.length === 2);
  expect(heard).toEqual(['first', long, 'last']);
  expect(acknowledged).toEqual([7, 8]);
});

test('a broker that is silent is asked once and left; one that answers is kept; who speaks and hears need not ask', async () => {
  const pings = { silent: 0, answering: 0, busy: 0 };
  const silent = await brokerSaying((packet) => {
    if (packet.cmd === 'pingreq') pings.silent++;
  });
  const answering = await brokerSaying((packet, send) => {
    if (packet.cmd !== 'pingreq') return;
    pings.answering++;
    send({ cmd: 'pingresp' });
  });
  const busy = await brokerSaying((packet, send) => {
    if (packet.cmd === 'pingreq') pings.busy++;
    else if (packet.cmd === 'publish')
      send({ cmd: 'publish', topic: 'lease', payload: 'x', qos: 0, dup: false, retain: false });
  });
  const [left, kept, speaker] = [silent, answering, busy].map(({ url }) => linkTo(url, { turnsMs: 15 }));
  await until('the silent one is left, and the other was asked twice', () => {
    for (const each of [left, kept, speaker]) each?.link.turn();
    void speaker?.link.publish('heartbeat', 'x', 0);
    return left?.reasons.length === 1 && pings.answering >= 2;
  });
  expect(left?.reasons).toEqual(['the broker is silent']);
  expect([kept?.reasons, speaker?.reasons]).toEqual([[], []]);
  expect([pings.silent, pings.busy]).toEqual([1, 0]);
  await until('it is tried again', () => left?.ups() === 2);
});

test('a link that nobody turns has a timer of its own', async () => {
  let pings = 0;
  const { url } = await brokerSaying((packet) => {
    if (packet.cmd === 'pingreq') pings++;
  });
  linkTo(url);
  await until('it pings', () => pings === 1);
});

const BAD: [Packet | Buffer, RegExp][] = [
  [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /^the broker sent what is no MQTT: /],
  [
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, ...new Array(9e6).fill(0)]),
    /^the broker sent a packet of more than \d+ bytes$/,
  ],
  [{ cmd: 'publish', topic: 't', payload: '', qos: 2, messageId: 1, dup: false, retain: false }, / of QoS 2$/],
  [{ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 't', qos: 0 }] }, /^the broker sent subscribe$/],
  [{ cmd: 'connack', returnCode: 0, sessionPresent: false }, / accepted the connection twice$/],
];
test('a broker that sends what it must not is left, and tried again', async () => {
  const tried = await Promise.all(
    BAD.map(async ([sent, reason]) => {
      let isBad = true;
      const { url, connections } = await brokerSaying((packet, send) => {
        if (packet.cmd !== 'subscribe' || !isBad) return;
        isBad = false;
        send(sent);
      });
      return { reasons: linkTo(url).reasons, connections, reason };
    }),
  );
  await until('all are tried again', () => tried.every(({ connections }) => connections() >= 2));
  for (const { reasons, reason } of tried) expect(reasons[0]).toMatch(reason);
});

test('a refusal is told by its reason', async () => {
  const refusing = await Aedes.createBroker();
  refusing.authenticate = (_client, _name, _password, done) =>
    done(Object.assign(new Error('no'), { returnCode: 5 }) as never, false);
  const server = createServer((socket) => refusing.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => new Promise<void>((resolve) => refusing.close(() => server.close(() => resolve()))));
  const { reasons } = linkTo(`mqtt://127.0.0.1:${(server.address() as { port: number }).port}`);
  await until('it is told', () => reasons.length === 1);
  expect(reasons).toEqual(['the broker refuses the connection: code 5']);
});

test('agents that lose their broker at one moment come back spread over time', async () => {
  const { url, connections, cut } = await brokerSaying(() => {});
  const count = 60;
  const cameMs: number[] = [];
  const links = Array.from({ length: count }, () => linkTo(url, { onUp: () => cameMs.push(performance.now()) }));
  await until('all are there', () => connections() === count && cameMs.length === count);
  cameMs.length = 0;
  cut();
  await until('all are back', () => cameMs.length === count);
  expect(links.every(({ reasons }) => reasons.length === 1)).toBe(true);
  const busiest = Math.max(...cameMs.map((from) => cameMs.filter((at) => at >= from && at < from + 100).length));
  expect(busiest / count).toBeLessThan(0.5); // all of them after a fixed period; a twentieth on average
});
