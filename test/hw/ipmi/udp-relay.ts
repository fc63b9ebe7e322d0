import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpRelay {
  readonly port: number;
  /** How long each packet takes, or null: none arrives. */
  delayMs: number | null;
  /** Requests seen. */
  readonly requests: () => number;
  /** Who sent each of them: every session has a port of its own. */
  readonly clients: () => readonly number[];
  close(): void;
}

/** A bad network between ipmitool and a BMC. */
export async function startRelay(to: number): Promise<UdpRelay> {
  const inside = createSocket('udp4');
  const outside = createSocket('udp4');
  outside.bind(0, '127.0.0.1');
  await once(outside, 'listening');
  let client = 0;
  const clients: number[] = [];
  const relay: UdpRelay = {
    port: outside.address().port,
    delayMs: 0,
    requests: () => clients.length,
    clients: () => clients,
    close: () => {
      relay.delayMs = null;
      inside.close();
      outside.close();
    },
  };
  const pass = (send: () => void) => {
    if (relay.delayMs !== null) setTimeout(() => relay.delayMs !== null && send(), relay.delayMs);
  };
  outside.on('message', (packet, { port }) => {
    client = port;
    clients.push(port);
    pass(() => inside.send(packet, to, '127.0.0.1'));
  });
  inside.on('message', (packet) => pass(() => outside.send(packet, client, '127.0.0.1')));
  return relay;
}
