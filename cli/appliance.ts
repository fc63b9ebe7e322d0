import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { OperatingError } from '../protocol/errors.ts';
import type { NodeView } from '../protocol/view.ts';
import { createClient } from './client.ts';
import { socketIn } from './locations.ts';

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
}
export interface Appliance {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly socket: string;
  /** Which of the two ended by itself, and how. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const ReadyLine = z.object({ ready: z.literal(true), http: z.string(), mqtt: z.string() });

export async function startAppliance(options: ApplianceOptions): Promise<Appliance> {
  const { stateDir, cluster, node, http, mqtt } = options;
  const agentDir = join(stateDir, 'agent');
  for (const directory of [stateDir, agentDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const coordinatorFile = join(stateDir, 'coordinator.yaml');
  writeFileSync(coordinatorFile, JSON.stringify({ cluster, stateDir, http, mqtt }, null, 2)); // JSON is YAML
  const coordinator = startChild('coordinator', coordinatorFile, join(stateDir, 'coordinator.log'));
  let agent: Child | null = null;
  try {
    const ready = await firstOf(coordinator, readyLine(coordinator.process));
    const agentFile = join(stateDir, 'agent.yaml');
    writeFileSync(agentFile, JSON.stringify({ cluster, node, mqtt: { url: ready.mqtt }, stateDir: agentDir }, null, 2));
    agent = startChild('agent', agentFile, join(stateDir, 'agent.log'));
    const socket = socketIn(stateDir);
    await firstOf(agent, joined(socket, node));
    const children = [agent, coordinator];
    return {
      httpUrl: ready.http,
      mqttUrl: ready.mqtt,
      socket,
      failed: Promise.race(children.map(({ ended }) => ended)),
      stop: async () => {
        for (const child of children) await endChild(child); // the agent first: it says goodbye through the broker
      },
    };
  } catch (error) {
    if (agent) await endChild(agent);
    await endChild(coordinator);
    throw error;
  }
}

interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
}

/** The program itself: beside this file in dist, or its source. */
const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './evenkeel.js', import.meta.url));

function startChild(name: 'coordinator' | 'agent', config: string, logFile: string): Child {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [ENTRY, name, '--config', config, '--lifeline'], {
    stdio: ['pipe', name === 'coordinator' ? 'pipe' : log, log],
    detached: true, // a Ctrl-C is for us to obey, in order
  });
  closeSync(log);
  child.stdin?.on('error', () => {}); // it is only there to be closed
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`the ${name} could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(`the ${name} ended with ${signal ?? `exit code ${code}`}. The end of ${logFile}:\n${tailOf(logFile)}`),
    );
  });
  return { name, process: child, ended };
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

function readyLine(child: ChildProcess): Promise<z.infer<typeof ReadyLine>> {
  return new Promise((resolve, reject) => {
    // All that it prints is read, so that it never waits for us.
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"ready"')) return;
      try {
        resolve(ReadyLine.parse(JSON.parse(line)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** What is waited for, unless the child ends first or takes too long. */
async function firstOf<T>(child: Child, wanted: Promise<T>): Promise<T> {
  const failed = async (why: Promise<string>): Promise<never> => {
    throw new OperatingError('SPAWN_FAILED', await why);
  };
  const late = delay(READY_LIMIT_MS, `the ${child.name} is not ready after ${READY_LIMIT_MS / 1000} s`, { ref: false });
  return await Promise.race([wanted, failed(child.ended), failed(late)]);
}

async function joined(socket: string, node: string): Promise<void> {
  const client = createClient({ socket });
  const end = performance.now() + READY_LIMIT_MS; // whoever waits has given up by then
  while (performance.now() < end) {
    const nodes = await client.get<NodeView[]>('/nodes');
    if (nodes.some((each) => each.node === node && each.liveness === 'alive')) return;
    await delay(100);
  }
}

/** Asked first, then made to. */
async function endChild({ process: child, ended }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const slow = await Promise.race([ended.then(() => false), delay(STOP_LIMIT_MS, true, { ref: false })]);
  if (slow) child.kill('SIGKILL');
  await ended;
}
