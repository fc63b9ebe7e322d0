import * as z from 'zod';
import { DEFAULT_WEIGHTS, type Problem, type ProblemInstance } from '../placement/problem.ts';
import { allowedByAny, schemasAt } from '../protocol/allowed.ts';
import { OperatingError } from '../protocol/errors.ts';

/*
 * A placement problem as a file, in one of two forms: the Problem of placement/problem.ts as it stands, or a cluster as
 * benchmarks write it down: nodes with what they have, applications of one instance each with what they need.
 */

const Amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const Amounts = z.array(Amount);
const rule = { label: z.string(), in: z.array(z.string()) };
const Rule = z.strictObject(rule);
const ProblemFile = z.strictObject({
  resources: z.array(z.string()).min(1),
  nodes: z.array(
    z.strictObject({
      name: z.string().min(1),
      capacity: Amounts,
      reserve: Amounts,
      domain: z.string(),
      labels: z.record(z.string(), z.string()),
      openness: z.enum(['open', 'cordoned', 'unheard', 'degraded', 'draining', 'gone']),
    }),
  ),
  applications: z.array(
    z.strictObject({
      name: z.string().min(1),
      priority: z.int().min(0).max(100),
      demand: Amounts,
      allow: z.array(Rule),
      forbid: z.array(Rule),
      affinity: z.array(Amount),
      antiAffinity: z.array(Amount),
      spread: z.enum(['domain', 'node']),
      prefer: z.array(z.strictObject({ ...rule, gain: z.number() })).exactOptional(),
      near: z.array(z.strictObject({ application: Amount, gain: z.number() })).exactOptional(),
    }),
  ),
  instances: z.array(
    z.strictObject({
      name: z.string().min(1),
      application: Amount,
      role: z.enum(['active', 'standby']),
      home: z.int().min(-1),
      pinned: z.boolean(),
      unease: z.number().min(0),
      demand: Amounts.nullable(),
      load: Amounts.exactOptional(),
    }),
  ),
  weights: z.strictObject({ load: z.number().min(0), imbalance: z.number().min(0), move: z.number().min(0) }),
  maxMoves: Amount.exactOptional(),
});

const ClusterFile = z.strictObject({
  name: z.string().optional(),
  seed: z.number().optional(), // with which it was generated
  resources: z.array(z.string().min(1)).min(1).optional(), // only these count; otherwise all that is had or needed
  nodes: z.array(z.strictObject({ id: z.string().min(1), cap: z.record(z.string(), Amount) })).min(1),
  apps: z.array(
    z.strictObject({
      id: z.string().min(1),
      demand: z.record(z.string(), Amount),
      priority: z.int().min(0).max(100).default(50),
    }),
  ),
  constraints: z
    .array(
      z.strictObject({
        type: z.enum(['anti', 'co']),
        apps: z.array(z.string()).min(2),
        hard: z.literal(true).default(true),
      }),
    )
    .default([]),
  current: z.record(z.string(), z.string()).default({}), // application → node that it runs on
});
type ClusterFile = z.infer<typeof ClusterFile>;

/** Text of a file → the problem in it. Throws REQUEST_INVALID that names every field that is wrong. */
export function readProblem(text: string, file: string): Problem {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new OperatingError('REQUEST_INVALID', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof json === 'object' && json !== null && 'instances' in json) {
    const problem = check(ProblemFile, json, file);
    for (const field of ['nodes', 'applications', 'instances'] as const) {
      requireDistinct(
        file,
        (i) => `${field}.${i}.name`,
        problem[field].map((one) => one.name),
        'a name',
      );
    }
    requireDistinct(file, (i) => `resources.${i}`, problem.resources, 'a name');
    return problem;
  }
  return fromCluster(check(ClusterFile, json, file), file);
}

const MOST_ERRORS = 20;

function check<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const all = result.error.issues.flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => `${file}: ${[...path, key].map(String).join('.')}: there is no such field`);
    const wanted = schemasAt(schema, path, json);
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null)?.[key], json);
    const shown = (JSON.stringify(value) ?? 'nothing').slice(0, 60);
    const field = path.map(String).join('.') || 'the file';
    return `${file}: ${field}: ${shown} is not allowed; ${wanted.length > 0 ? `it must be ${allowedByAny(wanted)}` : message}`;
  });
  const lines = [...new Set(all)]; // several things may be wrong with one value
  const more = lines.length > MOST_ERRORS ? [`… and ${lines.length - MOST_ERRORS} more`] : [];
  throw new OperatingError('REQUEST_INVALID', [...lines.slice(0, MOST_ERRORS), ...more].join('\n'));
}

function fromCluster(cluster: ClusterFile, file: string): Problem {
  const { nodes, apps, constraints, current } = cluster;
  const known = new Set([
    ...nodes.flatMap(({ cap }) => Object.keys(cap)),
    ...apps.flatMap(({ demand }) => Object.keys(demand)),
  ]);
  const resources = cluster.resources ?? [...known];
  requireDistinct(file, (i) => `resources.${i}`, resources, 'a name');
  const stray = resources.findIndex((resource) => !known.has(resource));
  if (stray >= 0)
    refuse(file, `resources.${stray}`, resources[stray], 'a resource that a node has or an application needs');
  const amountsOf = (amounts: Readonly<Record<string, number>>) =>
    resources.map((resource) => (Object.hasOwn(amounts, resource) ? amounts[resource]! : 0));
  const nodeIndex = indexOf('nodes', nodes, file);
  const appIndex = indexOf('apps', apps, file);
  const find = (index: ReadonlyMap<string, number>, name: string, where: string, what: string): number => {
    const found = index.get(name);
    if (found !== undefined) return found;
    return refuse(file, where, name, `the id of ${what} in this file`);
  };
  const near = new Map<number, Set<number>>();
  const apart = new Map<number, Set<number>>();
  constraints.forEach((constraint, c) => {
    const members = constraint.apps.map((name, a) =>
      find(appIndex, name, `constraints.${c}.apps.${a}`, 'an application'),
    );
    const relation = constraint.type === 'anti' ? apart : near;
    // every one after the first goes with the first; apart is everyone from everyone
    members.forEach((member, m) => {
      for (const other of constraint.type === 'co' ? members.slice(0, Math.min(m, 1)) : members.slice(0, m))
        if (other !== member) relation.set(member, (relation.get(member) ?? new Set()).add(other));
    });
  });
  const homes = new Map(
    Object.entries(current).map(([app, node]) => [
      find(appIndex, app, `current.${app}`, 'an application'),
      find(nodeIndex, node, `current.${app}`, 'a node'),
    ]),
  );
  return {
    resources,
    nodes: nodes.map(({ id, cap }) => ({
      name: id,
      capacity: amountsOf(cap),
      reserve: resources.map(() => 0),
      domain: id,
      labels: {},
      openness: 'open',
    })),
    applications: apps.map(({ id, demand, priority }, a) => ({
      name: id,
      priority,
      demand: amountsOf(demand),
      allow: [],
      forbid: [],
      affinity: [...(near.get(a) ?? [])],
      antiAffinity: [...(apart.get(a) ?? [])],
      spread: 'node',
    })),
    instances: apps.map(
      ({ id }, a): ProblemInstance => ({
        name: `${id}/0`,
        application: a,
        role: 'active',
        home: homes.get(a) ?? -1,
        pinned: false,
        unease: 0,
        demand: null,
      }),
    ),
    weights: DEFAULT_WEIGHTS,
  };
}

function indexOf(field: string, list: readonly { readonly id: string }[], file: string): ReadonlyMap<string, number> {
  const ids = list.map(({ id }) => id);
  requireDistinct(file, (i) => `${field}.${i}.id`, ids, 'an id');
  return new Map(ids.map((id, i) => [id, i]));
}

function requireDistinct(file: string, field: (k: number) => string, names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const [k, name] of names.entries()) {
    if (seen.has(name)) refuse(file, field(k), name, `${what} of its own`);
    seen.add(name);
  }
}

function refuse(file: string, field: string, value: unknown, allowed: string): never {
  throw new OperatingError(
    'REQUEST_INVALID',
    `${file}: ${field}: ${JSON.stringify(value)} is not allowed; it must be ${allowed}`,
  );
}

/** The same problem with nodes lost: nothing runs on them, and nothing can. */
export function withFailed(problem: Problem, names: readonly string[]): Problem {
  const failed = new Set(
    names.map((name) => {
      const found = problem.nodes.findIndex((node) => node.name === name);
      if (found >= 0) return found;
      const known = problem.nodes.map((node) => node.name);
      throw new OperatingError(
        'NODE_UNKNOWN',
        `There is no node ${name}. Known nodes: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ' …' : ''}.`,
      );
    }),
  );
  return {
    ...problem,
    nodes: problem.nodes.map((node, n) => (failed.has(n) ? { ...node, openness: 'gone' } : node)),
    instances: problem.instances.map((instance) =>
      failed.has(instance.home) ? { ...instance, home: -1, pinned: false } : instance,
    ),
  };
}
