import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAgentConfig } from '../../agent/config.ts';
import type { Hardware } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';

/**
 * An agent on a machine whose 100 sensors change with every look, until there is a file `quiet` beside its state directory:
 * `node counting-agent.ts '{…configuration…}'`.
 */
const config = readAgentConfig(process.argv[2] ?? '{}', 'argument');
let looks = 0;
const hardware: Hardware = {
  inventory: async () => ({
    inventory: { os: 'test', kernel: '6', cpuModel: 'test', cpuCores: 2, memoryBytes: 4e9, disks: [], networks: [] },
    server: { serial: 'SN1', vendor: 'test', model: 'test' },
  }),
  sensors: async () => ({
    read: async () => {
      if (!existsSync(join(config.stateDir, '..', 'quiet'))) looks++;
      const readings = Array.from({ length: 100 }, (_, i) => ({
        sensor: `errors/${i}`,
        value: looks * 1000 + i,
        unit: 'count' as const,
      }));
      return { readings, usage: { cpu: 100 } };
    },
  }),
  bmc: async () => null,
};
const agent = await runAgent(config, hardware);
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)));
