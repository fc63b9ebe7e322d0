import * as z from 'zod/mini';
import type { NodeName } from './ids.ts';
import { LABEL } from './label.ts';
import { STORE_ID } from './store-id.ts';

const count = () => z.int().check(z.nonnegative());

/*
 * In a file of its own, and with zod's small variant: the agent's heartbeat thread reads nothing else, and the other messages with
 * the whole of zod are 5 MB of memory in each thread that loads them.
 */

/** Coordinator → agent, the answer to a heartbeat. The agent counts it from the `sentMs` that it echoes. */
export const Lease = z.strictObject({
  v: z.literal(1),
  node: z.custom<NodeName>((name) => typeof name === 'string' && LABEL.test(name)),
  bootId: z.int().check(z.positive()),
  term: count(),
  sequence: count(), // of the heartbeat answered
  sentMs: z.number().check(z.nonnegative()), // echoed
  leaseMs: count(),
  store: z.optional(z.string().check(z.regex(STORE_ID))), // by which the coordinator goes, where the heartbeat named one
  revision: count(), // newest assignment made for this node: an agent that has an older one asks for it by its next report
});
export type Lease = z.infer<typeof Lease>;
