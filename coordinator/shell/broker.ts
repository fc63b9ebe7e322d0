import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { OperatingError } from '../../protocol/errors.ts';
import { MAX_PAYLOAD_BYTES } from '../../protocol/parse.ts';

export interface Broker {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 10_000;

/** The embedded MQTT 3.1.1 broker. Nothing that nodes publish to each other is retained, wills included. */
export async function startBroker(host: string, port: number): Promise<Broker> {
  const aedes = await Aedes.createBroker({ concurrency: 1000, heartbeatInterval: 60_000 });
  aedes.authorizePublish = (_client, packet, done) => {
    if (packet.payload.length > MAX_PAYLOAD_BYTES * 2) return done(new Error('payload too large'));
    if (packet.topic.includes('/node/') && packet.retain) packet.retain = false;
    done(null);
  };
  const server: Server = createServer({ noDelay: true }, aedes.handle as never);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new OperatingError(
              'PORT_IN_USE',
              `port ${port} of ${host} is in use: end what uses it, or set mqtt.port to another (0 takes a free one)`,
              { cause: error },
            )
          : new OperatingError('BROKER_UNREACHABLE', `cannot listen on ${host}:${port}: ${error.message}`, {
              cause: error,
            }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `mqtt://${host}:${bound}`,
    close: () => new Promise((resolve) => aedes.close(() => server.close(() => resolve()))),
  };
}
