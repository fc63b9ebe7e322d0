import { join } from 'node:path';
import { type BmcConfig, isOwnBmc } from '../protocol/bmc-config.ts';
import type { Bmc, BmcIdentity } from './bmc.ts';
import { isSerialNumber } from './serial-number.ts';
import { readText } from './text-file.ts';

/**
 * What this server is, learnt inside it: from its BMC where that is reached in-band, otherwise from its firmware (readable
 * by root only). A BMC over the network is not asked: it may be another server's, which is what this is compared for.
 */
export async function ownIdentity(
  bmc: Bmc | null,
  config: BmcConfig | undefined,
  sysroot: string,
): Promise<BmcIdentity | null> {
  if (bmc !== null && config !== undefined && isOwnBmc(config)) return bmc.identity().catch(() => null);
  const firmware = (name: string) => readText(join(sysroot, 'sys/class/dmi/id', name))?.trim() ?? '';
  const serial = firmware('product_serial');
  const guid = firmware('product_uuid').toLowerCase();
  const known = {
    serial: isSerialNumber(serial) ? serial.slice(0, 128) : '',
    guid: /^[0-9a-f-]{36}$/.test(guid) && !/^[0-]*$|^[f-]*$/.test(guid) ? guid : '',
  };
  return known.serial === '' && known.guid === '' ? null : known;
}
