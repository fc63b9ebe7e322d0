import { createServer, type Server, type Socket } from 'node:net';
import type { FakeDevice } from './machine.ts';

export const UPS_VARIABLES: Readonly<Record<string, string>> = {
  'ups.status': 'OL CHRG',
  'battery.charge': '100',
  'battery.charge.low': '20',
  'battery.runtime': '1800',
  'battery.runtime.low': '120',
  'ups.load': '23.5',
  'input.voltage': '230.1',
  'device.model': 'Smart-UPS "1500" \\ rack',
};

/** The daemon of Network UPS Tools with one UPS. `variables` null: its data are stale. */
export function fakeUps(ups: { variables: Readonly<Record<string, string>> | null }): FakeDevice {
  let server: Server | null = null;
  const open = new Set<Socket>();
  const answer = (request: string): string => {
    if (request === 'LIST UPS') return 'BEGIN LIST UPS\nUPS rack "the one in the \\"rack\\""\nEND LIST UPS\n';
    if (request !== 'LIST VAR rack') return 'ERR UNKNOWN-COMMAND\n';
    if (ups.variables === null) return 'ERR DATA-STALE\n';
    const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    const lines = Object.entries(ups.variables).map(([name, text]) => `VAR rack ${name} ${quoted(text)}\n`);
    return `BEGIN LIST VAR rack\n${lines.join('')}END LIST VAR rack\n`;
  };
  return {
    plug: (machine) =>
      new Promise((resolve) => {
        server = createServer((socket) => {
          open.add(socket);
          socket.on('close', () => open.delete(socket)).on('error', () => {});
          socket.setEncoding('utf8').on('data', (requests: string) => {
            for (const request of requests.trim().split('\n')) socket.write(machine.mangle(answer(request)));
            if (machine.mangle('x') !== 'x') socket.end(); // half an answer has no other half
          });
        });
        server.listen(0, '127.0.0.1', () => {
          machine.nut.port = (server!.address() as { port: number }).port;
          resolve();
        });
      }),
    unplug: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        if (server === null) return resolve();
        server.close(() => resolve());
        server = null;
      }),
  };
}
