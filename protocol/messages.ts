import * as z from 'zod';
import { BootId, Generation, InstanceId, IsolationPolicy, NodeName, Revision, Role, Sequence, Term } from './ids.ts';
import { Reading } from './reading.ts';
import { TableId } from './samples.ts';
import { Probes, Resources, Runtime } from './spec.ts';
import { STORE_ID, STORE_ID_OR_NONE } from './store-id.ts';

/*
 * What agents and the coordinator say to each other. MQTT 3.1.1 carries it, so everything that decides
 * which of two messages counts (term, revision, boot id, sequence, expiry) is in the payload.
 */

/** Of the store whose coordinator the agent obeys, kept on its disk; '' before the first. Agents of earlier versions leave it out. */
const Obeyed = z.string().regex(STORE_ID_OR_NONE).optional();
/** By which the coordinator goes; left out to agents that name none. */
const Store = z.string().regex(STORE_ID).optional();

/** The machine behind a node, as found at the agent's start. */
export const ServerIdentity = z.strictObject({
  serial: z.string().max(128), // the server's serial number; the machine id where there is none
  vendor: z.string().max(128),
  model: z.string().max(128),
  /** As the machine learnt it without any network ('' for unknown): what its BMC over the network must match to be used for fencing. */
  inBand: z.strictObject({ guid: z.string().max(64), serial: z.string().max(128) }).optional(),
});
export type ServerIdentity = z.infer<typeof ServerIdentity>;

/** What the agent found in its machine: shown to people, and the source of capacity. */
export const Inventory = z.strictObject({
  os: z.string().max(200),
  kernel: z.string().max(200),
  cpuModel: z.string().max(200),
  cpuCores: z.int().positive(),
  memoryBytes: z.int().nonnegative(),
  disks: z
    .array(z.strictObject({ name: z.string().max(64), type: z.string().max(32), bytes: z.int().nonnegative() }))
    .max(256),
  networks: z.array(z.strictObject({ name: z.string().max(64), address: z.string().max(64) })).max(256),
});
export type Inventory = z.infer<typeof Inventory>;

export const InstanceState = z.enum([
  'starting', // its process runs, its readiness probe has not passed yet
  'ready', // runs and passes its readiness probe (or has none)
  'unready', // was ready, its readiness probe fails now
  'backoff', // died or could not be started; waits for its next try
  'stopping', // told to stop, its processes are not all gone yet
]);
export type InstanceState = z.infer<typeof InstanceState>;

/** One instance that may have processes on the node. An instance that is not listed has none. */
export const InstanceReport = z.strictObject({
  instance: InstanceId,
  generation: Generation,
  role: Role,
  state: InstanceState,
  pid: z.int().positive().nullable(), // leader of the process group
  restarts: z.int().nonnegative(), // since this generation was started here
  failures: z.int().nonnegative().optional(), // starts in a row that failed or did not last; 0 where it is left out
  detail: z.string().max(300), // why it is in this state, for people; '' when there is nothing to say
  ports: z.record(z.string().max(32), z.int().min(1).max(65535)),
  cpuMillicores: z.number().nonnegative().nullable(), // of the whole process group, over the last cycle
  memoryBytes: z.number().nonnegative().nullable(),
  latencyMs: z.number().nonnegative().nullable(), // of the latest readiness or liveness probe that passed
  value: z.number().nullable(), // what the application publishes for its objective
});
export type InstanceReport = z.infer<typeof InstanceReport>;

/** Agent → coordinator, when it connects and when it hears of a new term: who I am and what runs here. */
export const Hello = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  bootId: BootId,
  machineBoot: z.string().min(1).max(64), // the kernel's boot id: tells an agent's restart from the machine's
  term: Term, // the highest this agent has obeyed
  store: Obeyed,
  revision: Revision,
  agentVersion: z.string().max(32),
  server: ServerIdentity,
  inventory: Inventory,
  capacity: Resources,
  domain: z.string().max(64), // failure domain
  labels: z.record(z.string().max(63), z.string().max(63)),
  guard: z.boolean(), // a guard process kills `stop` instances when the agent cannot
  stopBoundMs: z.int().nonnegative(), // how long after a lease's end the last `stop` process may still live
  instances: z.array(InstanceReport).max(1000),
});
export type Hello = z.infer<typeof Hello>;

/** Agent → coordinator, every heartbeat interval, from a thread of its own. Asks for the lease. */
export const Heartbeat = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  bootId: BootId,
  sequence: Sequence,
  sentMs: z.number().nonnegative(), // the agent's monotonic clock when it sent this: returned in the lease
  term: Term,
  store: Obeyed,
  revision: Revision, // newest assignment taken over
  mainSilenceMs: z.number().nonnegative(), // how long the agent's main thread has made no progress
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** Agent → coordinator, each cycle while there are instances and at once when one changes. What sensors say is in `Samples`. */
export const Report = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  bootId: BootId,
  sequence: Sequence,
  term: Term,
  revision: Revision, // newest assignment taken over: an instance revoked by it and not listed below is confirmed stopped
  instances: z.array(InstanceReport).max(1000),
  usage: Resources.nullable(), // measured on the whole machine; null in a report sent between cycles
  readings: z.array(Reading).max(1000).nullable(), // of agents that send no samples; null otherwise
});
export type Report = z.infer<typeof Report>;

/** Agent → coordinator: something worth a line in the journal. */
export const NodeEvent = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  bootId: BootId,
  sequence: Sequence,
  kind: z.enum([
    'instance-exited',
    'instance-failed',
    'adopted',
    'lease-ended',
    'state-corrupt',
    'disk-full',
    'bmc-silent',
    'bmc-back',
    'bmc-event',
    'agent-stopping',
    'self-test-passed',
    'self-test-failed',
    'other-coordinator',
  ]),
  instance: InstanceId.nullable(),
  detail: z.string().max(300),
  /** What the event says of a component, where the device that logged it says so: counts until it is taken back. */
  part: z
    .strictObject({
      component: z.string().min(1).max(96),
      level: z.enum(['warning', 'critical']),
      asserted: z.boolean(),
    })
    .optional(),
});
export type NodeEvent = z.infer<typeof NodeEvent>;

/** The broker's will for a lost connection. A hint only: it is also published when a reconnect takes the session over. */
export const Gone = z.strictObject({ v: z.literal(1), node: NodeName, bootId: BootId });
export type Gone = z.infer<typeof Gone>;

/** One instance that a node should run. */
export const AssignedInstance = z.strictObject({
  instance: InstanceId,
  generation: Generation,
  role: Role,
  isolation: IsolationPolicy,
  demand: Resources,
  runtime: Runtime,
  probes: Probes,
});
export type AssignedInstance = z.infer<typeof AssignedInstance>;

/**
 * Coordinator → agent: everything that the node should run, whole and numbered, never retained. An agent obeys it only
 * when it names the agent's present boot and its (term, revision) is not older than what it obeys already.
 */
export const Assignment = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  bootId: BootId,
  term: Term,
  store: Store,
  revision: Revision,
  instances: z.array(AssignedInstance).max(1000),
});
export type Assignment = z.infer<typeof Assignment>;

/** Coordinator → agent: say something again. */
export const Request = z.strictObject({
  v: z.literal(1),
  node: NodeName,
  term: Term,
  store: Store,
  kind: z.enum(['hello', 'report', 'names', 'snapshot']),
  table: TableId.optional(), // of `names`: which
});
export type Request = z.infer<typeof Request>;
