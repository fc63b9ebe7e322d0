import { statSync } from 'node:fs';
import { OperatingError } from '../protocol/errors.ts';
import { DEFAULT_URL, defaultStateDir, mockDir, socketIn } from './locations.ts';

/** Where the coordinator's API is: a Unix socket's path, or an address. */
export type Target = { readonly socket: string } | { readonly url: string };

export interface TargetOptions {
  readonly socket?: string | undefined;
  readonly url?: string | undefined;
}

/** Options, then EVENKEEL_SOCKET and EVENKEEL_URL, then this machine's own appliance, then the default port on loopback. */
export function findTarget(
  options: TargetOptions,
  env: NodeJS.ProcessEnv = process.env,
  stateDir: string = defaultStateDir(env),
): Target {
  if (options.socket && options.url)
    throw new OperatingError('REQUEST_INVALID', 'say --socket or --url, not both: they name two coordinators');
  if (options.socket) return { socket: options.socket };
  if (options.url) return { url: checkedUrl(options.url, '--url') };
  if (env.EVENKEEL_SOCKET) return { socket: env.EVENKEEL_SOCKET };
  if (env.EVENKEEL_URL) return { url: checkedUrl(env.EVENKEEL_URL, 'EVENKEEL_URL') };
  const own = ownSocket(stateDir);
  return own === null ? { url: DEFAULT_URL } : { socket: own };
}

/** The socket of the appliance that `evenkeel up` started last on this machine. */
function ownSocket(stateDir: string): string | null {
  let latest: { path: string; atMs: number } | null = null;
  for (const path of [stateDir, mockDir(stateDir)].map(socketIn)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isSocket() && (latest === null || found.mtimeMs > latest.atMs)) latest = { path, atMs: found.mtimeMs };
  }
  return latest?.path ?? null;
}

function checkedUrl(text: string, from: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:')
    throw new OperatingError(
      'REQUEST_INVALID',
      `${from}: ${JSON.stringify(text)} is not allowed; it must be an address like ${DEFAULT_URL}`,
    );
  return url.href.replace(/\/+$/, '');
}

/** For messages. */
export function nameOf(target: Target): string {
  return 'socket' in target ? target.socket : target.url;
}
