import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { OperatingError } from '../../protocol/errors.ts';
import { MAX_ASSIGNMENT_BYTES, MAX_PAYLOAD_BYTES } from '../../protocol/parse.ts';

export interface Broker {
  readonly url: string;
  /** By which the broker knows the coordinator's own connection: it alone may publish what the coordinator says. */
  readonly credentials: { readonly username: string; readonly password: string };
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 10_000;
const COORDINATOR = 'coordinator';

/**
 * The embedded MQTT 3.1.1 broker. Nothing that nodes and coordinator say to each other is retained, wills included.
 * `isOpen`: topics on which others than agents and coordinator may publish too.
 */
export async function startBroker(
  host: string,
  port: number,
  isOpen: (topic: string) => boolean = () => false,
): Promise<Broker> {
  const secret = randomBytes(24).toString('base64url');
  const trusted = new WeakSet<Client>();
  const aedes = await Aedes.createBroker({ concurrency: 1000 });
  aedes.authenticate = (client, username, password, done) => {
    const claims = username === COORDINATOR;
    const proved = claims && password?.toString() === secret;
    if (proved) trusted.add(client);
    done(null, !claims || proved);
  };
  aedes.authorizePublish = (client, packet, done) => {
    const ours = client !== null && trusted.has(client);
    if (packet.payload.length > (ours ? MAX_ASSIGNMENT_BYTES : 2 * MAX_PAYLOAD_BYTES))
      return done(new Error('payload too large'));
    if (!ours && !/^evenkeel\/v1\/[^/]+\/node\/[^/]+\/up\//.test(packet.topic) && !isOpen(packet.topic))
      return done(new Error(`${packet.topic} is for the coordinator alone`));
    if (/^evenkeel\/v1\/[^/]+\/(command\/)?node\//.test(packet.topic)) packet.retain = false;
    done(null);
  };
  // without noDelay QoS 1 falls from 94,000 to 5,400 messages a second
  const server: Server = createServer({ noDelay: true }, (socket) => aedes.handle(socket));
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      aedes.close();
      const text =
        error.code === 'EADDRINUSE'
          ? `port ${port} of ${host} is in use: end what uses it, or set mqtt.port to another (0 takes a free one)`
          : `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new OperatingError('PORT_IN_USE', text, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    credentials: { username: COORDINATOR, password: secret },
    close: () => new Promise((resolve) => aedes.close(() => server.close(() => resolve()))),
  };
}
