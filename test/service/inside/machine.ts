import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/* What the story of a life asks of the machine that it runs on. */

/** Runs a command to its end; throws with what it said when it fails. */
export function run(command: string, ...args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error });
  }
}

/** Like run, where failing is an answer too. */
export function attempt(
  command: string,
  ...args: readonly string[]
): { readonly status: number; readonly text: string } {
  try {
    return { status: 0, text: run(command, ...args) };
  } catch (error) {
    const { message, cause } = error as Error & { cause: { status: number } };
    return { status: cause.status, text: message };
  }
}

export function property(unit: string, name: string): string {
  return run('systemctl', 'show', '--property', name, '--value', unit);
}
export function mainPid(unit: string): number {
  return Number(property(unit, 'MainPID'));
}

/** The processes with exactly this command line. */
export function pidsOf(...command: readonly string[]): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && commandOf(pid) === `${command.join('\0')}\0`);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The value of a line of /proc/PID/status, such as `Uid`. */
export function statusOf(pid: number, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

/** Waits until it holds; says what did not when it gives up. */
export async function until<T>(
  what: string,
  holds: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  limitMs = 20_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await holds();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
