import * as z from 'zod';
import { AppName, IsolationPolicy } from './ids.ts';

/*
 * The application spec: what an operator wants run. Written in YAML (spec-file.ts reads it and says where a mistake is),
 * kept in this normal form: quantities as integers in base units, every default filled in.
 */

/** Amounts per resource in base units: cpu millicores, memory and disk bytes, power watts; more can be declared. */
export const Resources = z.record(
  z
    .string()
    .regex(/^[a-z][A-Za-z0-9-]{0,31}$/)
    .describe('a small letter and then up to 31 letters, digits and hyphens, like cpu, memory or disk'),
  z.int().nonnegative(),
);
export type Resources = z.infer<typeof Resources>;

const PortName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .describe('a port name: a small letter and then up to 31 small letters, digits and hyphens');
const PortRef = z
  .union([PortName, z.int().min(1).max(65535)])
  .describe('the name of a port declared in runtime.ports or a number from 1 to 65535');
const probeTimes = {
  intervalMs: z.int().min(50).max(3_600_000).default(1000),
  timeoutMs: z.int().min(10).max(600_000).default(1000),
  failureThreshold: z.int().min(1).max(1000).default(3),
};
/** Exactly one of `http`, `tcp`, `command`. */
export const Probe = z.union([
  z.strictObject({
    http: z.strictObject({ port: PortRef, path: z.string().startsWith('/').max(512).default('/') }),
    ...probeTimes,
  }),
  z.strictObject({ tcp: z.strictObject({ port: PortRef }), ...probeTimes }),
  z.strictObject({ command: z.array(z.string().max(4096)).min(1).max(100), ...probeTimes }),
]);
export type Probe = z.infer<typeof Probe>;
export const Probes = z.strictObject({ readiness: Probe.optional(), liveness: Probe.optional() });
export type Probes = z.infer<typeof Probes>;

/**
 * How an instance is run. The driver gives it EVENKEEL_APP, EVENKEEL_INSTANCE, EVENKEEL_GENERATION, EVENKEEL_NODE,
 * EVENKEEL_ROLE, EVENKEEL_ROLE_FILE (rewritten atomically as `active` or `standby` when the role changes),
 * EVENKEEL_VALUE_FILE (the application may write one number there: its objective's value) and PORT_<NAME> for each port.
 */
export const Runtime = z.strictObject({
  driver: z.literal('process'),
  command: z.array(z.string().max(4096)).min(1).max(200), // argv; never given to a shell
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .describe('letters, digits and _, with no digit first'),
      z.string().max(32_768),
    )
    .default({}),
  cwd: z.string().startsWith('/').max(4096).optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .describe('the name of a user of the node: 1 to 32 small letters, digits, _ and -')
    .optional(), // needs an agent that runs as root
  ports: z.array(PortName).max(32).default([]), // a free one each is chosen by the agent
  stopGraceMs: z.int().min(0).max(600_000).default(5000), // SIGTERM, then SIGKILL of the whole group
  roleSignal: z.enum(['SIGHUP', 'SIGUSR1', 'SIGUSR2']).optional(), // sent after the role file has changed
  log: z
    .strictObject({ maxBytes: z.int().min(4096).default(1_048_576), files: z.int().min(1).max(100).default(3) })
    .prefault({}),
  restart: z
    .strictObject({ backoffMs: z.int().min(10).default(200), maxBackoffMs: z.int().min(10).default(30_000) })
    .prefault({}),
});
export type Runtime = z.infer<typeof Runtime>;

/** Nodes are told apart by label; the label `node` is the node's own name, `domain` its failure domain. */
export const LabelRule = z.strictObject({
  label: z.string().min(1).max(63),
  in: z.array(z.string().max(63)).min(1).max(1000),
});
export type LabelRule = z.infer<typeof LabelRule>;

/** A wish: where the application is to be if it can. Of the rules that match a node, that with the highest priority counts. */
export const Preference = LabelRule.extend({ priority: z.int().min(1).max(1000).default(1) });
export type Preference = z.infer<typeof Preference>;

export const Constraints = z.strictObject({
  allow: z.array(LabelRule).max(64).default([]), // every rule must match
  forbid: z.array(LabelRule).max(64).default([]), // no rule may match
  affinity: z.array(AppName).max(64).default([]), // on a node where these run
  antiAffinity: z.array(AppName).max(64).default([]), // on no node where one of these runs
  prefer: z.array(Preference).max(64).optional(), // nothing waits for it; outranks evenness of load
  failback: z.boolean().optional(), // with `prefer`; true where it is not given: what runs goes back to a node that it prefers more once that can take it
  spread: z.enum(['domain', 'node']).default('domain'), // replicas always on different nodes; `domain`: on different failure domains where there are enough
});
export type Constraints = z.infer<typeof Constraints>;

/** What the application must achieve; missing it for long moves an instance. */
export const Objective = z.strictObject({
  kind: z.enum(['latency', 'cpu', 'value']), // probe latency in ms; CPU used in % of its demand; the number that it publishes
  target: z.number().positive(), // missed when the smoothed value is above it
});
export type Objective = z.infer<typeof Objective>;

/**
 * What maintenance and levelling must leave: they wait, or go slower. Recovery from a failure waits for no budget. Available is an
 * instance that is ready, active or standby.
 */
export const Budget = z.strictObject({
  minAvailable: z.int().min(0).max(11_000).default(0), // instances; nothing stops one for a move while no more are available
  maxMoving: z.int().min(1).max(1000).default(1), // instances of it that move at the same time
});
export type Budget = z.infer<typeof Budget>;

/** What becomes of an instance that fails to start where it is: it is started again there, then elsewhere. */
export const FailedStart = z.strictObject({
  restarts: z.int().min(0).max(1000).default(5), // on the same node, with the back-off of `runtime.restart`
  relocations: z.int().min(0).max(100).default(2), // to other nodes, once those are used up
  readyMs: z.int().min(1000).max(86_400_000).default(300_000), // not ready for so long after its start counts as failed
  giveUp: z.boolean().default(false), // true: it is stopped then; false: it is tried on where it is
});
export type FailedStart = z.infer<typeof FailedStart>;

export const AppSpec = z.strictObject({
  name: AppName,
  replicas: z.int().min(0).max(10_000).default(1),
  standby: z.int().min(0).max(1000).default(0),
  priority: z.int().min(0).max(100).default(50), // more is more important
  demand: Resources,
  constraints: Constraints.prefault({}),
  objective: Objective.optional(),
  runtime: Runtime,
  probes: Probes.prefault({}),
  isolation: IsolationPolicy.default('keep'),
  /** `make-before-break`: the new instance starts as standby, and becomes active once the old one has stopped. */
  move: z.enum(['make-before-break', 'stop-first']).default('make-before-break'),
  budget: Budget.optional(),
  failedStart: FailedStart.optional(),
});
export type AppSpec = z.infer<typeof AppSpec>;
