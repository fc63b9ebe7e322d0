import type { Bmc } from '../hw/bmc.ts';
import type { Inventory, ServerIdentity } from '../protocol/messages.ts';
import type { Reading } from '../protocol/reading.ts';
import type { Resources } from '../protocol/spec.ts';
import type { AgentConfig } from './config.ts';

/** The machine under the agent, as `hw/` gives it. */
export interface Hardware {
  readonly inventory: () => Promise<{ readonly inventory: Inventory; readonly server: ServerIdentity }>;
  readonly sensors: () => Promise<{
    readonly read: (nowMs: number) => Promise<{ readonly readings: Reading[]; readonly usage: Resources }>;
  }>;
  readonly bmc: () => Promise<Bmc | null>;
}

/** This machine. Loaded when first asked for: the library behind the inventory is big and needed once. */
export function thisMachine(config: AgentConfig): Hardware {
  return {
    inventory: async () => (await import('../hw/inventory.ts')).readInventory(),
    sensors: async () => (await import('../hw/system.ts')).createSystemSensors({ sysroot: config.sysroot }),
    bmc: async () => (config.bmc ? (await import('../hw/open-bmc.ts')).openBmc(config.bmc, config.node) : null),
  };
}
