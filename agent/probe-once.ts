import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { connect } from 'node:net';
import { monotonicMs } from '../protocol/clock.ts';
import type { Probe } from '../protocol/spec.ts';

export interface ProbeTarget {
  readonly ports: Readonly<Record<string, number>>;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}
export type ProbeResult =
  | { readonly ok: true; readonly latencyMs: number }
  | { readonly ok: false; readonly detail: string };

/** Asks once. Never throws, and always answers within the probe's timeout. */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const began = monotonicMs();
  const fault = await ask(probe, target).catch((error: unknown) => (error as Error).message);
  return fault === null ? { ok: true, latencyMs: monotonicMs() - began } : { ok: false, detail: fault };
}

/** null when it passed, otherwise what is wrong. */
function ask(probe: Probe, target: ProbeTarget): Promise<string | null> {
  if ('command' in probe) return askCommand(probe.command, probe.timeoutMs, target);
  const reference = 'http' in probe ? probe.http.port : probe.tcp.port;
  const port = typeof reference === 'number' ? reference : target.ports[reference];
  if (port === undefined) return Promise.resolve(`the runtime has no port named ${reference}`);
  return 'http' in probe ? askHttp(port, probe.http.path, probe.timeoutMs) : askTcp(port, probe.timeoutMs);
}

function askHttp(port: number, path: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const where = `GET :${port}${path}`;
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      response.on('error', (error) => finish(`${where}: ${error.message}`));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        finish(status >= 200 && status < 400 ? null : `${where} answers ${status}`);
      });
    });
    // counted over the whole exchange: a server that drips its answer is as bad as a silent one
    const timer = setTimeout(() => finish(`${where}: no answer within ${timeoutMs} ms`), timeoutMs);
    const finish = (fault: string | null) => {
      clearTimeout(timer);
      resolve(fault);
      request.destroy();
    };
    request.on('error', (error) => finish(`${where}: ${error.message}`));
  });
}

function askTcp(port: number, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const timer = setTimeout(() => finish(`port ${port}: no connection within ${timeoutMs} ms`), timeoutMs);
    const finish = (fault: string | null) => {
      clearTimeout(timer);
      resolve(fault);
      socket.destroy();
    };
    socket.on('connect', () => finish(null));
    socket.on('error', (error) => finish(`port ${port}: ${error.message}`));
  });
}

function askCommand(argv: readonly string[], timeoutMs: number, target: ProbeTarget): Promise<string | null> {
  return new Promise((resolve) => {
    const [command = '', ...args] = argv;
    const child = spawn(command, args, {
      detached: true, // its own group, so that a timeout ends all of it
      stdio: 'ignore',
      env: target.env,
      ...(target.cwd === undefined ? {} : { cwd: target.cwd }),
    });
    const timer = setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // it ended at this very moment
      }
      resolve(`${command}: no end within ${timeoutMs} ms`);
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve(`${command}: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : `${command}: ${signal ?? `exit code ${code}`}`);
    });
  });
}
