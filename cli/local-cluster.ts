import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentFlagsFor } from '../agent/runtime-flags.ts';
import type { Settings } from '../coordinator/core/settings.ts';
import type { Power } from '../hw/bmc.ts';
import { Rack } from '../hw/mock/rack.ts';
import type { MockServer } from '../hw/mock/server.ts';
import { OperatingError } from '../protocol/errors.ts';
import type { ClusterView } from '../protocol/view.ts';
import { type ApiClient, createClient } from './client.ts';
import { type KeptRunning, keepRunning } from './keep-running.ts';
import { socketIn } from './locations.ts';
import { ENTRY, portOf, type Ready, readyOf, startOwn } from './own-program.ts';

/*
 * A whole cluster on this machine: a coordinator with its embedded broker, and a mock rack whose servers run real agents.
 * Every process of it carries the rack's tag, so that stopping it ends exactly what it started.
 */

export interface LocalNode {
  readonly node: string;
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, number>>;
}
export interface LocalClusterOptions {
  readonly cluster: string;
  /** Everything lies in here: the store, sockets, logs and the servers' disks. Keep it short (sockets' paths are limited). */
  readonly directory: string;
  readonly nodes: readonly LocalNode[];
  readonly http: { readonly host: string; readonly port: number };
  readonly mqtt: { readonly host: string; readonly port: number };
  /** What differs from the product's own times and limits. */
  readonly settings?: Partial<Omit<Settings, 'performance' | 'flapping' | 'health' | 'bmc'>> & {
    readonly performance?: Partial<Settings['performance']>;
    readonly flapping?: Partial<Settings['flapping']>;
    readonly health?: Partial<Settings['health']>;
  };
  readonly reportMs?: number;
  /** An external broker's address; without it the coordinator brings its own. */
  readonly brokerUrl?: string;
  /** Where a node finds the broker, where that is not the broker's own address. */
  readonly brokerFor?: (node: string, url: string) => string;
  /** The program that is coordinator and agents; by default the one that this is part of. */
  readonly program?: string;
  /** What coordinator and agents have in their environment beside ours. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Who sees to it that the coordinator runs. */
  readonly keep?: typeof keepRunning;
  /** Told when a BMC switches its server off or on, because it was told to. */
  readonly onPowerOrder?: (node: string, to: Power) => void;
  readonly onProgress?: (text: string) => void;
  /** Told of what goes wrong and is mended: one sentence. */
  readonly onTrouble?: (sentence: string) => void;
}

export interface LocalCluster {
  readonly directory: string;
  readonly rack: Rack;
  readonly client: ApiClient;
  readonly socket: string;
  readonly httpUrl: string;
  readonly mqttUrl: string;
  /** Of the coordinator that runs now: one that ends is started again. */
  coordinatorPid(): number;
  /** Puts another server into the rack and switches it on; it enrols by itself. */
  addNode(node: LocalNode): Promise<MockServer>;
  /** Resolves when the coordinator could not be kept running, with a sentence that says why. */
  readonly coordinatorFailed: Promise<string>;
  stop(): Promise<void>;
}

const ENROL_LIMIT_MS = 60_000;
/** Nodes that join between two lines of progress. */
const PROGRESS_STEP = 5;
const PORTS_PER_NODE = 200;
const FIRST_PORT = 20_000;

export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { directory, cluster, program = ENTRY, environment = {} } = options;
  mkdirSync(directory, { recursive: true });
  let mqttUrl = '';
  let portsGiven = 0;
  const definitions = new Map<string, LocalNode>();
  const rack = new Rack({
    directory: join(directory, 'rack'),
    boot: (server) => {
      const definition = definitions.get(server.node);
      if (!definition) throw new Error(`nothing is known of the node ${server.node}`);
      const from = FIRST_PORT + (portsGiven++ % 40) * PORTS_PER_NODE;
      const file = join(server.directory, 'agent.yaml');
      const config = {
        cluster,
        ...definition,
        mqtt: { url: options.brokerFor?.(definition.node, mqttUrl) ?? mqttUrl },
        stateDir: join(server.directory, 'state'),
        reportMs: options.reportMs ?? 1000,
        heartbeatMs: options.settings?.heartbeatMs ?? 1000,
        bmc: { kind: 'mock', socket: rack.bmcSocket, timeoutMs: 1000 },
        portRange: { from, to: from + PORTS_PER_NODE - 1 },
      };
      writeFileSync(file, JSON.stringify(config, null, 2)); // JSON is YAML
      return {
        argv: [process.execPath, ...agentFlagsFor(program), program, 'agent', '--config', file],
        env: environment,
      };
    },
    ...(options.onPowerOrder && { onPowerOrder: options.onPowerOrder }),
    ...limitOf(options.nodes[0]),
  });
  try {
    const coordinator = await startCoordinator(options, rack);
    mqttUrl = coordinator.ready.mqtt;
    const socket = socketIn(directory);
    const client = createClient({ socket });
    const addNode = async (definition: LocalNode): Promise<MockServer> => {
      definitions.set(definition.node, definition);
      const server = await rack.add(definition.node, definition.capacity.cpu);
      await server.powerOn();
      return server;
    };
    options.onProgress?.(`${options.nodes.length} servers are switched on`);
    for (const node of options.nodes) await addNode(node);
    await enrolled(
      client,
      options.nodes.map(({ node }) => node),
      coordinator.failed,
      options.onProgress,
    );
    return {
      directory,
      rack,
      client,
      socket,
      httpUrl: coordinator.ready.http,
      mqttUrl,
      coordinatorPid: coordinator.pid,
      coordinatorFailed: coordinator.failed,
      addNode,
      stop: async () => {
        await rack.powerDown();
        await coordinator.stop();
        await rack.stop();
      },
    };
  } catch (error) {
    await rack.stop(); // the coordinator too: it carries the rack's tag
    throw error;
  }
}

function limitOf(node: LocalNode | undefined): { cpuLimitMillicores?: number } {
  return node?.capacity.cpu === undefined ? {} : { cpuLimitMillicores: node.capacity.cpu };
}

function startCoordinator(options: LocalClusterOptions, rack: Rack): Promise<KeptRunning<Ready>> {
  const { directory } = options;
  const file = join(directory, 'coordinator.yaml');
  const configure = (ports: { http: number; mqtt: number }) => {
    const config = {
      cluster: options.cluster,
      stateDir: join(directory, 'coordinator'),
      mqtt: options.brokerUrl === undefined ? { ...options.mqtt, port: ports.mqtt } : { url: options.brokerUrl },
      http: { ...options.http, port: ports.http, socket: socketIn(directory) },
      settings: options.settings ?? {},
      bmc: { '*': { kind: 'mock', socket: rack.bmcSocket, timeoutMs: 1000 } },
    };
    writeFileSync(file, JSON.stringify(config, null, 2));
  };
  configure({ http: options.http.port, mqtt: options.mqtt.port });
  const { keep = keepRunning, program = ENTRY, environment = {} } = options;
  const tagged = { ...environment, ...rack.tagFor('coordinator') };
  return keep(
    () => startOwn('coordinator', file, join(directory, 'coordinator.log'), tagged, program),
    async (program) => {
      const ready = await readyOf(program);
      configure({ http: portOf(ready.http), mqtt: portOf(ready.mqtt) }); // started again, it is found where it was
      return ready;
    },
    options.onTrouble ?? (() => {}),
  );
}

async function enrolled(
  client: ApiClient,
  nodes: readonly string[],
  failed: Promise<string>,
  onProgress?: (text: string) => void,
): Promise<void> {
  let gone: string | null = null;
  void failed.then((why) => {
    gone = why;
  });
  const end = performance.now() + ENROL_LIMIT_MS;
  let shown = 0;
  for (;;) {
    if (gone !== null) throw new OperatingError('COORDINATOR_UNREACHABLE', gone);
    const view = await client.get<ClusterView>('/status');
    const alive = view.nodes.filter(({ liveness }) => liveness === 'alive').map(({ node }) => node as string);
    if (alive.length >= shown + PROGRESS_STEP || (alive.length > shown && alive.length === nodes.length)) {
      onProgress?.(`${alive.length} of ${nodes.length} nodes have joined`);
      shown = alive.length;
    }
    const missing = nodes.filter((node) => !alive.includes(node));
    if (missing.length === 0) return;
    if (performance.now() > end)
      throw new OperatingError(
        'COORDINATOR_UNREACHABLE',
        `not joined after ${ENROL_LIMIT_MS / 1000} s: ${missing.join(', ')}`,
      );
    await delay(100);
  }
}
