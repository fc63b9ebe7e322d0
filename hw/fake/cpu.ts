import { deviceOfFiles } from './machine.ts';

/** Two cores and their load, the ticks since boot as given. */
export const statOf = (user: number, idle: number) =>
  `cpu  ${2 * user} 0 40 ${2 * idle} 30 5 5 10 7 3
cpu0 ${user} 0 20 ${idle} 15 3 2 5 3 1
cpu1 ${user} 0 20 ${idle} 15 2 3 5 4 2
intr 12 0 0`;

export const fakeCpu = deviceOfFiles({
  'proc/stat': statOf(100, 800),
  'proc/loadavg': '0.52 1.58 12.59 3/602 12345',
  'sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq': 4_000_000,
  'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': 1_000_000,
  'sys/devices/system/cpu/cpufreq/policy1/cpuinfo_max_freq': 4_000_000,
  'sys/devices/system/cpu/cpufreq/policy1/scaling_cur_freq': 2_000_000,
});
