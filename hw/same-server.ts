import type { BmcIdentity } from './bmc.ts';

/*
 * Is the BMC that answers over the network the one of the server that we mean? A wrong address in a configuration would
 * otherwise power off a healthy server, and take its `off` for the proof that another one is gone. Judged by the system's
 * GUID; only where one side has none, by the serial number, since servers in one chassis can have the chassis's.
 */

export type Sameness = { readonly same: true } | { readonly same: false; readonly why: string };

/** `own`: what the server says of itself, in-band. `answered`: what the BMC said over the network. */
export function sameServer(own: BmcIdentity | null | undefined, answered: BmcIdentity): Sameness {
  if (!own || (own.guid === '' && own.serial === ''))
    return { same: false, why: 'the node has not said in-band what its GUID or serial number is' };
  if (own.guid !== '' && answered.guid !== '')
    return sameGuid(own.guid, answered.guid)
      ? { same: true }
      : { same: false, why: `it has the GUID ${answered.guid}, the node ${own.guid}` };
  if (own.serial !== '' && answered.serial !== '')
    return own.serial === answered.serial
      ? { same: true }
      : { same: false, why: `it has the serial number ${answered.serial}, the node ${own.serial}` };
  return { same: false, why: 'it has neither a GUID nor a serial number to compare with the node' };
}

/** BMCs send the GUID's bytes in the order of SMBIOS, of RFC 4122 or of IPMI (reversed), and text says nothing of which. */
function sameGuid(one: string, other: string): boolean {
  const a = bytesOf(one);
  const b = bytesOf(other);
  if (a === null || b === null) return false;
  return [a, swapped(a)].some((order) => order.join() === b.join() || order.toReversed().join() === b.join());
}

function bytesOf(guid: string): string[] | null {
  const digits = guid.toLowerCase().replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(digits) ? (digits.match(/../g) as string[]) : null;
}

/** SMBIOS keeps the first three fields little-endian. */
function swapped(bytes: readonly string[]): string[] {
  const field = (from: number, to: number) => bytes.slice(from, to).reverse();
  return [...field(0, 4), ...field(4, 6), ...field(6, 8), ...bytes.slice(8)];
}
