import { isRunning, leaveCost, meanLoadsPpm, placeCost, stayCost, stopCost } from './cost.ts';
import { paddedWidth, type Writers, writersOf } from './memory.ts';
import { gainInSoft } from './node-cost.ts';
import type { Problem, ProblemApplication } from './problem.ts';
import { allows, antiAffinities, classRanks, demandOf, loadOf, roomOn, rulesKey, usableDomains } from './rules.ts';
import { unitsOf } from './units.ts';
import type { WasmExports } from './wasm-exports.ts';

const OPENNESS = { open: 0, cordoned: 1, quarantined: 1, unheard: 1, degraded: 1, draining: 2, gone: 3 } as const;

/** Writes a valid problem into a fresh instance of the wasm. */
export function encode(problem: Problem, wasm: WasmExports): void {
  const { nodes, instances, applications, resources } = problem;
  const ranks = classRanks(problem);
  const domains = numbered(nodes.map((node) => node.domain));
  const anti = antiAffinities(problem);
  const affinity = applications.map((one) => [...new Set(one.affinity)]);
  const dependents: number[][] = applications.map(() => []);
  affinity.forEach((list, a) => {
    for (const b of list) dependents[b]!.push(a);
  });
  const members: number[][] = applications.map(() => []);
  for (const [i, one] of instances.entries()) members[one.application]!.push(i);
  const rows = permittedRows(problem);
  const antiCount = anti.reduce((sum, list) => sum + list.length, 0);
  const affinityCount = affinity.reduce((sum, list) => sum + list.length, 0);
  // Where some use less than they need room for, load is counted in columns of its own, behind those of demand.
  const needed = paddedWidth(resources.length);
  const hasLoads = instances.some((one) => one.load !== undefined);
  const width = hasLoads ? 2 * needed : needed;
  wasm.allocate(nodes.length, instances.length, applications.length, width, domains.count);
  wasm.allocateCluster(Math.max(0, ...new Set(ranks)) + 1, rows.rows.length, affinityCount, antiCount);
  const writers = writersOf(wasm);
  const { ints, longs, lists } = writers;

  const { down, up } = unitsOf(problem);
  const row = (at: number, k: number, demand: readonly number[], load: readonly number[]) => {
    ints(at + 4 * k, demand);
    if (hasLoads) ints(at + 4 * (k + needed), load);
  };
  nodes.forEach((node, n) => {
    const capacity = down(node.capacity);
    row(wasm.capacityAt(), n * width, capacity, capacity);
    const limit = down(roomOn(node));
    row(wasm.roomAt(), 3 * n * width, limit, limit); // no load is more than a demand: where that fits, it does
  });
  instances.forEach((_, i) => {
    row(wasm.recordAt(), i * (width + 4), up(demandOf(problem, i)), up(loadOf(problem, i)));
  });
  const means = meanLoadsPpm(problem);
  row(wasm.meanAt(), 0, means, means);
  wasm.setColumns(needed, width - needed);
  ints(wasm.locationOfAt(), domains.numbers);
  ints(
    wasm.opennessAt(),
    nodes.map((node) => OPENNESS[node.openness]),
  );
  ints(
    wasm.serviceOfAt(),
    instances.map((one) => one.application),
  );
  ints(wasm.classOfAt(), ranks);
  ints(
    wasm.homeAt(),
    instances.map((one) => one.home),
  );
  ints(
    wasm.pinnedAt(),
    instances.map((one, i) => (one.pinned && isRunning(problem, i) ? 1 : 0)),
  );
  const stay = instances.map((_, i) => stayCost(problem, i));
  const leave = instances.map((_, i) => leaveCost(problem, i));
  longs(
    wasm.leaveCostAt(),
    leave.map((cost, i) => cost - stay[i]!),
  );
  longs(
    wasm.waitCostAt(),
    leave.map((cost, i) => stopCost(problem, i) - cost),
  );
  ints(
    wasm.homeBreachAt(),
    instances.map((one) => {
      const home = nodes[one.home];
      if (home === undefined) return 0;
      return (home.openness === 'draining' ? 1e6 : 0) + (allows(applications[one.application]!, home) ? 0 : 1e6);
    }),
  );
  ints(wasm.permittedRowAt(), rows.rowOf);
  rows.rows.forEach((bits, k) => {
    ints(wasm.permittedAt() + 4 * k * bits.length, new Int32Array(bits.buffer));
  });
  const near = new Set(applications.flatMap((one, a) => (one.near ?? []).flatMap((other) => [a, other.application])));
  const isWatched = (a: number) =>
    members[a]!.length > 1 ||
    anti[a]!.length > 0 ||
    affinity[a]!.length > 0 ||
    dependents[a]!.length > 0 ||
    near.has(a);
  ints(wasm.conflictRowAt(), numberedIf(applications.length, isWatched));
  const spreads = numberedIf(
    applications.length,
    (a) => applications[a]!.spread === 'domain' && members[a]!.length > 1,
  );
  ints(wasm.spreadRowAt(), spreads);
  ints(
    wasm.spreadMinAt(),
    usableDomains(problem).map((count, a) => (spreads[a]! < 0 ? 0 : count)),
  );
  lists(wasm.affinityStartAt(), wasm.affinityAt(), affinity);
  lists(wasm.dependentStartAt(), wasm.dependentAt(), dependents);
  lists(wasm.antiStartAt(), wasm.antiAt(), anti);
  ints(wasm.orderAt(), firstOrder(problem, ranks));
  encodePreferences(problem, wasm, writers);
  if (problem.maxMoves !== undefined) wasm.setMostMoves(Math.min(problem.maxMoves, instances.length));
  const { load, imbalance } = problem.weights;
  wasm.setClusterWeights(
    BigInt(Math.round(load * 1000)),
    BigInt(Math.round(imbalance * 1000)),
    BigInt(stay.reduce((sum, cost) => sum + cost, 0)),
  );
}

/** 0, 1, 2 … for those of whom it is true, -1 for the others. */
function numberedIf(length: number, isTrue: (k: number) => boolean): readonly number[] {
  let count = 0;
  return Array.from({ length }, (_, k) => (isTrue(k) ? count++ : -1));
}

/** Both sides of each wish for company: who wishes it, and whom it concerns. */
function encodePreferences(problem: Problem, wasm: WasmExports, { longs, lists }: Writers): void {
  const { applications, nodes } = problem;
  const has = (application: ProblemApplication) => (application.prefer ?? []).length > 0;
  const near = applications.map((one) => one.near ?? []);
  const sought: { by: number; gain: number }[][] = applications.map(() => []);
  near.forEach((list, a) => {
    for (const { application, gain } of list) sought[application]!.push({ by: a, gain });
  });
  const rows = applications.flatMap((application, a) => (has(application) ? [a] : []));
  wasm.allocatePreferences(rows.length, near.flat().length);
  let row = 0;
  const rowOf = applications.map((application) => (has(application) ? row++ : -1));
  new Int32Array(wasm.memory.buffer, wasm.placeRowAt(), rowOf.length).set(rowOf);
  longs(
    wasm.placeCostAt(),
    rows.flatMap((a) => nodes.map((_, n) => placeCost(problem, a, n))),
  );
  lists(
    wasm.nearStartAt(),
    wasm.nearAt(),
    near.map((list) => list.map((one) => one.application)),
  );
  longs(
    wasm.nearCostAt(),
    near.flat().map(({ gain }) => -gainInSoft(problem, gain)),
  );
  lists(
    wasm.soughtStartAt(),
    wasm.soughtAt(),
    sought.map((list) => list.map((one) => one.by)),
  );
  longs(
    wasm.soughtCostAt(),
    sought.flat().map(({ gain }) => -gainInSoft(problem, gain)),
  );
}

/** The more important first; of equal ones the larger, which are harder to place. */
function firstOrder(problem: Problem, ranks: readonly number[]): readonly number[] {
  const total = problem.resources.map((_, r) =>
    Math.max(
      1,
      problem.nodes.reduce((sum, node) => sum + node.capacity[r]!, 0),
    ),
  );
  const size = problem.instances.map((_, i) =>
    Math.max(0, ...demandOf(problem, i).map((amount, r) => amount / total[r]!)),
  );
  return problem.instances.map((_, i) => i).sort((i, j) => ranks[i]! - ranks[j]! || size[j]! - size[i]! || i - j);
}

function numbered(names: readonly string[]): { readonly numbers: readonly number[]; readonly count: number } {
  const seen = new Map<string, number>();
  const numbers = names.map((name) => {
    const known = seen.get(name);
    if (known !== undefined) return known;
    seen.set(name, seen.size);
    return seen.size - 1;
  });
  return { numbers, count: seen.size };
}

/** Bit sets of the open nodes that rules allow, one for all applications with the same rules. */
function permittedRows(problem: Problem) {
  const known = new Map<string, number>();
  const rows: Uint32Array[] = [];
  const rowOf = problem.applications.map((application) => {
    const key = rulesKey(application);
    const found = known.get(key);
    if (found !== undefined) return found;
    const row = new Uint32Array((problem.nodes.length + 31) >> 5);
    problem.nodes.forEach((node, n) => {
      if (node.openness === 'open' && allows(application, node)) row[n >> 5]! |= 1 << (n & 31);
    });
    known.set(key, rows.length);
    rows.push(row);
    return rows.length - 1;
  });
  return { rows, rowOf };
}
