import { join } from 'node:path';
import type { Reading } from '../protocol/reading.ts';
import type { Machine, Sensor } from './sensor.ts';
import { listFolder, readNumber, readText } from './text-file.ts';

const MAX_ARRAYS = 32;
const MAX_MEMBERS = 1024;

/** One array of /proc/mdstat. Null: not said. */
export interface MdArray {
  readonly name: string; // md0
  readonly active: boolean;
  readonly level: string; // raid1; '' while it is not active
  readonly failedMembers: number;
  readonly missingMembers: number | null; // null where the level has no redundancy
  readonly syncPercent: number | null; // of a rebuild, a check … that is under way
}

export function parseMdstat(mdstat: string): MdArray[] {
  const arrays = new Map<string, MdArray>();
  // an array's lines: one that starts with its name, and indented ones
  for (const block of mdstat.split(/\n(?=\S)/)) {
    const [, name, state, rest = ''] = /^(md[^ ]*) : (active|inactive)(.*)/.exec(block) ?? [];
    if (name === undefined || !/^md[\w.-]+$/.test(name)) continue;
    const [, wanted, working] = /\[([0-9]+)\/([0-9]+)\]/.exec(block) ?? [];
    const sync = /(?:recovery|resync|reshape|check|repair) *= *([0-9.]+)%/.exec(block)?.[1];
    const percent = Number(sync);
    arrays.set(name, {
      name,
      active: state === 'active',
      level: / (raid[0-9]+|linear|multipath|faulty|container)\b/.exec(rest)?.[1] ?? '',
      failedMembers: rest.match(/\]\(F\)/g)?.length ?? 0,
      missingMembers: wanted === undefined ? null : memberCount(Number(wanted) - Number(working)),
      syncPercent: sync !== undefined && percent <= 100 ? percent : null,
    });
  }
  return [...arrays.values()].slice(0, MAX_ARRAYS);
}

/** Null for what cannot be a number of disks. */
function memberCount(count: number | null): number | null {
  return count !== null && count >= 0 && count <= MAX_MEMBERS ? count : null;
}

/**
 * Software RAID. An array that lacks members still works, without redundancy: a warning. One that is not active, or that
 * the kernel calls broken, has lost its data to those who use it: critical.
 */
export function raidSensor({ sysroot }: Machine): Sensor {
  const arrays = () => parseMdstat(readText(join(sysroot, 'proc/mdstat')) ?? '');
  const md = (name: string, file: string) => join(sysroot, 'sys/block', name, 'md', file);
  return {
    kind: 'raid',
    probe: () => {
      const devices = arrays().map(({ name, level }) => (level === '' ? name : `${name} (${level})`));
      const listed = new Set(arrays().map(({ name }) => name));
      const unlisted = listFolder(join(sysroot, 'sys/block')).filter(
        (name) => /^md[0-9]/.test(name) && !listed.has(name),
      );
      if (unlisted.length > 0) return { devices, missing: `/proc/mdstat does not list ${unlisted.join(', ')}` };
      return { devices, missing: devices.length === 0 ? 'no software RAID (mdadm) on this machine' : null };
    },
    read: () =>
      arrays().flatMap((array): Reading[] => {
        const sensor = `raid/${array.name}`;
        const works = array.active && !/^(broken|inactive|clear)/.test(readText(md(array.name, 'array_state')) ?? '');
        // the kernel's own count where it has one: a member that is being rebuilt is still missing
        const missing = memberCount(readNumber(md(array.name, 'degraded'))) ?? array.missingMembers;
        const readings: Reading[] = [
          { sensor: `${sensor}/works`, value: works ? 1 : 0, unit: 'state', level: works ? 'ok' : 'critical' },
          { sensor: `${sensor}/failed-members`, value: array.failedMembers, unit: 'count' },
          { sensor: `${sensor}/sync`, value: array.syncPercent, unit: '%' },
        ];
        const level = missing === null ? {} : ({ level: missing > 0 ? 'warning' : 'ok' } as const);
        readings.push({ sensor: `${sensor}/missing-members`, value: missing, unit: 'count', ...level });
        const mismatches = readNumber(md(array.name, 'mismatch_cnt'));
        if (mismatches !== null && mismatches >= 0)
          readings.push({ sensor: `${sensor}/mismatches`, value: mismatches, unit: 'count' });
        return readings;
      }),
  };
}
