/* A recorded cluster state with the answer that Pacemaker's scheduler gives: the form of the file, checked on arrival. */
import { z } from 'zod';

/** Pacemaker's infinity: a score that is an order, not a wish. */
export const INFINITY_SCORE = 1_000_000;

const Amounts = z.record(z.string(), z.int().nonnegative());
const PairOfActions = z.tuple([z.string(), z.string()]);

const Constraint = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('group'), id: z.string(), apps: z.array(z.string()).min(1) }),
  z.strictObject({
    type: z.literal('order'),
    first: z.string(),
    // biome-ignore lint/suspicious/noThenProperty: the name in the file
    then: z.string(),
    kind: z.enum(['Mandatory', 'Optional']),
  }),
  z.strictObject({ type: z.literal('colocation'), app: z.string(), with: z.string(), score: z.int() }),
  z.strictObject({
    type: z.literal('location'),
    app: z.string(),
    node: z.string(),
    score: z.int(),
    why: z.string().optional(),
  }),
]);

export const PacemakerCase = z
  .object({
    name: z.string(),
    desc: z.string(),
    policy: z.strictObject({
      placement: z.enum(['default', 'utilization', 'minimal', 'balanced']), // `default` looks at no capacity
      symmetric: z.boolean(), // false: only where a location allows it
      fencing: z.boolean(),
      noQuorum: z.string(), // what to do without quorum
      quorum: z.boolean(), // whether there is one
      health: z.string().optional(), // what a node's health does; nothing unless said
    }),
    nodes: z.array(
      z.object({
        id: z.string(),
        state: z.enum(['online', 'standby', 'offline', 'failed']), // failed: unclean, must be fenced
        cap: Amounts.optional(), // what is not named is unlimited
      }),
    ),
    apps: z.array(
      z.object({
        id: z.string(),
        stickiness: z.int(),
        priority: z.int().default(0),
        demand: Amounts.default({}),
        failed: z.boolean().default(false),
        enabled: z.boolean().default(true),
      }),
    ),
    constraints: z.array(Constraint),
    current: z.record(z.string(), z.string().nullable()),
    expected: z.object({
      placement: z.record(z.string(), z.string().nullable()),
      fence: z.array(z.string()),
      order: z.array(PairOfActions),
    }),
    grade: z.object({
      pacemaker: z.string(), // unique, tie: whether its answer is the only best one
      best: z.array(z.int()), // units placed per priority, the highest first; then the sum of scores
      priorities: z.array(z.int()),
      optima: z.int(),
    }),
  })
  .superRefine((value, context) => {
    const apps = new Set(value.apps.map((one) => one.id));
    const nodes = new Set(value.nodes.map((one) => one.id));
    const need = (known: ReadonlySet<string>, name: string, path: (string | number)[]) => {
      if (!known.has(name)) context.addIssue({ code: 'custom', message: `there is no ${name}`, path });
    };
    value.constraints.forEach((one, k) => {
      const path = ['constraints', k];
      if (one.type === 'group') for (const app of one.apps) need(apps, app, [...path, 'apps']);
      if (one.type === 'order') for (const app of [one.first, one.then]) need(apps, app, path);
      if (one.type === 'colocation') for (const app of [one.app, one.with]) need(apps, app, path);
      if (one.type === 'location') {
        need(apps, one.app, path);
        need(nodes, one.node, path);
      }
    });
    for (const [app, node] of Object.entries(value.current)) {
      need(apps, app, ['current']);
      if (node !== null) need(nodes, node, ['current', app]);
    }
  });
export type PacemakerCase = z.infer<typeof PacemakerCase>;

export type Places = Readonly<Record<string, string | null>>; // per application: its node

/** What is placed as one: a group, up to its first disabled member, or an application in none. Disabled ones are left out. */
export function unitsOf({ apps, constraints }: PacemakerCase): readonly (readonly string[])[] {
  const enabled = new Set(apps.filter((one) => one.enabled).map((one) => one.id));
  const groups = constraints.flatMap((one) => (one.type === 'group' ? [one.apps] : []));
  const grouped = new Set(groups.flat());
  const starting = groups.map((group) => {
    const end = group.findIndex((app) => !enabled.has(app));
    return end < 0 ? group : group.slice(0, end);
  });
  const single = apps.filter((one) => enabled.has(one.id) && !grouped.has(one.id)).map((one) => [one.id]);
  return [...starting.filter((group) => group.length > 0), ...single];
}

/** Whether anything may run at all, as far as quorum goes. */
export function mayRun({ policy }: PacemakerCase): boolean {
  return policy.quorum || policy.noQuorum === 'ignore';
}

/** Why a case is beyond what we model, if it is. */
export function notModelled({ policy }: PacemakerCase): string | null {
  if (policy.health !== undefined && policy.health !== 'none') return `node health strategy ${policy.health}`;
  if (!policy.quorum && !['ignore', 'stop'].includes(policy.noQuorum)) return `no-quorum policy ${policy.noQuorum}`;
  return null;
}
