import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterwards, eventually, temporaryFolder } from '../coordinator-shell/temporary.ts';
import { NEEDS_DEBIAN } from './debian.ts';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** Debian's MQTT broker on loopback, gone after the test. */
export async function startMosquitto(): Promise<string> {
  const { url } = await startMosquittoAt(await freePort());
  return url;
}

export async function startMosquittoAt(port: number): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const config = join(temporaryFolder(), 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n`);
  const broker = spawn('mosquitto', ['-c', config], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  broker.on('error', () => undefined);
  const ended = once(broker, 'close').catch(() => undefined);
  const stop = async () => {
    broker.kill();
    await ended;
  };
  afterwards(stop);
  await eventually(NEEDS_DEBIAN('mosquitto'), () => answers(port));
  return { url: `mqtt://127.0.0.1:${port}`, stop };
}
