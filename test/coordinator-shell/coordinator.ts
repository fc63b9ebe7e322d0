import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { readCoordinatorConfig } from '../../coordinator/config.ts';
import { type RunningCoordinator, runCoordinator } from '../../coordinator/main.ts';
import { afterwards, temporaryFolder } from './temporary.ts';

/** A whole coordinator in this process, on ports of the system's choice. */
export async function startCoordinator(
  extra = '',
  folder = temporaryFolder(),
): Promise<RunningCoordinator & { readonly folder: string }> {
  const mqtt = extra.includes('mqtt:') ? '' : 'mqtt: {port: 0}\n';
  const text = `cluster: test\nstateDir: ${folder}\n${mqtt}http: {port: 0}\nlog: {level: silent}\n${extra}`;
  const running = await runCoordinator(readCoordinatorConfig(text, join(folder, 'coordinator.yaml')));
  afterwards(() => running.stop());
  return { ...running, folder };
}

/** A bare MQTT client, to say what no agent of ours would say. */
export async function connectTo(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
  afterwards(() => client.endAsync(true));
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: tests read what the API promises, and fail where it does not keep it
type Json = any;

export async function call(
  base: string,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json }> {
  const response = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}
