/* An event script for Proxmox VE's HA manager with the timeline that it expects: the form of the file, checked on arrival. */
import { z } from 'zod';

const Amounts = z.record(z.string(), z.number().nonnegative());
const State = z.string().nullable(); // null: not said, and then stopped

const Rule = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('node-affinity'),
    id: z.string(),
    nodes: z.array(z.string()).min(1), // `node2:2`: with a priority
    resources: z.array(z.string()).min(1),
    strict: z.string().optional(),
  }),
  z.object({
    type: z.literal('resource-affinity'),
    id: z.string(),
    resources: z.array(z.string()).min(1),
    affinity: z.enum(['positive', 'negative']),
  }),
]);

/** One line of the timeline: a command of the script, or what the HA manager does; `t` in seconds. */
const Happening = z.object({
  t: z.number(),
  cmd: z.string().optional(),
  do: z.string().optional(),
  app: z.string().optional(),
  node: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  state: z.string().optional(),
});

/** Commands whose second word is a node. */
const OF_NODES = ['power', 'network', 'crm', 'restart-lrm', 'shutdown', 'reboot', 'cfs'];

const Service = z.string().regex(/^[a-z]+:\d+$/, 'a service is named like vm:101');

export const PveCase = z
  .object({
    name: z.string(),
    readme: z.string(),
    crs: z.record(z.string(), z.unknown()).nullable(), // the scheduler; null: services are counted
    nodes: z.array(z.object({ id: z.string(), cap: Amounts })).min(1),
    apps: z.array(z.object({ id: Service, state: State, demand: Amounts.optional() })),
    rules: z.array(Rule),
    groups: z.boolean(), // whether there are groups, whose members the file does not name
    current: z.record(z.string(), z.string()),
    commands: z.array(z.array(z.string())).min(1), // the first group at the start, each other one 100 s after the one before
    expected: z.object({ timeline: z.array(Happening), final: z.record(z.string(), z.string()) }),
    recoverySeconds: z.array(z.number()),
  })
  .superRefine((value, context) => {
    const nodes = new Set(value.nodes.map((one) => one.id));
    const apps = new Set(value.apps.map((one) => one.id));
    const need = (known: ReadonlySet<string>, name: string, path: (string | number)[]) => {
      if (!known.has(name)) context.addIssue({ code: 'custom', message: `there is no ${name}`, path });
    };
    for (const [app, node] of Object.entries(value.current)) {
      need(apps, app, ['current']);
      need(nodes, node, ['current', app]);
    }
    const added = value.commands.flat().flatMap((command) => /^service (\S+) add\b/.exec(command)?.[1] ?? []);
    value.commands.forEach((group, k) => {
      group.forEach((command, n) => {
        const [verb = '', what = ''] = command.split(' ');
        if (OF_NODES.includes(verb)) need(nodes, what, ['commands', k, n]);
        if (verb === 'service') need(new Set([...apps, ...added]), what, ['commands', k, n]);
        const target = /^service \S+ (?:migrate|relocate|add) (\S+)/.exec(command)?.[1];
        if (target !== undefined) need(nodes, target, ['commands', k, n]);
      });
    });
    value.rules.forEach((rule, k) => {
      if (rule.type === 'node-affinity')
        for (const node of rule.nodes) need(nodes, nameOf(node), ['rules', k, 'nodes']);
    });
  });
export type PveCase = z.infer<typeof PveCase>;

/** Of `node2:2`, which has a priority, `node2`. */
export function nameOf(node: string): string {
  return node.split(':')[0]!;
}

/** Of `node2:2`, 2; of one without a priority, 0. */
export function priorityOf(node: string): number {
  return Number(node.split(':')[1] ?? 0);
}
/** How much a rule prefers a node: -1 where it does not name it. */
export function rankIn(nodes: readonly string[], name: string): number {
  const found = nodes.find((node) => nameOf(node) === name);
  return found === undefined ? -1 : priorityOf(found);
}

/** How the scheduler measures nodes: by the number of services, by what they are given, or by what they use. */
export function schedulerOf({ crs }: PveCase): 'basic' | 'static' | 'dynamic' {
  return crs?.ha === 'static' || crs?.ha === 'dynamic' ? crs.ha : 'basic';
}

/** Whether services go where they fit best when they are first started, instead of where they are. */
export function placesOnStart({ crs }: PveCase): boolean {
  return Number(crs?.['ha-rebalance-on-start'] ?? 0) === 1;
}

/** How a service of the kind `fa` fails, which its number says digit by digit: nothing, tries to start, tries to migrate, no stop. */
export function failingOf(app: string): { readonly starts: number; readonly moves: number; readonly stop: boolean } {
  const digits = /^fa:\d(\d?)(\d?)(\d?)/.exec(app);
  const [starts, moves, stop] = [1, 2, 3].map((k) => Number(digits?.[k] || 0)) as [number, number, number];
  return { starts, moves, stop: stop > 0 };
}
