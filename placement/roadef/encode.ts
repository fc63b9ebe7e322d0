import type { RoadefModel } from './model.ts';
import type { GeneralExports } from './wasm-exports.ts';

/**
 * Writes a solvable model and its first assignment into a fresh instance of the wasm, where processes are numbered by size:
 * answers with the process that each of those is.
 */
export function encodeRoadef(model: RoadefModel, initial: ArrayLike<number>, wasm: GeneralExports): Int32Array {
  const order = largestFirst(model);
  const resources = model.resources.length;
  const width = Math.max(4, (resources + 3) & ~3);
  const locations = numbered(model.location);
  const neighbourhoods = numbered(model.neighbourhood);
  const services = servicesOf(model);
  const distances = distancesOf(model);
  wasm.allocateGeneral(
    model.machines,
    model.processes,
    model.services.length,
    width,
    locations.count,
    neighbourhoods.count,
    model.balances.length,
    services.needed.reduce((sum, list) => sum + list.length, 0),
    distances === null ? 1 : 0,
  );
  const ints = (at: number, values: ArrayLike<number>) =>
    new Int32Array(wasm.memory.buffer, at, values.length).set(values);
  const longs = (at: number, values: readonly number[]) =>
    new BigInt64Array(wasm.memory.buffer, at, values.length).set(values.map((value) => BigInt(value)));

  const room = new Int32Array(wasm.memory.buffer, wasm.generalRoomAt(), model.machines * 3 * width);
  for (let m = 0; m < model.machines; m++) {
    for (let r = 0; r < resources; r++) {
      room[3 * m * width + r] = model.capacity[m * resources + r]!;
      room[(3 * m + 1) * width + r] = -model.safety[m * resources + r]!;
    }
  }
  const stride = width + 4;
  const record = new Int32Array(wasm.memory.buffer, wasm.generalRecordAt(), model.processes * stride);
  for (let p = 0; p < model.processes; p++) {
    for (let r = 0; r < resources; r++) record[p * stride + r] = model.need[order[p]! * resources + r]!;
  }
  ints(
    wasm.generalTransientMaskAt(),
    model.resources.map((one) => (one.transient ? -1 : 0)),
  );
  ints(
    wasm.generalLoadWeightAt(),
    model.resources.map((one) => one.loadWeight),
  );
  ints(wasm.generalLocationOfAt(), locations.numbers);
  ints(wasm.generalNeighbourhoodOfAt(), neighbourhoods.numbers);
  ints(
    wasm.generalServiceOfAt(),
    order.map((p) => model.service[p]!),
  );
  ints(
    wasm.generalHomeAt(),
    order.map((p) => initial[p]!),
  );
  longs(
    wasm.generalLeaveCostAt(),
    Array.from(order, (p) => model.processMoveCost[p]! * model.weights.processMove),
  );
  if (distances === null) ints(wasm.generalMoveCostAt(), model.machineMoveCost);
  ints(
    wasm.generalBalanceFirstAt(),
    model.balances.map((one) => one.first),
  );
  ints(
    wasm.generalBalanceSecondAt(),
    model.balances.map((one) => one.second),
  );
  longs(
    wasm.generalBalanceTargetAt(),
    model.balances.map((one) => one.target),
  );
  longs(
    wasm.generalBalanceWeightAt(),
    model.balances.map((one) => one.weight),
  );
  ints(wasm.generalConflictRowAt(), services.conflictRow);
  ints(wasm.generalSpreadRowAt(), services.spreadRow);
  ints(
    wasm.generalSpreadMinAt(),
    model.services.map((one) => one.spreadMin),
  );
  ints(wasm.generalDependencyRowAt(), services.dependencyRow);
  const lists = (startAt: number, listAt: number, values: readonly (readonly number[])[]) => {
    let end = 0;
    ints(startAt, [0, ...values.map((list) => (end += list.length))]);
    ints(listAt, values.flat());
  };
  lists(wasm.generalDependencyStartAt(), wasm.generalDependencyAt(), services.needed);
  lists(wasm.generalDependentStartAt(), wasm.generalDependentAt(), services.needing);
  const weight = model.weights.machineMove;
  const [near, within, far] = (distances ?? [0, 0, 0]).map((cost) => BigInt(cost * weight));
  wasm.setGeneralWeights(near!, within!, far!, BigInt(weight), BigInt(model.weights.serviceMove));
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
