import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../hw/find-program.ts';
import { absent, type Check, found } from './finding.ts';

/** Disks that can say how worn they are: real ones, not partitions, loops or memory. */
const DISK = /^(?:sd[a-z]+|nvme\d+n\d+)$/;

/** Not the agent's own PATH, in which a stand-in comes first that asks with more rights. */
const PLACES = '/usr/local/sbin:/usr/sbin:/usr/bin';

export const smartCheck: Check = {
  part: 'smart',
  cure: '',
  look: async ({ sysroot }) => {
    const disks = disksOf(sysroot);
    if (disks.length === 0) return [absent('smart', 'no SATA, SAS or NVMe disk', 'nothing to do on a virtual machine')];
    const program = findProgram('smartctl', PLACES);
    return [
      program === null
        ? absent('smart', `${disks.join(', ')}: smartctl is not installed`, 'apt-get install smartmontools')
        : found('smart', `${disks.join(', ')}, by ${program}`),
    ];
  },
};

function disksOf(sysroot: string): string[] {
  try {
    return readdirSync(join(sysroot, 'sys/block')).filter((name) => DISK.test(name));
  } catch {
    return [];
  }
}
