import { randomBytes } from 'node:crypto';
import type { Durable, IdentityRecord } from '../core/durable.ts';
import type { Store } from './store.ts';

/** What a store holds, with by which stores its coordinator goes. One that has no name yet, because it is new or of an earlier version, gets one. */
export function identified(
  store: Store,
  durable: Durable,
  wallMs: number,
): Durable & { readonly identity: IdentityRecord } {
  if (durable.identity) return { ...durable, identity: durable.identity };
  const identity = { stores: [randomBytes(8).toString('hex')] };
  store.commit([{ table: 'identity', key: 'identity', value: identity }], [], wallMs);
  return { ...durable, identity };
}
