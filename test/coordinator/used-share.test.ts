import { expect, test } from 'vitest';
import { usedShares } from '../../coordinator/core/used-share.ts';
import { Inventory } from '../../protocol/messages.ts';

const capacity = { cpu: 2000, memory: 500, power: 400 };
const usage = { cpu: 4000, memory: 250, power: 100, fans: 3 };
const inventory = Inventory.parse({
  os: 'Debian',
  kernel: '6.12',
  cpuModel: 'Xeon',
  cpuCores: 8,
  memoryBytes: 1000,
  disks: [],
  networks: [],
});

test('CPU and memory are shares of the machine, others of capacity; what has no whole has no share', () => {
  expect(usedShares(usage, capacity, inventory)).toEqual({ cpu: 0.5, memory: 0.25, power: 0.25 });
});

test('without an inventory all are shares of capacity', () => {
  expect(usedShares(usage, capacity, null)).toEqual({ cpu: 2, memory: 0.5, power: 0.25 });
});

test('a capacity of nothing gives no share', () => {
  expect(usedShares({ power: 0, gpu: 1 }, { power: 0, gpu: 0 }, null)).toEqual({});
});
