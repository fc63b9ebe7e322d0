import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { scanFrames } from '../../agent/spool-frame.ts';
import type { RunningCoordinator } from '../../coordinator/main.ts';
import type { NodeView } from '../../protocol/view.ts';
import { call, startCoordinator } from '../coordinator-shell/coordinator.ts';
import { afterwards, eventually, temporaryFolder } from '../coordinator-shell/temporary.ts';
import { freePort } from './free-port.ts';

/*
 * Every sample counts once, with real brokers, processes and disks: what the coordinator received and what it was told to be
 * lost are together exactly what was produced, whoever was away or killed meanwhile.
 */

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'];

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}

/** A broker of somebody else's. It keeps nothing: killed and started again, it knows no session. */
function startMosquitto(port: number, folder: string): ChildProcess {
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n`);
  const program = MOSQUITTO.find((path) => existsSync(path));
  if (!program) throw new Error('mosquitto is missing: bash scripts/install-debian.sh');
  const broker = spawn(program, ['-c', file], { stdio: 'ignore' });
  afterwards(() => kill(broker));
  return broker;
}

class Rig {
  readonly folder = temporaryFolder();
  readonly stateDir = join(this.folder, 'agent');
  /** How far each stream was seen to be numbered, by somebody who hears the broker too. */
  readonly seen = new Map<number, number>();
  readonly #url: string;
  agent: ChildProcess | null = null;
  doubling = false;
  constructor(url: string) {
    this.#url = url;
    const ear: MqttClient = mqtt.connect(url, { protocolVersion: 4, reconnectPeriod: 100, queueQoSZero: false });
    ear.on('error', () => {});
    ear.on('connect', () => ear.subscribe('evenkeel/v1/test/node/N1/up/samples'));
    const twice = new Set<string>();
    ear.on('message', (topic, payload) => {
      const text = payload.toString();
      const { boot, stream = boot, records } = JSON.parse(text);
      for (const [first, , , , values] of records)
        this.seen.set(stream, Math.max(this.seen.get(stream) ?? 0, first + values.length));
      if (!this.doubling || twice.has(text)) return;
      twice.add(text);
      ear.publish(topic, payload);
    });
    afterwards(() => ear.endAsync(true));
  }
  start(maxBytes: number): ChildProcess {
    const config = {
      cluster: 'test',
      node: 'N1',
      mqtt: { url: this.#url },
      stateDir: this.stateDir,
      reportMs: 100,
      heartbeatMs: 500,
      logLevel: 'error',
      spool: { maxBytes },
    };
    const script = fileURLToPath(new URL('./counting-agent.ts', import.meta.url));
    const agent = spawn(process.execPath, [script, JSON.stringify(config)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    afterwards(() => kill(agent));
    this.agent = agent;
    return agent;
  }
  quiet(): void {
    writeFileSync(join(this.folder, 'quiet'), '');
  }
  /** Whole frames in the spool, as they are now. */
  frames() {
    const dir = join(this.stateDir, 'spool');
    const names = () => readdirSync(dir).filter((name) => name.endsWith('.seg'));
    try {
      return names().flatMap((name) => scanFrames(readFileSync(join(dir, name))).frames);
    } catch {
      return [];
    }
  }
  /** The end of each stream that is in the spool. */
  ends(): Map<number, number> {
    const ends = new Map<number, number>();
    for (const { kind, stream, first, count } of this.frames())
      if (kind === 'record') ends.set(stream, Math.max(ends.get(stream) ?? 0, first + count));
    return ends;
  }
  /** Until the agent holds nothing any more that was not acknowledged. */
  async drained(): Promise<void> {
    await eventually('the spool is empty', () => this.frames().length === 0, 50_000);
  }
}

async function samplesOf(coordinator: RunningCoordinator): Promise<NonNullable<NodeView['samples']> | undefined> {
  const { body } = await call(coordinator.httpUrl, 'GET', '/api/v1/nodes/N1');
  return body.samples;
}
/** All streams together are received and lost, exactly. */
async function settled(coordinator: RunningCoordinator, rig: Rig, ends: ReadonlyMap<number, number>) {
  return eventually(`the counts are those of ${JSON.stringify([...ends])}`, async () => {
    for (const [stream, end] of rig.seen)
      if ((ends.get(stream) ?? 0) < end) (ends as Map<number, number>).set(stream, end);
    const produced = [...ends.values()].reduce((sum, end) => sum + end, 0);
    const samples = await samplesOf(coordinator);
    return samples && samples.received + samples.lost === produced ? { ...samples, produced } : null;
  });
}

test('mosquitto killed and started anew without its sessions, the agent killed while it spools, a spool too small', async () => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const folder = temporaryFolder();
  const first = startMosquitto(port, folder);
  const coordinator = await startCoordinator(`mqtt: {url: "${url}"}\n`);
  const rig = new Rig(url);
  const agent = rig.start(65_536);
  await eventually('samples arrive', async () => ((await samplesOf(coordinator))?.received ?? 0) > 300);
  await kill(first);
  await eventually('so much was spooled that something had to go', () =>
    rig.frames().some(({ kind }) => kind === 'gaps'),
  );
  await kill(agent);
  const ends = rig.ends(); // of the agent that is dead now: nothing of it is anywhere else
  expect(ends.size).toBe(1);
  rig.start(65_536);
  await eventually('its successor spools as well', () => rig.ends().size === 2);
  startMosquitto(port, folder);
  await eventually('the present arrives before the past is told', async () => {
    const { body } = await call(coordinator.httpUrl, 'GET', '/api/v1/nodes/N1');
    return body.liveness === 'alive' && body.readings.length === 100;
  });
  rig.quiet();
  await rig.drained();
  const result = await settled(coordinator, rig, ends);
  expect(ends.size).toBe(2);
  const { body } = await call(coordinator.httpUrl, 'GET', '/api/v1/nodes/N1/history');
  expect(body.sensors['errors/0'].length).toBeGreaterThan(20);
  const metrics = await call(coordinator.httpUrl, 'GET', '/api/v1/metrics-json');
  expect(metrics.body.samples).toMatchObject({ received: result.received, lost: result.lost });
  expect(result.lost).toBeGreaterThan(0);
  expect(result.received).toBeGreaterThan(300);
});

test('a coordinator that is away while its broker is there, forgets what it had not written, and hears everything twice', async () => {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  startMosquitto(port, temporaryFolder());
  const folder = temporaryFolder();
  const first = await startCoordinator(`mqtt: {url: "${url}"}\n`, folder);
  const rig = new Rig(url);
  rig.doubling = true;
  rig.start(8_388_608);
  await eventually('samples arrive', async () => ((await samplesOf(first))?.received ?? 0) > 300);
  await first.stop(); // at any moment between two writes of its counts
  const [[stream = 0, heard = 0] = []] = rig.seen;
  await eventually('what nobody acknowledges is on disk', () => (rig.ends().get(stream) ?? 0) > heard, 40_000);
  const second = await startCoordinator(`mqtt: {url: "${url}"}\n`, folder);
  await eventually('its successor hears it', async () => ((await samplesOf(second))?.received ?? 0) > 300);
  rig.quiet();
  await rig.drained();
  const result = await settled(second, rig, new Map());
  expect(result).toMatchObject({ lost: 0, received: result.produced });
  expect(result.duplicates).toBeGreaterThan(0);
});

test('the embedded broker goes with its coordinator: the agent keeps what it measures and tells it afterwards', async () => {
  const port = await freePort();
  const mqttPort = `mqtt: {port: ${port}}\n`;
  const folder = temporaryFolder();
  const first = await startCoordinator(mqttPort, folder);
  const rig = new Rig(first.mqttUrl);
  const agent = rig.start(8_388_608);
  await eventually('samples arrive', async () => ((await samplesOf(first))?.received ?? 0) > 300);
  await first.stop();
  await eventually('some are kept', () => rig.frames().filter(({ kind }) => kind === 'record').length > 10);
  agent.kill('SIGTERM');
  await ended(agent);
  const ends = rig.ends();
  rig.quiet();
  const second = await startCoordinator(mqttPort, folder);
  rig.start(8_388_608);
  await rig.drained();
  const result = await settled(second, rig, ends);
  expect(result).toMatchObject({ lost: 0, received: result.produced });
});
