import type { Bmc, BmcConfig } from './bmc.ts';
import { openMockBmc } from './mock-bmc.ts';

/** The way to a node's BMC. Nothing is connected yet: every call connects afresh, so a BMC that restarts needs no care. */
export function openBmc(config: BmcConfig, node: string): Bmc {
  switch (config.kind) {
    case 'mock':
      return openMockBmc(config.socket.replaceAll('{node}', node), config.timeoutMs);
  }
}
