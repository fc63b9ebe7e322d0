import { type CgroupUsage, readCgroupUsage } from '../hw/cgroup.ts';
import { MS_PER_TICK, type Process, readProcess, scanProcesses } from './proc.ts';
import { type GroupMark, groupMembers } from './process-group.ts';
import type { SlotKey } from './state.ts';

interface Sample {
  readonly atMs: number;
  /** What was counted: the CPU time (ms) of a control group by its path, or of each process by its id. */
  readonly cpuMs: ReadonlyMap<string | number, number>;
}
export interface GroupUsage {
  readonly cpuMillicores: number | null; // null the first time: there is no span to average over
  readonly memoryBytes: number;
}

/**
 * What each instance's processes use: from its control group where it has one for itself, otherwise from one pass over all
 * processes. CPU is averaged since the call before.
 */
export class UsageMeter {
  readonly #sysroot: string;
  #before = new Map<SlotKey, Sample>();

  constructor(sysroot = '/') {
    this.#sysroot = sysroot;
  }

  measure(groups: ReadonlyMap<SlotKey, GroupMark>, atMs: number): Map<SlotKey, GroupUsage> {
    const usage = new Map<SlotKey, GroupUsage>();
    const now = new Map<SlotKey, Sample>();
    let processes: readonly Process[] | null = null; // looked at only when some instance needs it
    for (const [key, mark] of groups) {
      const cgroup = cgroupOf(this.#sysroot, mark);
      processes = cgroup ? processes : (processes ?? scanProcesses());
      const { cpuMs, memoryBytes } = cgroup ? ofCgroup(cgroup) : ofProcesses(groupMembers(mark, processes ?? []));
      const before = this.#before.get(key);
      usage.set(key, { cpuMillicores: before ? millicores(before, cpuMs, atMs) : null, memoryBytes });
      now.set(key, { atMs, cpuMs });
    }
    this.#before = now;
    return usage;
  }
}

/** The instance's own control group: one in which nothing else is. Most instances share the agent's, which is none. */
function cgroupOf(sysroot: string, mark: GroupMark): CgroupUsage | null {
  return readCgroupUsage(sysroot, mark.pid, (pids) => {
    if (pids.includes(process.pid)) return false;
    const alive = pids.flatMap((pid) => readProcess(pid) ?? []).filter((each) => each.alive);
    return groupMembers(mark, alive).length === alive.length;
  });
}

const ofCgroup = ({ path, cpuMs, memoryBytes }: CgroupUsage) => ({ cpuMs: new Map([[path, cpuMs]]), memoryBytes });
const ofProcesses = (members: readonly Process[]) => ({
  cpuMs: new Map(members.map((member) => [member.pid, member.cpuTicks * MS_PER_TICK])),
  memoryBytes: members.reduce((sum, member) => sum + member.memoryBytes, 0),
});

/** Null where no time has passed, and where it is counted in another way than before: a group that was made since. */
function millicores(before: Sample, cpuMs: Sample['cpuMs'], atMs: number): number | null {
  const spanMs = atMs - before.atMs;
  const byPath = (sample: ReadonlyMap<string | number, number>) =>
    [...sample.keys()].find((key) => typeof key === 'string');
  if (spanMs <= 0 || byPath(before.cpuMs) !== byPath(cpuMs)) return null;
  let spentMs = 0;
  for (const [counted, now] of cpuMs) spentMs += Math.max(0, now - (before.cpuMs.get(counted) ?? 0));
  return Math.round((spentMs * 1000) / spanMs);
}
