import * as z from 'zod';
import { Term } from './ids.ts';
import { STORE_ID } from './store-id.ts';

/*
 * What a coordinator says of itself twice a second on its probe's topic: that it is there, and what it goes by. So one that starts finds
 * out whether another has its cluster already, and one that runs notices a second.
 */
export const Presence = z.strictObject({
  v: z.literal(1),
  /** A starting one listens first and does nothing; a caretaking one has a damaged store, and only gives leases. */
  phase: z.enum(['starting', 'leading', 'caretaking']),
  run: z.string().min(1).max(64), // of this process alone
  stores: z.array(z.string().regex(STORE_ID)).max(64), // its own first, then those that it was told to take over; none where it cannot be read
  term: Term, // while starting: the one that it will have
});
export type Presence = z.infer<typeof Presence>;

/** Both go by one store: one of them has a copy, or has taken it over. */
export function sharesStore(a: Presence, b: Pick<Presence, 'stores'>): boolean {
  return a.stores.some((store) => b.stores.includes(store));
}

/**
 * Which of two gives way. Of one store the higher term leads, as agents obey it; where terms are equal, and between different stores, who
 * leads stays, and of two alike the one whose run has the lower name. Nobody gives way to a caretaker.
 */
export function givesWay(self: Presence, other: Presence): boolean {
  if (other.phase === 'caretaking' || self.phase === 'caretaking') return other.phase === 'leading';
  if (sharesStore(self, other) && self.term !== other.term) return other.term > self.term;
  if (self.phase !== other.phase) return other.phase === 'leading';
  return other.run < self.run;
}
