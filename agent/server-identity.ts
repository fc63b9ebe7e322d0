import { join } from 'node:path';
import * as z from 'zod';
import type { Bmc } from '../hw/bmc.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import { writeDurably } from './durable-file.ts';

const Known = z.strictObject({ v: z.literal(1), system: z.string(), bmc: z.string().nullable(), serial: z.string() });

/**
 * The serial number by which the cluster knows this server: the one that its BMC gives, otherwise the system's own. Remembered,
 * so that a BMC which is silent at one start and answers at the next does not make the same server look like another.
 */
export async function serverSerial(stateDir: string, system: string, bmc: Bmc | null): Promise<string> {
  const path = join(stateDir, 'server.json');
  const stored = readChecked(Known, path);
  const known = stored.kind === 'ok' && stored.value.system === system ? stored.value : null;
  const answered = bmc ? await bmc.identity().catch(() => null) : null;
  const fromBmc = answered && answered.serial !== '' ? answered.serial : null;
  const serial = fromBmc !== null && known?.bmc !== null ? fromBmc : (known?.serial ?? system);
  try {
    const fact = { v: 1, system, bmc: serial === system ? null : serial, serial };
    if (known?.serial !== serial) writeDurably(path, encodeChecked(fact));
  } catch {
    // a full disk: asked again at the next start
  }
  return serial;
}
