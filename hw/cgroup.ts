import { join } from 'node:path';
import { parseNumber, readText } from './text-file.ts';

/*
 * What the processes of one control group use together, by the kernel's own count: it misses none that has ended since, and
 * costs a few files instead of one for every process of the machine. Version 2, version 1, and both at once (hybrid).
 */

export interface CgroupUsage {
  readonly path: string; // tells one group from another
  readonly cpuMs: number; // spent since the group was made
  readonly memoryBytes: number; // without the file cache that can be dropped at once
}

/** `cgroup.procs` names whole processes. Null: it cannot be read. */
const processesIn = (folder: string): number[] | null => {
  const text = readText(join(folder, 'cgroup.procs'));
  return text === null ? null : text.split('\n').flatMap((line) => parseNumber(line) ?? []);
};

/**
 * The usage of the group in which `pid` is, if that group is for processes of its own: `isOurs` says so of all in it, and it is
 * neither the root nor our own. Null otherwise, and where there are no control groups that count.
 */
export function readCgroupUsage(
  sysroot: string,
  pid: number,
  isOurs: (pids: readonly number[]) => boolean,
): CgroupUsage | null {
  const text = readText(join(sysroot, `proc/${pid}/cgroup`));
  // most are where we are ourselves: then nothing else need be looked at
  if (text === null || text === readText(join(sysroot, 'proc/self/cgroup'))) return null;
  const groups = groupsOf(text);
  const mounts = mountsOf(sysroot);
  const folder = (controller: string): string | null => {
    const path = groups.get(controller);
    const mount = mounts.get(controller);
    return path === undefined || path === '/' || mount === undefined ? null : join(sysroot, mount, path);
  };
  const unified = folder('');
  const cpu = cpuOf(unified, folder('cpuacct'));
  const memory = memoryOf(unified, folder('memory'));
  if (!cpu || !memory) return null;
  for (const counted of new Set([cpu.folder, memory.folder])) {
    const pids = processesIn(counted);
    if (!pids?.includes(pid) || !isOurs(pids)) return null;
  }
  return { path: `${cpu.folder} ${memory.folder}`, cpuMs: cpu.value, memoryBytes: memory.value };
}

interface Counted {
  readonly folder: string;
  readonly value: number;
}

function cpuOf(unified: string | null, v1: string | null): Counted | null {
  const us = unified === null ? null : fieldOf(readText(join(unified, 'cpu.stat')), 'usage_usec');
  if (unified !== null && us !== null) return { folder: unified, value: us / 1000 };
  const ns = v1 === null ? null : parseNumber(readText(join(v1, 'cpuacct.usage')));
  return v1 === null || ns === null || ns < 0 ? null : { folder: v1, value: ns / 1e6 };
}

function memoryOf(unified: string | null, v1: string | null): Counted | null {
  const count = (folder: string | null, file: string, cache: string): Counted | null => {
    const used = folder === null ? null : parseNumber(readText(join(folder, file)));
    if (folder === null || used === null || used < 0) return null;
    const droppable = fieldOf(readText(join(folder, 'memory.stat')), cache) ?? 0;
    return { folder, value: Math.max(0, used - droppable) };
  };
  return count(unified, 'memory.current', 'inactive_file') ?? count(v1, 'memory.usage_in_bytes', 'total_inactive_file');
}

const fieldOf = (text: string | null, field: string) =>
  parseNumber(new RegExp(`^${field} ([0-9]+)$`, 'm').exec(text ?? '')?.[1] ?? null);

/** /proc/PID/cgroup: `4:memory:/path`, and `0::/path` for version 2, which is the controller ''. */
function groupsOf(text: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^[0-9]+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined || path.split('/').includes('..')) continue;
    for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  return groups;
}

/** Where each controller is mounted; '' is version 2. */
function mountsOf(sysroot: string): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const line of (readText(join(sysroot, 'proc/self/mounts')) ?? '').split('\n')) {
    const [, path, type, options] = line.split(' ');
    if (path === undefined || options === undefined) continue;
    if (type === 'cgroup2') mounts.set('', path);
    if (type === 'cgroup') for (const option of options.split(',')) mounts.set(option, path);
  }
  return mounts;
}
