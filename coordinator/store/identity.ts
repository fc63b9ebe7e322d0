import { randomBytes } from 'node:crypto';
import type { IdentityRecord } from '../core/durable.ts';
import type { Store } from './store.ts';

/** By which stores the coordinator of this one goes. A store that has no name yet, because it is new or of an earlier version, gets one. */
export function identityOf(store: Store, wallMs: number): IdentityRecord {
  const { identity } = store.load();
  if (identity) return identity;
  const fresh = { stores: [randomBytes(8).toString('hex')] };
  store.commit([{ table: 'identity', key: 'identity', value: fresh }], [], wallMs);
  return fresh;
}
