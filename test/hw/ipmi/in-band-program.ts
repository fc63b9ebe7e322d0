import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BmcConfig } from '../../../protocol/bmc-config.ts';
import { type BmcSimulator, PASSWORD } from './bmc-simulator.ts';

/** Stands for ipmitool on a machine with /dev/ipmi0: the same commands, to the simulator instead of the kernel's driver. */
export function inBandProgram(simulator: BmcSimulator): BmcConfig {
  const program = join(simulator.directory, 'in-band-ipmitool');
  writeFileSync(
    program,
    `#!/bin/sh
[ "$1 $2 $3 $4" = "-I open -d 0" ] || exit 9
shift 4
IPMITOOL_PASSWORD=${PASSWORD} exec ipmitool -I lanplus -H 127.0.0.1 -p ${simulator.port} -U admin -E -C 3 -N 1 -R 1 "$@"
`,
    { mode: 0o755 },
  );
  return { kind: 'ipmi', transport: 'open', device: 0, program, timeoutMs: 10_000 };
}
