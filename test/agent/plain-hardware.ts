import type { Hardware } from '../../agent/hardware.ts';
import type { Bmc } from '../../hw/bmc.ts';

/** A machine of which little is known: these tests are about instances. */
export function plainHardware(bmc: Bmc | null = null): Hardware {
  return {
    inventory: async () => ({
      inventory: { os: 'test', kernel: '6', cpuModel: 'test', cpuCores: 2, memoryBytes: 4e9, disks: [], networks: [] },
      server: { serial: 'SN1', vendor: 'test', model: 'test' },
    }),
    sensors: async () => ({
      read: async () => ({ readings: [{ sensor: 'load/1', value: 0.5, unit: 'count' as const }], usage: { cpu: 100 } }),
    }),
    bmc: async () => bmc,
  };
}
