import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Bmc, BmcIdentity } from '../hw/bmc.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import { writeDurably } from './durable-file.ts';

const Known = z.strictObject({ v: z.literal(1), system: z.string(), bmc: z.string().nullable(), serial: z.string() });

/** What this server says of itself: `inBand` as it learnt it without any network, null where that cannot be learnt now. */
export interface Self {
  readonly serial: string;
  readonly inBand: BmcIdentity | null;
}

/** How long a start waits for its BMC: without a hello there is no lease, and what runs under a guard would be stopped. */
const WAIT_MS = 1000;

/**
 * Who this server is. A BMC that is slow or dead is waited for at the very first start only, as nothing can run yet;
 * afterwards what is remembered is said at once, and `later` is told when the BMC has answered.
 */
export async function identifySelf(
  stateDir: string,
  system: string,
  bmc: Bmc | null,
  ownIdentity: () => Promise<BmcIdentity | null>,
  later: (self: Self) => void,
): Promise<Self> {
  const remembered = rememberedSerial(stateDir, system);
  const asked = Promise.all([serverSerial(stateDir, system, bmc), ownIdentity()]).then(([serial, inBand]) => ({
    serial,
    inBand,
  }));
  if (remembered === null) return asked;
  const self = await Promise.race([asked, delay(WAIT_MS, null, { ref: false })]);
  if (self !== null) return self;
  asked.then(later, () => {});
  return { serial: remembered, inBand: null };
}

function rememberedSerial(stateDir: string, system: string): string | null {
  const stored = readChecked(Known, join(stateDir, 'server.json'));
  return stored.kind === 'ok' && stored.value.system === system ? stored.value.serial : null;
}

/**
 * The serial number by which the cluster knows this server: the one that its BMC gives, otherwise the system's own. Remembered,
 * so that a BMC which is silent at one start and answers at the next does not make the same server look like another.
 */
async function serverSerial(stateDir: string, system: string, bmc: Bmc | null): Promise<string> {
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
