import { readdirSync, readFileSync } from 'node:fs';

/** What a process and everything below it take at one moment, as the kernel counts it. */
export interface TreeUse {
  readonly rssMiB: number;
  readonly pssMiB: number;
  /** Memory that is no page of a file: what is the program's own, whatever else runs. */
  readonly anonymousMiB: number;
  /** Since their start, with what their ended children took: those in steps of 10 ms, what still runs in ns. */
  readonly cpuS: number;
  readonly processes: number;
  readonly threads: number;
}

const TICKS_PER_S = 100; // USER_HZ, the same on every Linux for amd64 and arm64

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** The fields of /proc/PID/stat behind the name, which may hold spaces and brackets. */
function stat(pid: number): string[] {
  const line = text(`/proc/${pid}/stat`);
  return line.slice(line.lastIndexOf(') ') + 2).split(' ');
}

/** Of the threads that still run; 0 where the kernel does not count it. */
function threadsCpuS(pid: number): number {
  let ns = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      ns += Number(text(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0);
  } catch {
    // it has ended
  }
  return ns / 1e9;
}

/** The process itself first. */
export function membersOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(stat(Number(name))[1]));
  const members = [root];
  for (const member of members) for (const [pid, parent] of parents) if (parent === member) members.push(pid);
  return members;
}

/** Zero where the process has ended. */
export function useOf(root: number): TreeUse {
  const sum = { rssMiB: 0, pssMiB: 0, anonymousMiB: 0, cpuS: 0, processes: 0, threads: 0 };
  for (const pid of membersOf(root)) {
    const rollup = text(`/proc/${pid}/smaps_rollup`);
    if (rollup === '') continue; // ended, or has no memory of its own any more
    const mib = (field: string) => Number(rollup.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024;
    const fields = stat(pid);
    sum.rssMiB += mib('Rss');
    sum.pssMiB += mib('Pss');
    sum.anonymousMiB += mib('Anonymous');
    const ticks = (...indices: number[]) =>
      indices.reduce((all, index) => all + Number(fields[index] ?? 0), 0) / TICKS_PER_S;
    sum.cpuS += Math.max(ticks(11, 12), threadsCpuS(pid)) + ticks(13, 14);
    sum.processes++;
    sum.threads += Number(fields[17] ?? 0);
  }
  return sum;
}
