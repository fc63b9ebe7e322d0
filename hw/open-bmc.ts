import type { BmcConfig } from '../protocol/bmc-config.ts';
import type { Bmc } from './bmc.ts';
import { addressedTo } from './bmc-address.ts';
import { openIpmiBmc } from './ipmi/ipmi-bmc.ts';
import { openMockBmc } from './mock-bmc.ts';
import { openRedfishBmc } from './redfish/redfish-bmc.ts';

/**
 * The way to a node's BMC. Nothing is connected yet; every call connects where it must, so a BMC that restarts needs no care.
 * `directory` is where it may keep what saves work at the next start; it is made when needed.
 */
export function openBmc(config: BmcConfig, node: string, directory: string): Bmc {
  const addressed = addressedTo(config, node);
  switch (addressed.kind) {
    case 'mock':
      return openMockBmc(addressed.socket, addressed.timeoutMs);
    case 'ipmi':
      return openIpmiBmc(addressed, directory);
    case 'redfish':
      return openRedfishBmc(addressed);
  }
}
