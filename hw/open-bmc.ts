import type { BmcConfig } from '../protocol/bmc-config.ts';
import type { Bmc } from './bmc.ts';
import { openIpmiBmc } from './ipmi/ipmi-bmc.ts';
import { openMockBmc } from './mock-bmc.ts';
import { openRedfishBmc } from './redfish/redfish-bmc.ts';

/**
 * The way to a node's BMC. Nothing is connected yet; every call connects where it must, so a BMC that restarts needs no care.
 * `directory` is where it may keep what saves work at the next start; it is made when needed.
 */
export function openBmc(config: BmcConfig, node: string, directory: string): Bmc {
  switch (config.kind) {
    case 'mock':
      return openMockBmc(config.socket.replaceAll('{node}', node), config.timeoutMs);
    case 'ipmi':
      return openIpmiBmc(
        config.transport === 'open' ? config : { ...config, host: config.host.replaceAll('{node}', node) },
        directory,
      );
    case 'redfish':
      return openRedfishBmc({ ...config, host: config.host.replaceAll('{node}', node) });
  }
}
