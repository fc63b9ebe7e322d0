import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bmc, BmcIdentity } from '../hw/bmc.ts';
import { addressedTo } from '../hw/bmc-address.ts';
import { ownIdentity } from '../hw/own-identity.ts';
import type { Inventory, ServerIdentity } from '../protocol/messages.ts';
import type { Reading } from '../protocol/reading.ts';
import { sibling } from '../protocol/sibling.ts';
import type { Resources } from '../protocol/spec.ts';
import type { AgentConfig } from './config.ts';

const run = promisify(execFile);
/** Its own calls have limits; this one is for what should not happen. */
const INVENTORY_LIMIT_MS = 30_000;

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

/** This machine. Each part is loaded when it is first asked for. */
export function thisMachine(config: AgentConfig): Hardware {
  return {
    inventory: async () => {
      const script = fileURLToPath(sibling(import.meta.url, './inventory-process.ts'));
      return JSON.parse((await run(process.execPath, [script], { timeout: INVENTORY_LIMIT_MS })).stdout);
    },
    sensors: async () => (await import('../hw/system.ts')).createSystemSensors({ sysroot: config.sysroot }),
    bmc: async () => {
      if (!config.bmc) return null;
      const directory = join(config.stateDir, 'bmc');
      const bmc = addressedTo(config.bmc, config.node);
      // by itself: with the others come TLS and all of OpenSSL's bindings, 3 MiB of memory
      if (bmc.kind === 'ipmi') return (await import('../hw/ipmi/ipmi-bmc.ts')).openIpmiBmc(bmc, directory);
      return (await import('../hw/open-bmc.ts')).openBmc(bmc, config.node, directory);
    },
    identity: (bmc) => ownIdentity(bmc, config.bmc, config.sysroot),
  };
}
