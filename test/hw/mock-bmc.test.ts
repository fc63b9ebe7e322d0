import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BmcServer, startBmcServer } from '../../hw/mock/bmc-server.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import type { Reading } from '../../protocol/reading.ts';

let directory: string;
let power: 'on' | 'off';
let server: BmcServer | null = null;
const others: { close(): unknown }[] = [];
const reading: Reading = { sensor: 'bmc/FAN1', value: 5400, unit: 'RPM', level: 'ok' };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ek-bmc-'));
  power = 'on';
});
afterEach(async () => {
  await server?.close();
  server = null;
  for (const other of others.splice(0)) other.close();
  rmSync(directory, { recursive: true, force: true });
});

const open = (timeoutMs = 5000) =>
  openBmc({ kind: 'mock', socket: join(directory, '{node}.sock'), timeoutMs }, 'N1', directory);
async function start(): Promise<BmcServer> {
  server = await startBmcServer(join(directory, 'N1.sock'), {
    power: () => power,
    switchPower: (to) => {
      power = to;
    },
    sensors: () => [reading],
    identity: () => ({ guid: 'g-1', serial: 'S1' }),
  });
  return server;
}
/** Something else where the BMC should be. */
async function impostor(answer: string): Promise<Server> {
  const fake = createServer((_, response) => response.end(answer));
  await new Promise<void>((resolve) => fake.listen(join(directory, 'N1.sock'), resolve));
  others.push(fake);
  return fake;
}

test('power, sensors and identity', async () => {
  await start();
  const bmc = open();
  expect(await bmc.power()).toBe('on');
  await bmc.powerOff();
  expect(await bmc.power()).toBe('off');
  await bmc.powerOn();
  expect(await bmc.power()).toBe('on');
  expect(await bmc.sensors()).toEqual([reading]);
  expect(await bmc.identity()).toEqual({ guid: 'g-1', serial: 'S1' });
});

test('nobody there: unreachable', async () => {
  await expect(open().power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
});

test('silent: unreachable, within the timeout', async () => {
  (await start()).setFault({ kind: 'silent' });
  const before = performance.now();
  await expect(open(200).power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
  expect(performance.now() - before).toBeGreaterThanOrEqual(195);
});

test('an answer that never ends: unreachable, within the timeout', async () => {
  const dripping = createSocketServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{');
  });
  await new Promise<void>((resolve) => dripping.listen(join(directory, 'N1.sock'), resolve));
  others.push(dripping);
  await expect(open(200).power()).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' });
});

test('slow, but in time', async () => {
  (await start()).setFault({ kind: 'slow', delayMs: 50 });
  expect(await open().power()).toBe('on');
});

test('refusing: refused, with its reason', async () => {
  (await start()).setFault({ kind: 'refusing' });
  await expect(open().powerOff()).rejects.toMatchObject({
    code: 'BMC_REFUSED',
    message: expect.stringContaining('insufficient privilege'),
  });
  expect(power).toBe('on');
});

test('stuck: accepts, and stays on', async () => {
  (await start()).setFault({ kind: 'stuck' });
  const bmc = open();
  await bmc.powerOff();
  expect(await bmc.power()).toBe('on');
});

test.each([['not JSON'], ['{"power":"maybe"}'], ['{}'], ['{"power":"off","extra":1}'], ['"off"']])(
  'nonsense is never taken for off: %s',
  async (answer) => {
    await impostor(answer);
    await expect(open().power()).rejects.toMatchObject({ code: 'BMC_REFUSED' });
  },
);

test('a socket path that the system cannot hold is refused by name', async () => {
  await expect(
    startBmcServer(join(directory, `${'x'.repeat(120)}.sock`), {
      power: () => power,
      switchPower: () => {},
      sensors: () => [],
      identity: () => ({ guid: 'g', serial: 's' }),
    }),
  ).rejects.toThrow(/longer than the 107 bytes/);
});
