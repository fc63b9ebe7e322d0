import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { thisMachine } from '../hardware.ts';
import { absent, type Check, found } from './finding.ts';

/** The BMC that is configured answers; or whether one could be configured. */
export const bmcCheck: Check = {
  part: 'bmc',
  cure: 'see the error code in docs/operating.md; "ipmitool mc info" asks the same BMC by hand',
  look: async (config) => {
    const bmc = await thisMachine(config).bmc();
    if (bmc === null) {
      const device = join(config.sysroot, 'dev/ipmi0');
      return [
        existsSync(device)
          ? absent('bmc', `${device} is there, and no bmc is configured`, 'bmc: { kind: ipmi, transport: open }')
          : absent(
              'bmc',
              'none is configured, and there is no /dev/ipmi0',
              'modprobe ipmi_si ipmi_devintf, then configure bmc',
            ),
      ];
    }
    const power = await bmc.power();
    const sensors = await bmc.sensors();
    const { guid, serial } = await bmc.identity();
    const identity = `GUID ${guid || 'unknown'}, serial number ${serial || 'unknown'}`;
    return [found('bmc', `it answers: power ${power}, ${sensors.length} sensors, ${identity}`)];
  },
};
