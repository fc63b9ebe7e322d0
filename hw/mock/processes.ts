import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readText } from '../text-file.ts';

/*
 * What makes a mock server a machine: every process started on it carries its serial number in the environment, which all
 * its descendants inherit. So "everything on this server" can be found, whatever groups and sessions it has made, and
 * nothing that belongs to anybody else is ever touched.
 */
export const SERVER_TAG = 'EVENKEEL_SERVER';

export interface TaggedProcess {
  readonly pid: number;
  readonly server: string; // serial number
  /** The instance that it belongs to (`web/0`), where it is part of one. */
  readonly instance: string | null;
  readonly hog: boolean;
}

/** All live processes whose server's serial number starts with `prefix`. Zombies are not live. */
export function findTagged(prefix: string): TaggedProcess[] {
  const found: TaggedProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    const environ = readText(`/proc/${name}/environ`); // empty for zombies and kernel threads
    if (!environ?.includes(`${SERVER_TAG}=${prefix}`)) continue;
    const variables = new Map(environ.split('\0').map((entry) => split(entry)));
    const server = variables.get(SERVER_TAG);
    if (!server?.startsWith(prefix)) continue;
    const instance = variables.get('EVENKEEL_INSTANCE') ?? null;
    found.push({ pid: Number(name), server, instance, hog: variables.has(HOG_TAG) });
  }
  return found;
}
export const HOG_TAG = 'EVENKEEL_HOG';

function split(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** Sends the signal; false where the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * SIGKILLs everything tagged, again and again until nothing is left: a process may be forking while it is looked for.
 * Returns what was killed.
 */
export async function killTagged(prefix: string): Promise<TaggedProcess[]> {
  const killed = new Map<number, TaggedProcess>();
  for (;;) {
    const live = findTagged(prefix);
    if (live.length === 0) return [...killed.values()];
    for (const one of live) if (signal(one.pid, 'SIGKILL')) killed.set(one.pid, one);
    await delay(5);
  }
}

/** Stops (SIGSTOP) everything tagged, children born meanwhile included. Returns how many. */
export function freezeTagged(prefix: string): number {
  const stopped = new Set<number>();
  for (;;) {
    const running = findTagged(prefix).filter(({ pid }) => !stopped.has(pid));
    if (running.length === 0) return stopped.size;
    for (const { pid } of running) {
      signal(pid, 'SIGSTOP');
      stopped.add(pid);
    }
  }
}

/** CPU time that a process has used, in ms; null where it is gone. The kernel counts in ticks of 10 ms. */
export function cpuTimeMs(pid: number): number | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces and brackets
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
