import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatingError } from '../protocol/errors.ts';
import type { NodeView } from '../protocol/view.ts';
import { createClient } from './client.ts';
import { keepRunning } from './keep-running.ts';
import { socketIn } from './locations.ts';
import { portOf, readyOf, startOwn } from './own-program.ts';

/*
 * The appliance in its smallest form: a coordinator, and the agent of this machine. Both are children that end with us,
 * however we end; applications run on, and the next start takes them over.
 */

export interface ApplianceOptions {
  readonly stateDir: string;
  readonly cluster: string;
  readonly node: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly mqtt: { readonly host: string; readonly port: number };
  /** Told of what goes wrong and is mended: one sentence. */
  readonly onTrouble: (sentence: string) => void;
}
export interface Appliance {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly socket: string;
  /** Which of the two could not be kept running, and why. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

const JOINED_LIMIT_MS = 30_000;

export async function startAppliance(options: ApplianceOptions): Promise<Appliance> {
  const { stateDir, cluster, node, http, mqtt, onTrouble } = options;
  const agentDir = join(stateDir, 'agent');
  for (const directory of [stateDir, agentDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const coordinatorFile = join(stateDir, 'coordinator.yaml');
  const agentFile = join(stateDir, 'agent.yaml');
  const configure = (ports: { http: number; mqtt: number }) =>
    writeFileSync(
      coordinatorFile, // JSON is YAML
      JSON.stringify(
        { cluster, stateDir, http: { ...http, port: ports.http }, mqtt: { ...mqtt, port: ports.mqtt } },
        null,
        2,
      ),
    );
  configure({ http: http.port, mqtt: mqtt.port });
  const coordinator = await keepRunning(
    () => startOwn('coordinator', coordinatorFile, join(stateDir, 'coordinator.log')),
    readyOf,
    onTrouble,
  );
  const { ready } = coordinator;
  configure({ http: portOf(ready.http), mqtt: portOf(ready.mqtt) }); // started again, it is found where it was
  const socket = socketIn(stateDir);
  try {
    writeFileSync(agentFile, JSON.stringify({ cluster, node, mqtt: { url: ready.mqtt }, stateDir: agentDir }, null, 2));
    const agent = await keepRunning(
      () => startOwn('agent', agentFile, join(stateDir, 'agent.log')),
      () => joined(socket, node, onTrouble),
      onTrouble,
    );
    return {
      httpUrl: ready.http,
      mqttUrl: ready.mqtt,
      socket,
      failed: Promise.race([agent.failed, coordinator.failed]),
      stop: async () => {
        await agent.stop(); // first: it says goodbye through the broker
        await coordinator.stop();
      },
    };
  } catch (error) {
    await coordinator.stop();
    throw error;
  }
}

async function joined(socket: string, node: string, onTrouble: (sentence: string) => void): Promise<void> {
  const client = createClient({ socket });
  const end = performance.now() + JOINED_LIMIT_MS; // whoever waits has given up by then
  while (performance.now() < end) {
    let nodes: NodeView[];
    try {
      nodes = await client.get<NodeView[]>('/nodes');
    } catch (error) {
      // nothing joins until the store is restored, and what runs must go on all the same
      if (!(error instanceof OperatingError) || error.code !== 'STORE_CORRUPT') throw error;
      return onTrouble(error.message);
    }
    if (nodes.some((each) => each.node === node && each.liveness === 'alive')) return;
    await delay(100);
  }
}
