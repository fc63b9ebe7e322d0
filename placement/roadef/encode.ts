import { paddedWidth, writersOf } from '../memory.ts';
import type { WasmExports } from '../wasm-exports.ts';
import type { RoadefModel } from './model.ts';

/**
 * Writes a solvable model and its first assignment into a fresh instance of the wasm, where processes are numbered by size:
 * answers with the process that each of those is.
 */
export function encodeRoadef(model: RoadefModel, initial: ArrayLike<number>, wasm: WasmExports): Int32Array {
  const order = largestFirst(model);
  const resources = model.resources.length;
  const width = paddedWidth(resources);
  const locations = numbered(model.location);
  const neighbourhoods = numbered(model.neighbourhood);
  const services = servicesOf(model);
  const distances = distancesOf(model);
  wasm.allocate(model.machines, model.processes, model.services.length, width, locations.count);
  wasm.allocateChallenge(
    neighbourhoods.count,
    model.balances.length,
    services.needed.reduce((sum, list) => sum + list.length, 0),
    distances === null ? 1 : 0,
  );
  const { ints, longs, lists } = writersOf(wasm);

  const room = new Int32Array(wasm.memory.buffer, wasm.roomAt(), model.machines * 3 * width);
  for (let m = 0; m < model.machines; m++) {
    for (let r = 0; r < resources; r++) {
      room[3 * m * width + r] = model.capacity[m * resources + r]!;
      room[(3 * m + 1) * width + r] = -model.safety[m * resources + r]!;
    }
  }
  const stride = width + 4;
  const record = new Int32Array(wasm.memory.buffer, wasm.recordAt(), model.processes * stride);
  for (let p = 0; p < model.processes; p++) {
    for (let r = 0; r < resources; r++) record[p * stride + r] = model.need[order[p]! * resources + r]!;
  }
  ints(
    wasm.transientMaskAt(),
    model.resources.map((one) => (one.transient ? -1 : 0)),
  );
  ints(
    wasm.loadWeightAt(),
    model.resources.map((one) => one.loadWeight),
  );
  ints(wasm.locationOfAt(), locations.numbers);
  ints(wasm.neighbourhoodOfAt(), neighbourhoods.numbers);
  ints(
    wasm.serviceOfAt(),
    order.map((p) => model.service[p]!),
  );
  ints(
    wasm.homeAt(),
    order.map((p) => initial[p]!),
  );
  longs(
    wasm.leaveCostAt(),
    Array.from(order, (p) => model.processMoveCost[p]! * model.weights.processMove),
  );
  if (distances === null) ints(wasm.moveCostAt(), model.machineMoveCost);
  ints(
    wasm.balanceFirstAt(),
    model.balances.map((one) => one.first),
  );
  ints(
    wasm.balanceSecondAt(),
    model.balances.map((one) => one.second),
  );
  longs(
    wasm.balanceTargetAt(),
    model.balances.map((one) => one.target),
  );
  longs(
    wasm.balanceWeightAt(),
    model.balances.map((one) => one.weight),
  );
  ints(wasm.conflictRowAt(), services.conflictRow);
  ints(wasm.spreadRowAt(), services.spreadRow);
  ints(
    wasm.spreadMinAt(),
    model.services.map((one) => one.spreadMin),
  );
  ints(wasm.dependencyRowAt(), services.dependencyRow);
  lists(wasm.dependencyStartAt(), wasm.dependencyAt(), services.needed);
  lists(wasm.needingStartAt(), wasm.needingAt(), services.needing);
  const weight = model.weights.machineMove;
  const [near, within, far] = (distances ?? [0, 0, 0]).map((cost) => BigInt(cost * weight));
  wasm.setChallengeWeights(near!, within!, far!, BigInt(weight), BigInt(model.weights.serviceMove));
  return order;
}

/** Processes by how much of all that there is they need, summed over resources. */
function largestFirst(model: RoadefModel): Int32Array {
  const resources = model.resources.length;
  const total = model.resources.map(() => 0);
  model.capacity.forEach((amount, k) => {
    total[k % resources]! += amount;
  });
  const size = new Float64Array(model.processes);
  for (let p = 0; p < model.processes; p++) {
    for (let r = 0; r < resources; r++) size[p]! += model.need[p * resources + r]! / Math.max(1, total[r]!);
  }
  return Int32Array.from(size.keys()).sort((p, q) => size[q]! - size[p]! || p - q);
}

/** Names → 0, 1, 2 … in order of appearance. */
function numbered(names: Uint32Array): { readonly numbers: readonly number[]; readonly count: number } {
  const seen = new Map<number, number>();
  const numbers = Array.from(names, (name) => {
    if (!seen.has(name)) seen.set(name, seen.size);
    return seen.get(name)!;
  });
  return { numbers, count: seen.size };
}

/** Which rules concern a service at all: most have one process and need nothing, and are spared the tests. */
function servicesOf(model: RoadefModel) {
  const size = new Uint32Array(model.services.length);
  for (const service of model.service) size[service]! += 1;
  const needed = model.services.map((one, s) => [...new Set(one.dependsOn)].filter((other) => other !== s));
  const needing: number[][] = model.services.map(() => []);
  needed.forEach((list, s) => {
    for (const other of list) needing[other]!.push(s);
  });
  const rows = (concerns: (s: number) => boolean) => {
    let count = 0;
    return model.services.map((_, s) => (concerns(s) ? count++ : -1));
  };
  return {
    needed,
    needing,
    conflictRow: rows((s) => size[s]! > 1),
    spreadRow: rows((s) => model.services[s]!.spreadMin > 1),
    dependencyRow: rows((s) => needed[s]!.length + needing[s]!.length > 0),
  };
}

/**
 * Costs of a move within a location, within a neighbourhood and beyond, where these three say all that the matrix says, as
 * in the challenge's own data; null otherwise. Saves looking into a matrix too large for a processor's cache.
 */
function distancesOf(model: RoadefModel): readonly [number, number, number] | null {
  const { machines, machineMoveCost, location, neighbourhood } = model;
  const known = [-1, -1, -1];
  for (let from = 0; from < machines; from++) {
    for (let to = 0; to < machines; to++) {
      if (from === to) continue;
      const kind = location[from] === location[to] ? 0 : neighbourhood[from] === neighbourhood[to] ? 1 : 2;
      const cost = machineMoveCost[from * machines + to]!;
      if (known[kind] === -1) known[kind] = cost;
      else if (known[kind] !== cost) return null;
    }
  }
  return [Math.max(0, known[0]!), Math.max(0, known[1]!), Math.max(0, known[2]!)];
}
