/*
 * Models of the challenge's kind, generated: a few large processes and many small ones, services of one to eight, machines
 * about four fifths full, and rules of every kind. The same seed gives the same model everywhere.
 */
import type { RoadefModel, RoadefService } from '../../placement/roadef/model.ts';

export interface ModelSize {
  readonly machines: number;
  readonly processes: number;
  readonly resources: number;
  readonly transient: number; // of the resources, the last ones
}

export interface GeneratedModel {
  readonly model: RoadefModel;
  readonly initial: Int32Array;
}

const FILL = 0.8; // of capacity in all, at first
const SAFETY = 0.75; // of capacity, above which use costs
const MACHINES_PER_LOCATION = 10;
const LOCATIONS_PER_NEIGHBOURHOOD = 5;
const LARGEST_SERVICE = 8;
const TRIES = 500; // to find a process its first machine

/** Throws when the first assignment finds no room, which takes a size with very few processes to a machine. */
export function generateModel(size: ModelSize, seed: number): GeneratedModel {
  const { machines, processes, resources, transient } = size;
  const below = randomInts(seed);
  const service = drawServices(processes, below);
  const need = drawNeeds(size, below);
  const capacity = capacities(size, need, below);
  const initial = firstAssignment(size, service, need, capacity, below);
  const location = Uint32Array.from({ length: machines }, (_, m) => Math.floor(m / MACHINES_PER_LOCATION));
  const neighbourhood = location.map((l) => Math.floor(l / LOCATIONS_PER_NEIGHBOURHOOD));
  const distance = (a: number, b: number) => {
    if (a === b) return 0;
    if (location[a] === location[b]) return 1;
    return neighbourhood[a] === neighbourhood[b] ? 2 : 4;
  };
  const model: RoadefModel = {
    resources: Array.from({ length: resources }, (_, r) => ({
      transient: r >= resources - transient,
      loadWeight: 10,
    })),
    ...{ machines, neighbourhood, location, capacity },
    safety: capacity.map((amount) => Math.floor(amount * SAFETY)),
    machineMoveCost: Uint8Array.from({ length: machines * machines }, (_, k) =>
      distance(Math.floor(k / machines), k % machines),
    ),
    services: rulesOf(service, initial, location, neighbourhood, below),
    ...{ processes, service, need },
    processMoveCost: Uint32Array.from({ length: processes }, () => 1 + below(10)),
    balances: [{ first: 0, second: 1, target: 1, weight: 10 }],
    weights: { processMove: 1, serviceMove: 10, machineMove: 100 },
  };
  return { model, initial };
}

/** Whole numbers from 0 to below an end. */
function randomInts(seed: number): (end: number) => number {
  let state = seed >>> 0;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Half of the services have one process. */
function drawServices(processes: number, below: (end: number) => number): Uint32Array {
  const service = new Uint32Array(processes);
  let p = 0;
  for (let s = 0; p < processes; s++) {
    for (let left = 1 + below(2) * below(LARGEST_SERVICE); left > 0 && p < processes; left--) service[p++] = s;
  }
  return service;
}

/** Sizes over two orders of magnitude, each resource within a factor of two of the process's size. */
function drawNeeds({ processes, resources }: ModelSize, below: (end: number) => number): Uint32Array {
  const need = new Uint32Array(processes * resources);
  for (let p = 0; p < processes; p++) {
    const size = 10 + below(1 + below(1 + below(1000)));
    for (let r = 0; r < resources; r++) need[p * resources + r] = Math.floor((size * (70 + below(70))) / 100);
  }
  return need;
}

function capacities(
  { machines, resources }: ModelSize,
  need: Uint32Array,
  below: (end: number) => number,
): Uint32Array {
  const total = new Float64Array(resources);
  need.forEach((amount, k) => {
    total[k % resources]! += amount;
  });
  return Uint32Array.from({ length: machines * resources }, (_, k) =>
    Math.ceil(((total[k % resources]! / machines / FILL) * (80 + below(41))) / 100),
  );
}

/** The largest first, each on a machine by chance that has room and nobody of its service. */
function firstAssignment(
  { machines, processes, resources }: ModelSize,
  service: Uint32Array,
  need: Uint32Array,
  capacity: Uint32Array,
  below: (end: number) => number,
): Int32Array {
  const initial = new Int32Array(processes).fill(-1);
  const free = capacity.slice();
  const taken = new Set<number>(); // service * machines + machine
  const fits = (p: number, m: number) => {
    for (let r = 0; r < resources; r++) if (need[p * resources + r]! > free[m * resources + r]!) return false;
    return !taken.has(service[p]! * machines + m);
  };
  const largestFirst = Array.from(initial.keys()).sort((p, q) => need[q * resources]! - need[p * resources]! || p - q);
  for (const p of largestFirst) {
    let m = below(machines);
    for (let tries = 0; !fits(p, m); tries++) {
      if (tries === TRIES) throw new Error(`no room for process ${p} of ${processes} on ${machines} machines`);
      m = below(machines);
    }
    initial[p] = m;
    taken.add(service[p]! * machines + m);
    for (let r = 0; r < resources; r++) free[m * resources + r]! -= need[p * resources + r]!;
  }
  return initial;
}

/** Spread as wide as half of the service is at first; of four services one depends on another wherever it does already. */
function rulesOf(
  service: Uint32Array,
  initial: Int32Array,
  location: Uint32Array,
  neighbourhood: Uint32Array,
  below: (end: number) => number,
): RoadefService[] {
  const services = Array.from({ length: service.at(-1)! + 1 }, () => ({
    locations: new Set<number>(),
    neighbourhoods: new Set<number>(),
  }));
  service.forEach((s, p) => {
    services[s]!.locations.add(location[initial[p]!]!);
    services[s]!.neighbourhoods.add(neighbourhood[initial[p]!]!);
  });
  return services.map((one, s) => {
    const other = below(services.length);
    const depends = below(4) === 0 && other !== s && one.neighbourhoods.isSubsetOf(services[other]!.neighbourhoods);
    return { spreadMin: Math.ceil(one.locations.size / 2), dependsOn: Uint32Array.from(depends ? [other] : []) };
  });
}
