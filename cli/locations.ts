import { homedir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_HTTP_PORT } from '../protocol/api.ts';

/** Where this machine's own appliance keeps what must survive; `evenkeel up` writes there, other commands look there. */
export function defaultStateDir(
  env: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.getuid?.(),
): string {
  if (uid === 0) return '/var/lib/evenkeel';
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local/state'), 'evenkeel');
}

/** Where an appliance of mock servers (`evenkeel up --nodes 3`) has its files: they are made anew each time. */
export function mockDir(stateDir: string): string {
  return join(stateDir, 'mock');
}

/** The API's Unix socket of a coordinator with this state folder (its configuration's default). */
export function socketIn(stateDir: string): string {
  return join(stateDir, 'evenkeel.sock');
}

export const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_HTTP_PORT}`;
