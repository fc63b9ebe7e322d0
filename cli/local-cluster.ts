import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Settings } from '../coordinator/core/settings.ts';
import { Rack } from '../hw/mock/rack.ts';
import type { MockServer } from '../hw/mock/server.ts';
import { OperatingError } from '../protocol/errors.ts';
import type { ClusterView } from '../protocol/view.ts';
import { type ApiClient, createClient } from './client.ts';
import { socketIn } from './locations.ts';

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
  readonly settings?: Partial<Omit<Settings, 'performance' | 'health' | 'bmc'>> & {
    readonly performance?: Partial<Settings['performance']>;
    readonly health?: Partial<Settings['health']>;
  };
  readonly reportMs?: number;
  readonly onProgress?: (text: string) => void;
}

export interface LocalCluster {
  readonly directory: string;
  readonly rack: Rack;
  readonly client: ApiClient;
  readonly socket: string;
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly coordinatorPid: number;
  /** Puts another server into the rack and switches it on; it enrols by itself. */
  addNode(node: LocalNode): Promise<MockServer>;
  /** Resolves when the coordinator's process has ended, which it does by itself only in trouble. */
  readonly coordinatorEnded: Promise<string>;
  stop(): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
const ENROL_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5000;
/** Nodes that join between two lines of progress. */
const PROGRESS_STEP = 5;
const PORTS_PER_NODE = 200;
const FIRST_PORT = 20_000;

const ReadyLine = z.object({ ready: z.literal(true), http: z.string(), mqtt: z.string() });

/** The program itself: beside this file in dist, or its source. */
function entry(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './evenkeel.js', import.meta.url));
}

export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { directory, cluster } = options;
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
        mqtt: { url: mqttUrl },
        stateDir: join(server.directory, 'state'),
        reportMs: options.reportMs ?? 1000,
        heartbeatMs: options.settings?.heartbeatMs ?? 1000,
        bmc: { kind: 'mock', socket: rack.bmcSocket, timeoutMs: 1000 },
        portRange: { from, to: from + PORTS_PER_NODE - 1 },
      };
      writeFileSync(file, JSON.stringify(config, null, 2)); // JSON is YAML
      return { argv: [process.execPath, entry(), 'agent', '--config', file] };
    },
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
      coordinator.ended,
      options.onProgress,
    );
    return {
      directory,
      rack,
      client,
      socket,
      httpUrl: coordinator.ready.http,
      mqttUrl,
      coordinatorPid: coordinator.child.pid ?? 0,
      coordinatorEnded: coordinator.ended,
      addNode,
      stop: async () => {
        await rack.powerDown();
        await endCoordinator(coordinator.child);
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

interface Coordinator {
  readonly child: ChildProcess;
  readonly ready: z.infer<typeof ReadyLine>;
  readonly ended: Promise<string>;
}

async function startCoordinator(options: LocalClusterOptions, rack: Rack): Promise<Coordinator> {
  const { directory } = options;
  const file = join(directory, 'coordinator.yaml');
  const config = {
    cluster: options.cluster,
    stateDir: join(directory, 'coordinator'),
    mqtt: options.mqtt,
    http: { ...options.http, socket: socketIn(directory) },
    settings: options.settings ?? {},
    bmc: { '*': { kind: 'mock', socket: rack.bmcSocket, timeoutMs: 1000 } },
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  const logFile = join(directory, 'coordinator.log');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [entry(), 'coordinator', '--config', file], {
    stdio: ['ignore', 'pipe', log],
    detached: true, // a Ctrl-C is for us to obey, in order
    env: { ...process.env, ...rack.tagFor('coordinator') },
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  const first = await Promise.race([
    readyLine(child),
    ended,
    delay(READY_LIMIT_MS, `it is not ready after ${READY_LIMIT_MS / 1000} s`, { ref: false }),
  ]);
  if (typeof first !== 'string') return { child, ready: first, ended };
  throw new OperatingError('COORDINATOR_UNREACHABLE', `the coordinator does not run: ${first}\n${tailOf(logFile)}`);
}

function readyLine(child: ChildProcess): Promise<z.infer<typeof ReadyLine>> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-65_536); // also when it is ready, so that it never waits for us to read
      for (const line of text.split('\n')) {
        if (!line.startsWith('{"ready"')) continue;
        const parsed = ReadyLine.safeParse(safeJson(line));
        if (parsed.success) resolve(parsed.data);
      }
    });
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function tailOf(file: string, lines = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return `(no ${file})`;
  }
}

async function enrolled(
  client: ApiClient,
  nodes: readonly string[],
  ended: Promise<string>,
  onProgress?: (text: string) => void,
): Promise<void> {
  let gone: string | null = null;
  void ended.then((why) => {
    gone = why;
  });
  const end = performance.now() + ENROL_LIMIT_MS;
  let shown = 0;
  for (;;) {
    if (gone !== null) throw new OperatingError('COORDINATOR_UNREACHABLE', `the coordinator does not run: ${gone}`);
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

/** Asked first, so that it closes its store; killed when it does not end. */
async function endCoordinator(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await Promise.race([gone, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
}
