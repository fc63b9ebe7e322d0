import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProcess } from '../../agent/proc.ts';
import type { GroupMark } from '../../agent/process-group.ts';
import type { SlotKey } from '../../agent/state.ts';
import { UsageMeter } from '../../agent/usage.ts';
import { FakeMachine } from '../../hw/fake/machine.ts';

const KEY = 'web/0' as SlotKey;
let machine: FakeMachine;
let child: ChildProcess;
let mark: GroupMark;
beforeEach(async () => {
  machine = new FakeMachine();
  child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  // before it has become the program it is a copy of this process, with all our memory
  const program = () => readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim();
  await expect.poll(() => program() === 'sleep' && readProcess(child.pid!)!.memoryBytes > 0).toBe(true);
  mark = { pid: child.pid!, startTicks: readProcess(child.pid!)!.startTicks, token: 'none' };
});
afterEach(() => {
  child.kill('SIGKILL');
  machine.destroy();
});
const measure = (meter: UsageMeter, atMs: number) => meter.measure(new Map([[KEY, mark]]), atMs).get(KEY);
/** What only the kernel's count of a group gives: a sleeping process spends nothing. */
const MB = 1_000_000;

test('version 2: the group’s CPU time, its memory without the file cache', () => {
  const group = 'sys/fs/cgroup/web.service';
  machine.write('proc/self/mounts', 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n');
  machine.writeAll({
    [`proc/${mark.pid}/cgroup`]: '0::/web.service',
    [`${group}/cgroup.procs`]: mark.pid,
    [`${group}/cpu.stat`]: 'usage_usec 5000000\nuser_usec 1',
    [`${group}/memory.current`]: 80 * MB,
    [`${group}/memory.stat`]: `anon 5\ninactive_file ${30 * MB}`,
  });
  const meter = new UsageMeter(machine.sysroot);
  expect(measure(meter, 0)).toEqual({ cpuMillicores: null, memoryBytes: 50 * MB });
  machine.writeAll({ [`${group}/cpu.stat`]: 'usage_usec 20000000' });
  expect(measure(meter, 10_000)).toEqual({ cpuMillicores: 1500, memoryBytes: 50 * MB });
  machine.writeAll({ [`${group}/cpu.stat`]: 'usage_usec 1' }); // made anew: never below 0
  expect(measure(meter, 20_000)?.cpuMillicores).toBe(0);
  machine.remove(group); // moved out of it: by process, and no average over two ways of counting
  const byProcess = measure(meter, 30_000);
  expect(byProcess?.cpuMillicores).toBeNull();
  expect(byProcess?.memoryBytes).toBeGreaterThan(0);
  expect(byProcess?.memoryBytes).toBeLessThan(20 * MB);
  expect(measure(meter, 40_000)?.cpuMillicores).toBe(0);
});

test.each([
  ['version 1', ''],
  ['both at once', '0::/\n'],
])('%s: CPU time and memory from the groups of their controllers', (_what, unified) => {
  const [cpu, memory] = ['sys/fs/cgroup/cpu,cpuacct/web', 'sys/fs/cgroup/memory/web'];
  machine.write(
    'proc/self/mounts',
    'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n',
  );
  machine.writeAll({
    [`proc/${mark.pid}/cgroup`]: `9:name=systemd:/\n4:memory:/web\n2:cpu,cpuacct:/web\n${unified}`,
    [`${cpu}/cgroup.procs`]: mark.pid,
    [`${memory}/cgroup.procs`]: mark.pid,
    [`${cpu}/cpuacct.usage`]: 1_000_000_000,
    [`${memory}/memory.usage_in_bytes`]: 64 * MB,
    [`${memory}/memory.stat`]: `cache 1\ntotal_inactive_file ${4 * MB}`,
  });
  const meter = new UsageMeter(machine.sysroot);
  measure(meter, 0);
  machine.writeAll({ [`${cpu}/cpuacct.usage`]: 3_500_000_000 });
  expect(measure(meter, 10_000)).toEqual({ cpuMillicores: 250, memoryBytes: 60 * MB });
});

test.each([
  ['another’s process is in it', (pid: number) => `${pid}\n${process.ppid}`],
  ['the agent is in it', (pid: number) => `${pid}\n${process.pid}`],
  ['it is not in it itself', () => `${process.ppid}`],
  ['it cannot be said who is in it', () => 'nonsense'],
])('a group that is not the instance’s own is not counted: %s', (_what, procs) => {
  const group = 'sys/fs/cgroup/shared';
  machine.write('proc/self/mounts', 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n');
  machine.writeAll({
    [`proc/${mark.pid}/cgroup`]: '0::/shared',
    [`${group}/cgroup.procs`]: procs(mark.pid),
    [`${group}/cpu.stat`]: 'usage_usec 5000000',
    [`${group}/memory.current`]: 800 * MB,
  });
  expect(measure(new UsageMeter(machine.sysroot), 0)?.memoryBytes).toBeLessThan(20 * MB);
});

test.each([
  ['no control groups at all', ''],
  ['the root', '0::/'],
  ['a way out of it', '0::/../../etc'],
  ['half a line', '0::'],
])('by process where there is no group: %s', (_what, line) => {
  machine.write('proc/self/mounts', 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n');
  if (line !== '') machine.writeAll({ [`proc/${mark.pid}/cgroup`]: line });
  const used = measure(new UsageMeter(machine.sysroot), 0);
  expect(used?.memoryBytes).toBeGreaterThan(0);
  expect(used?.memoryBytes).toBeLessThan(20 * MB);
});
