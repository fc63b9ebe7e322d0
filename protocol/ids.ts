import * as z from 'zod';
import { LABEL } from './label.ts';

const labelOf = (what: string) =>
  z
    .string()
    .regex(LABEL, `the ${what} must be 1 to 63 letters, digits and inner hyphens`)
    .describe('1 to 63 letters, digits and inner hyphens');

export const ClusterName = labelOf('cluster name').brand<'ClusterName'>();
export type ClusterName = z.infer<typeof ClusterName>;

/** The stable name of a member of the cluster (`N1`); it outlives the server behind it. */
export const NodeName = labelOf('node name').brand<'NodeName'>();
export type NodeName = z.infer<typeof NodeName>;

export const AppName = labelOf('application name').brand<'AppName'>();
export type AppName = z.infer<typeof AppName>;

/** One slot of an application, `web/0`. */
export const InstanceId = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\/(0|[1-9][0-9]{0,4})$/, 'an instance is named like web/0')
  .brand<'InstanceId'>();
export type InstanceId = z.infer<typeof InstanceId>;

export function instanceId(app: AppName, index: number): InstanceId {
  return `${app}/${index}` as InstanceId;
}
export function appOf(instance: InstanceId): AppName {
  return instance.slice(0, instance.indexOf('/')) as AppName;
}

/** A start of an agent process: only ever grows on one node (kept on its disk, seeded from the clock). */
export const BootId = z.int().positive();
/** Number of the coordinator's leadership; only ever grows. */
export const Term = z.int().nonnegative();
/** Counts assignments across all nodes and is never reused, so that an agent can tell which of two is newer. */
export const Revision = z.int().nonnegative();
/** Grows whenever a slot is given to a node. */
export const Generation = z.int().positive();
/** Counts one sender's messages of one kind within one boot. */
export const Sequence = z.int().nonnegative();

export const Role = z.enum(['active', 'standby']);
export type Role = z.infer<typeof Role>;

/** What an instance does when its node hears no coordinator: run on, or die with the lease. */
export const IsolationPolicy = z.enum(['keep', 'stop']);
export type IsolationPolicy = z.infer<typeof IsolationPolicy>;
