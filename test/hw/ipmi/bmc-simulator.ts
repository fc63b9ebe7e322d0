import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RemoteBmcConfig } from '../../../protocol/bmc-config.ts';
import { waitFor } from '../wait-for.ts';
import { fru, locatorCommands, SENSORS, sensorCommands } from './sensor-model.ts';

export const PASSWORD = 'secret12';
process.env.TEST_BMC_PASSWORD = PASSWORD;

export interface BmcSimulator {
  readonly directory: string;
  readonly port: number;
  readonly serial: string;
  readonly guid: string;
  /** How to reach it; `port` for a relay in between. */
  config(changes?: Partial<Extract<RemoteBmcConfig, { kind: 'ipmi' }>>): RemoteBmcConfig;
  /** Drives a sensor: its value, or a discrete one's bits. The simulator looks every 50 ms. */
  set(sensor: string, value: number): void;
  /** A quirk of the chassis (see chassis-hook.sh); `value` is what its file holds. */
  quirk(name: 'stuck' | 'touchy' | 'hasty', is: boolean, value?: string): void;
  /** The node's process group while it has power. */
  nodePid(): number | null;
  restart(): Promise<void>;
  /** It is dead; the node runs on. */
  silence(): Promise<void>;
  stop(): Promise<void>;
}

const HOOK = new URL('./chassis-hook.sh', import.meta.url).pathname;

/** OpenIPMI's ipmi_sim on loopback: a real BMC as far as its protocol goes, on free ports, and a node that it powers. */
export async function startSimulator(directory: string, serial: string, onPort = 0): Promise<BmcSimulator> {
  const guid = Buffer.from(`guid-${serial}`.padEnd(16, '-').slice(0, 16)).toString('hex');
  mkdirSync(join(directory, 'sensors'), { recursive: true });
  mkdirSync(join(directory, 'state'), { recursive: true });
  writeFileSync(join(directory, 'power'), '1\n');
  writeFileSync(join(directory, 'boot'), '#!/bin/sh\nsleep 1000000 &\nexec sleep 1000000\n', { mode: 0o755 });
  writeFileSync(join(directory, 'fru.bin'), fru(serial));
  const fileOf = (index: number) => join(directory, 'sensors', String(index));
  const write = (index: number, value: number) => {
    const model = SENSORS[index];
    if (!model) throw new Error(`there is no sensor ${index}`);
    const file = fileOf(index);
    writeFileSync(`${file}.new`, `${'unit' in model ? Math.round(value * 1000) : value}\n`);
    renameSync(`${file}.new`, file); // it never reads half a number
  };
  SENSORS.forEach((sensor, index) => {
    const value = 'unit' in sensor ? sensor.value : sensor.bits;
    if (value !== null) write(index, value);
  });
  writeFileSync(
    join(directory, 'bmc.emu'),
    `${[
      'mc_setbmc 0x20',
      'mc_add 0x20 0 no-device-sdrs 0x23 2 6 0xbf 0x1291 0xf02',
      'sel_enable 0x20 500 0x0a',
      ...locatorCommands(),
      ...SENSORS.flatMap((sensor, index) => sensorCommands(sensor, index + 1, fileOf(index))),
      `mc_add_fru_data 0x20 0 512 file 0 "${join(directory, 'fru.bin')}"`,
      'mc_enable 0x20',
    ].join('\n')}\n`,
  );

  let child: ChildProcess | null = null;
  let port = onPort;
  const start = async (): Promise<void> => {
    port ||= await freeUdpPort();
    writeFileSync(join(directory, 'lan.conf'), lanConfig(directory, port, await freeTcpPort(), guid));
    // -n: no console on stdin. An error in the files is silent then; the port stays shut, which is what is waited for.
    const started = spawn('ipmi_sim', ['-n', '-c', 'lan.conf', '-f', 'bmc.emu', '-s', 'state'], {
      cwd: directory,
      stdio: 'ignore',
    });
    child = started;
    started.on('error', () => {});
    await waitFor(`ipmi_sim in ${directory} answers`, async () => {
      if (started.exitCode !== null || started.pid === undefined)
        throw new Error('ipmi_sim ended (Debian package openipmi)');
      return answers(port);
    });
  };
  const end = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const nodePid = () => {
    try {
      return Number(readFileSync(join(directory, 'boot.pid'), 'utf8')) || null;
    } catch {
      return null;
    }
  };
  await start();
  return {
    directory,
    get port() {
      return port;
    },
    serial,
    guid,
    config: (changes = {}) => ({
      kind: 'ipmi',
      transport: 'lanplus',
      host: '127.0.0.1',
      port,
      user: 'admin',
      passwordEnv: 'TEST_BMC_PASSWORD',
      cipherSuite: 3, // ipmi_sim 2.0.33 knows no newer one
      privilege: 'administrator',
      timeoutMs: 10_000,
      ...changes,
    }),
    set: (sensor, value) =>
      write(
        SENSORS.findIndex(({ name }) => name === sensor),
        value,
      ),
    quirk: (name, is, value = '') =>
      is ? writeFileSync(join(directory, name), value) : rmSync(join(directory, name), { force: true }),
    nodePid,
    restart: async () => {
      await end();
      await start();
    },
    silence: end,
    stop: async () => {
      await end();
      const pid = nodePid();
      if (pid === null) return;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // it is gone already
      }
    },
  };
}

function lanConfig(directory: string, port: number, console: number, guid: string): string {
  const auths = ['callback', 'user', 'operator', 'admin'].map(
    (level) => `allowed_auths_${level} none md2 md5 straight`,
  );
  return `name "test"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
    ${auths.join('\n    ')}
    guid ${guid}
  endlan
  chassis_control "${HOOK} ${directory}"
  user 1 true  ""        "test"        user  10 none md2 md5 straight
  user 2 true  "admin"   "${PASSWORD}" admin 10 none md2 md5 straight
  user 3 true  "monitor" "${PASSWORD}" user  10 none md2 md5 straight
console 127.0.0.1 ${console}
`;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Get Channel Authentication Capabilities (IPMI 2.0, 22.13): the one request that needs no session. */
const HELLO = Buffer.from('0600ff07000000000000000000092018c88100388e04b5', 'hex');
async function answers(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(200) }).then(
      () => true,
      () => false,
    );
    socket.send(HELLO, port, '127.0.0.1');
    return await answered;
  } finally {
    socket.close();
  }
}
