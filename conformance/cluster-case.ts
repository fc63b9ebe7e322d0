/* A generated cluster with where its applications run, as a placement problem after the loss of nodes. */
import { z } from 'zod';
import type { Problem } from '../placement/problem.ts';

const Amounts = z.record(z.string(), z.int().nonnegative());

export const ClusterFile = z.object({
  name: z.string(),
  resources: z.array(z.string()),
  nodes: z.array(z.object({ id: z.string(), cap: Amounts })),
  apps: z.array(z.object({ id: z.string(), demand: Amounts, priority: z.int().min(0).max(100) })),
  constraints: z.array(z.object({ type: z.enum(['anti', 'co']), apps: z.tuple([z.string(), z.string()]) })),
});
export type ClusterFile = z.infer<typeof ClusterFile>;

/** Where the applications run: node by application. */
export const CurrentFile = z.record(z.string(), z.string().nullable());
export type CurrentFile = z.infer<typeof CurrentFile>;

export const BestKnown = z.array(z.object({ inst: z.string(), failed: z.array(z.string()), best: z.number() }));
/** A line of tight-minmoves.jsonl; only those with status Optimal are proved. */
export const FewestMoves = z.object({
  inst: z.string(),
  status: z.string(),
  moves: z.int().nullable().optional(),
  unplaced: z.int().nullable().optional(),
});

/** The problem, and a name that is used but not there, if any. */
export function poseCluster(
  file: ClusterFile,
  current: CurrentFile,
  failed: readonly string[],
): { readonly problem: Problem; readonly unknown: readonly string[] } {
  const nodeOf = new Map(file.nodes.map((node, n) => [node.id, n]));
  const appOf = new Map(file.apps.map((app, a) => [app.id, a]));
  const unknown = [
    ...failed.filter((node) => !nodeOf.has(node)),
    ...Object.values(current).flatMap((node) => (node === null || nodeOf.has(node) ? [] : [node])),
    ...file.constraints.flatMap((one) => one.apps).filter((app) => !appOf.has(app)),
  ];
  const partners = (app: string, type: 'anti' | 'co') =>
    file.constraints
      .filter((one) => one.type === type && one.apps.includes(app))
      .flatMap(({ apps }) => appOf.get(apps[0] === app ? apps[1] : apps[0]) ?? []);
  const amounts = (values: Readonly<Record<string, number>>) => file.resources.map((name) => values[name] ?? 0);
  const problem: Problem = {
    resources: file.resources,
    nodes: file.nodes.map((node) => ({
      name: node.id,
      capacity: amounts(node.cap),
      reserve: file.resources.map(() => 0),
      domain: node.id,
      labels: {},
      openness: failed.includes(node.id) ? 'gone' : 'open',
    })),
    applications: file.apps.map((app) => ({
      name: app.id,
      priority: app.priority,
      demand: amounts(app.demand),
      allow: [],
      forbid: [],
      affinity: partners(app.id, 'co'),
      antiAffinity: partners(app.id, 'anti'),
      spread: 'node',
    })),
    instances: file.apps.map((app, a) => ({
      name: app.id,
      application: a,
      role: 'active',
      home: nodeOf.get(current[app.id] ?? '') ?? -1,
      pinned: false,
      unease: 0,
      demand: null,
    })),
    weights: { load: 100, imbalance: 0, move: 1 },
  };
  return { problem, unknown };
}
