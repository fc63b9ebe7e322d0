import { diskLine } from './disk.ts';
import { fakeEcc } from './ecc.ts';
import { fakeChip } from './hwmon.ts';
import type { FakeMachine } from './machine.ts';
import { fakeMemory, fakePressure } from './memory.ts';
import { fakeNetwork } from './network.ts';
import { fakeRaid } from './raid.ts';

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** A server of a usual size: 32 cores, 60 hwmon values, 8 disks, a bond of two links, RAID and ECC memory. */
export function plugServer(machine: FakeMachine): void {
  for (const device of [fakeMemory, fakePressure, fakeEcc, fakeRaid, fakeNetwork]) device.plug(machine);
  const core = '100 10 40 800 30 5 5 10 7 3';
  machine.write('proc/stat', [`cpu  ${core}`, ...times(32, (i) => `cpu${i} ${core}`), 'intr 12 0', ''].join('\n'));
  machine.write('proc/loadavg', '0.52 1.58 12.59 3/602 12345\n');
  const policy = (i: number) => `sys/devices/system/cpu/cpufreq/policy${i}`;
  for (let i = 0; i < 32; i++)
    machine.writeAll({ [`${policy(i)}/cpuinfo_max_freq`]: 4_000_000, [`${policy(i)}/scaling_cur_freq`]: 2_000_000 });
  const disks = times(8, (i) => diskLine(`sd${'abcdefgh'[i]}`, 10));
  machine.write('proc/diskstats', `${disks.join('\n')}\n`);
  machine.write('proc/self/mounts', '/dev/sda1 / ext4 rw,relatime 0 0\n');
  const cores = times(34, (i) => ({
    [`temp${i}_input`]: 45_000,
    [`temp${i}_max`]: 80_000,
    [`temp${i}_crit`]: 100_000,
  }));
  fakeChip(0, Object.assign({ name: 'coretemp' }, ...cores)).plug(machine);
  const fans = times(6, (i) => ({ [`fan${i}_input`]: 1200, [`fan${i}_min`]: 400 }));
  const voltages = times(12, (i) => ({ [`in${i}_input`]: 1000, [`in${i}_min`]: 900, [`in${i}_max`]: 1100 }));
  fakeChip(1, Object.assign({ name: 'nct6775' }, ...fans, ...voltages)).plug(machine);
  for (let i = 2; i < 10; i++) fakeChip(i, { name: 'drivetemp', temp1_input: 33_000, temp1_max: 60_000 }).plug(machine);
}
