import { join } from 'node:path';
import type { Bmc, BmcIdentity } from '../hw/bmc.ts';
import { ownIdentity } from '../hw/own-identity.ts';
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
  /** What the machine says of itself without any network; null where that cannot be learnt now. */
  readonly identity?: (bmc: Bmc | null) => Promise<BmcIdentity | null>;
}

/** This machine. Loaded when first asked for: the library behind the inventory is big and needed once. */
export function thisMachine(config: AgentConfig): Hardware {
  return {
    inventory: async () => (await import('../hw/inventory.ts')).readInventory(),
    sensors: async () => (await import('../hw/system.ts')).createSystemSensors({ sysroot: config.sysroot }),
    bmc: async () => {
      if (!config.bmc) return null;
      return (await import('../hw/open-bmc.ts')).openBmc(config.bmc, config.node, join(config.stateDir, 'bmc'));
    },
    identity: (bmc) => ownIdentity(bmc, config.bmc, config.sysroot),
  };
}
