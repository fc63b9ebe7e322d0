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
const WAIT_MS = 2000;

/**
 * Who this server is; its BMC is asked once. One that is slow or dead is waited for at the very first start only, as nothing
 * can run yet; afterwards what is known is said soon, and `later` is told when the BMC has answered.
 */
export async function identifySelf(
  stateDir: string,
  system: string,
  bmc: Bmc | null,
  ownIdentity: (bmc: Bmc | null) => Promise<BmcIdentity | null>,
  later: (self: Self) => void,
): Promise<Self> {
  const remembered = rememberedSerial(stateDir, system);
  const answer = bmc?.identity();
  answer?.catch(() => {}); // whoever asks for it hears of it
  const askedOnce = bmc && answer ? { ...bmc, identity: () => answer } : null;
  const [serial, inBand] = [serverSerial(stateDir, system, askedOnce), ownIdentity(askedOnce)];
  const asked = Promise.all([serial, inBand]).then(([known, own]) => ({ serial: known, inBand: own }));
  if (remembered === null) return asked;
  let isLate = false;
  const soon = <T>(answered: Promise<T>, otherwise: T) =>
    Promise.race([
      answered,
      delay(WAIT_MS, otherwise, { ref: false }).then((value) => {
        isLate = true;
        return value;
      }),
    ]);
  const [known, own] = await Promise.all([soon(serial, remembered), soon(inBand, null)]);
  if (isLate) asked.then(later, () => {});
  return { serial: known, inBand: own };
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
