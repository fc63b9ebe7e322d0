import { deviceOfFiles } from './machine.ts';

const HEADER = `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed`;
/** /proc/net/dev when each of these has received so many bytes, and sent twice as many. */
export const netDevOf = (bytes: Readonly<Record<string, number>>) =>
  [
    HEADER,
    ...Object.entries(bytes).map(([name, n]) => `${name.padStart(6)}: ${n} 9 1 2 0 0 0 0 ${n * 2} 9 2 4 0 0 0 0`),
  ].join('\n');

/** Two links, and a bond of them of which one has no cable. */
export const fakeNetwork = deviceOfFiles(
  {
    'proc/net/dev': netDevOf({ lo: 500, eth0: 1000, eth1: 0, bond0: 1000 }),
    'sys/class/net/eth0/carrier': 1,
    'sys/class/net/eth0/carrier_changes': 2,
    'sys/class/net/eth0/speed': 1000,
    'sys/class/net/eth1/carrier': 0,
    'sys/class/net/eth1/carrier_changes': 3,
    'sys/class/net/eth1/speed': -1,
    'sys/class/net/bond0/carrier': 1,
    'sys/class/net/bond0/bonding/slaves': 'eth0 eth1',
  },
  ['sys/class/net'],
);
