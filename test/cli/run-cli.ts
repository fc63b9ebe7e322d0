import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Sends this signal once standard output matches. */
  readonly until?: { readonly output: RegExp; readonly signal: NodeJS.Signals };
  /** Closes our end of its standard output once something came. */
  readonly closeEarly?: boolean;
}

/** The command as a process of its own, away from any coordinator that this machine may have. */
export async function evenkeel(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { EVENKEEL_URL, EVENKEEL_SOCKET, FORCE_COLOR, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, NO_COLOR: '1', ...options.env },
  });
  let out = '';
  let err = '';
  let signalled = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (options.closeEarly) child.stdout.destroy();
    if (options.until && !signalled && options.until.output.test(out)) {
      signalled = true;
      child.kill(options.until.signal);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, out, err };
}
