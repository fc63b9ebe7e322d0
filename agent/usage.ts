import { MS_PER_TICK, scanProcesses } from './proc.ts';
import { type GroupMark, groupMembers } from './process-group.ts';
import type { SlotKey } from './state.ts';

interface Before {
  readonly atMs: number;
  readonly ticks: ReadonlyMap<number, number>; // pid → CPU ticks then
}
export interface GroupUsage {
  readonly cpuMillicores: number | null; // null the first time: there is no span to average over
  readonly memoryBytes: number;
}

/** What each instance's processes use, from one pass over /proc. CPU is averaged since the call before. */
export class UsageMeter {
  #before = new Map<SlotKey, Before>();

  measure(groups: ReadonlyMap<SlotKey, GroupMark>, atMs: number): Map<SlotKey, GroupUsage> {
    const usage = new Map<SlotKey, GroupUsage>();
    const now = new Map<SlotKey, Before>();
    const processes = groups.size > 0 ? scanProcesses() : [];
    for (const [key, mark] of groups) {
      const members = groupMembers(mark, processes);
      const ticks = new Map(members.map((member) => [member.pid, member.cpuTicks]));
      const before = this.#before.get(key);
      let spent = 0;
      for (const [pid, ticksNow] of ticks) spent += Math.max(0, ticksNow - (before?.ticks.get(pid) ?? 0));
      const spanMs = before ? atMs - before.atMs : 0;
      usage.set(key, {
        cpuMillicores: spanMs > 0 ? Math.round((spent * MS_PER_TICK * 1000) / spanMs) : null,
        memoryBytes: members.reduce((sum, member) => sum + member.memoryBytes, 0),
      });
      now.set(key, { atMs, ticks });
    }
    this.#before = now;
    return usage;
  }
}
