import type { BmcConfig } from '../protocol/bmc-config.ts';

/** The configuration of one node's BMC: `{node}` in its address becomes the node's name. */
export function addressedTo<C extends BmcConfig>(config: C, node: string): C {
  if (config.kind === 'mock') return { ...config, socket: config.socket.replaceAll('{node}', node) };
  if (config.kind === 'ipmi' && config.transport === 'open') return config;
  return { ...config, host: config.host.replaceAll('{node}', node) };
}
