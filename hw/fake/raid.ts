import { deviceOfFiles } from './machine.ts';

export const MDSTAT = `Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]
md1 : active raid5 sdd1[3] sdc1[1](F) sdb1[0]
      209584128 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [U_U]
      [==>..................]  recovery = 12.6% (13255168/104792064) finish=7.4min speed=204800K/sec

md0 : active raid1 sdb2[1] sda2[0]
      104792064 blocks super 1.2 [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

unused devices: <none>`;

/** Two arrays: one whole, one that is being rebuilt. */
export const fakeRaid = deviceOfFiles(
  {
    'proc/mdstat': MDSTAT,
    'sys/block/md0/md/array_state': 'clean',
    'sys/block/md0/md/degraded': 0,
    'sys/block/md0/md/mismatch_cnt': 128,
    'sys/block/md1/md/array_state': 'active',
    'sys/block/md1/md/degraded': 1,
  },
  ['sys/block'],
);
