import { deviceOfFiles } from './machine.ts';

/** A line of /proc/diskstats after `requests` reads and as many writes, of 4 KiB and 2 ms each. */
export const diskLine = (name: string, requests: number) =>
  `   8  0 ${name} ${requests} 0 ${requests * 8} ${requests * 2} ${requests} 0 ${requests * 8} ${requests * 2} 0 ${requests * 3} ${requests * 4} 0 0 0 0`;

export const fakeDisks = deviceOfFiles({
  'proc/diskstats': [diskLine('sda', 10), diskLine('sda1', 10), diskLine('nvme0n1', 10), diskLine('loop0', 0)].join(
    '\n',
  ),
});

/** A root filesystem: its figures are those of the filesystem under the fake machine. */
export const fakeFilesystems = deviceOfFiles({
  'proc/self/mounts': '/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\nnas:/export /mnt/nas nfs4 rw 0 0',
});
