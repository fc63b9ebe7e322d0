import { PlacementError } from './error.ts';
import { paddedWidth } from './memory.ts';
import type { Problem } from './problem.ts';
import { rulesKey } from './rules.ts';

const MOST_NODES = 65_536; // numbered in 16 bits by the solver
const MOST_INSTANCES = 2 ** 20;
const MOST_OF_APPLICATION = 65_535; // counted in 16 bits per failure domain
const MOST_RESOURCES = 64;
const MOST_MEMORY = 2 ** 31; // bytes of the wasm, half of what it can have
const MOST_WISHES = 20_000_000; // applications with preferences x nodes: what each costs on each is written down

/** Throws PlacementError for what the solver cannot number, or has no memory for; before anything is looked at one by one. */
export function requireCountable({ resources, nodes, applications, instances }: Problem): void {
  atMost('resources.length', resources.length, MOST_RESOURCES);
  atMost('nodes.length', nodes.length, MOST_NODES);
  atMost('applications.length', applications.length, MOST_INSTANCES);
  atMost('instances.length', instances.length, MOST_INSTANCES);
}

/** The same for what grows with two sizes at once, of a problem that is valid otherwise. */
export function requireMemory(problem: Problem): void {
  const { nodes, applications, instances, resources } = problem;
  const members = new Map<number, number>();
  for (const { application } of instances) members.set(application, (members.get(application) ?? 0) + 1);
  for (const [a, count] of members) atMost(`instances of applications[${a}]`, count, MOST_OF_APPLICATION);
  const related = new Set<number>(); // where others are matters to them
  applications.forEach((one, a) => {
    const others = [...one.affinity, ...one.antiAffinity, ...(one.near ?? []).map(({ application }) => application)];
    if (others.length > 0 || (members.get(a) ?? 0) > 1) related.add(a);
    for (const other of others) related.add(other);
  });
  const spread = applications.filter((one, a) => one.spread === 'domain' && (members.get(a) ?? 0) > 1).length;
  const ruleSets = new Set(applications.map(rulesKey)).size;
  const wishing = applications.filter(({ prefer = [] }) => prefer.length > 0).length;
  atMost('applications with preferences x nodes', wishing * nodes.length, MOST_WISHES);
  const domains = new Set(nodes.map(({ domain }) => domain)).size;
  const width = paddedWidth(resources.length) * 2;
  const bytes =
    related.size * (nodes.length / 8) +
    spread * domains * 2 +
    ruleSets * nodes.length * 2.2 +
    wishing * nodes.length * 8 +
    nodes.length * width * 24 +
    instances.length * (width * 4 + 150);
  if (bytes > MOST_MEMORY) {
    const sizes = `${nodes.length} nodes in ${domains} domains, ${applications.length} applications with ${ruleSets} sets of rules`;
    throw new PlacementError(
      'memory for this problem',
      `${(bytes / 2 ** 30).toFixed(1)} GiB (${sizes})`,
      'at most 2 GiB',
    );
  }
}

function atMost(field: string, value: number, most: number): void {
  if (value > most) throw new PlacementError(field, value, `at most ${most}`);
}
