import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterwards } from '../../coordinator-shell/temporary.ts';

/* Between the coordinator and a broker: writes down what its Sparkplug connections say, in the order in which they say it. */

export type TappedEvent =
  | { readonly kind: 'connack' }
  | { readonly kind: 'subscribe'; readonly topic: string; readonly qos: number }
  | { readonly kind: 'publish' | 'delivered'; readonly message: RawMessage }
  | { readonly kind: 'disconnect'; readonly reasonCode: number }
  /** Of those who know: only these devices are there from here on. No tap can tell. */
  | { readonly kind: 'there'; readonly devices: readonly string[] };
export interface RawMessage {
  readonly topic: string;
  readonly qos: number;
  readonly isRetained: boolean;
  readonly payload: Buffer;
}
export interface TappedConnection {
  readonly version: number;
  readonly isClean: boolean;
  readonly expiry: number;
  readonly will: RawMessage | null;
  readonly events: TappedEvent[];
}

export interface Tap {
  readonly url: string;
  readonly connections: TappedConnection[];
  /** All connections through it are gone, and new ones too until it is mended. */
  cut(): void;
  mend(): void;
}

export async function startTap(brokerUrl: string): Promise<Tap> {
  const { port } = new URL(brokerUrl);
  const connections: TappedConnection[] = [];
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (isCut) return void near.destroy();
    listen(near, far, connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    connections,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
  };
}

/** Passes on what both say; what is said by anything but Sparkplug is not written down. */
function listen(near: Socket, far: Socket, connections: TappedConnection[]): void {
  let connection: TappedConnection | null = null;
  let toNear = mqttPacket.parser();
  const toFar = mqttPacket.parser();
  const note = (event: TappedEvent) => connection?.events.push(event);
  toFar.on('packet', (packet: Packet) => {
    if (packet.cmd === 'connect') {
      toNear = mqttPacket.parser({ protocolVersion: packet.protocolVersion ?? 4 });
      toNear.on('packet', (answer: Packet) => {
        if (answer.cmd === 'connack') note({ kind: 'connack' });
        else if (answer.cmd === 'publish') note({ kind: 'delivered', message: messageIn(answer) });
      });
      if (!packet.clientId.startsWith('coordinator-sparkplug')) return;
      const { will } = packet;
      connection = {
        version: packet.protocolVersion ?? 4,
        isClean: packet.clean ?? false,
        expiry: packet.properties?.sessionExpiryInterval ?? 0,
        will: will ? messageIn({ ...will, payload: will.payload }) : null,
        events: [],
      };
      connections.push(connection);
    } else if (packet.cmd === 'subscribe')
      for (const { topic, qos } of packet.subscriptions) note({ kind: 'subscribe', topic, qos });
    else if (packet.cmd === 'publish') note({ kind: 'publish', message: messageIn(packet) });
    else if (packet.cmd === 'disconnect') note({ kind: 'disconnect', reasonCode: packet.reasonCode ?? 0 });
  });
  near.on('data', (bytes) => {
    toFar.parse(bytes as Buffer);
    far.write(bytes);
  });
  far.on('data', (bytes) => {
    toNear.parse(bytes as Buffer);
    near.write(bytes);
  });
}

interface Published {
  readonly topic: string;
  readonly payload: string | Buffer | Uint8Array;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
}
export function messageIn({ topic, payload, qos = 0, retain = false }: Published): RawMessage {
  return { topic, qos, isRetained: retain, payload: Buffer.from(payload as Uint8Array) };
}
