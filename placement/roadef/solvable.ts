import { roadefViolations } from './check.ts';
import type { RoadefModel } from './model.ts';

const MOST_AMOUNT = 2 ** 30 - 1; // the sum of two fits 32 bits
const MOST_WEIGHT = 2 ** 31 - 1;
const MOST_COST = 2 ** 53;
const MOST_OF_SERVICE = 2 ** 16 - 1;
const MOST_PROCESSES = 2 ** 20;
const MOST_MEMORY = 2 ** 31; // bytes of the wasm, half of what it can have

/** A model that is well-formed and still cannot be solved here: says why. */
export class RoadefUnsolvable extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'RoadefUnsolvable';
  }
}

/** Throws RoadefUnsolvable unless amounts and costs are in the solver's range and the first assignment keeps every rule. */
export function requireSolvable(model: RoadefModel, initial: ArrayLike<number>): void {
  const resources = model.resources.length;
  if (model.processes > MOST_PROCESSES) {
    throw new RoadefUnsolvable(`there are ${model.processes} processes; at most ${MOST_PROCESSES} can be solved`);
  }
  for (const field of ['capacity', 'safety', 'need'] as const) {
    const k = model[field].findIndex((amount) => amount > MOST_AMOUNT);
    if (k < 0) continue;
    const of = field === 'need' ? 'requirement of process' : `${field} of machine`;
    throw new RoadefUnsolvable(
      `${of} ${Math.floor(k / resources)}, resource ${k % resources} is ${model[field][k]}; at most ${MOST_AMOUNT} can be solved`,
    );
  }
  for (const [r, { loadWeight }] of model.resources.entries()) {
    if (loadWeight > MOST_WEIGHT) {
      throw new RoadefUnsolvable(`load weight of resource ${r} is ${loadWeight}; at most ${MOST_WEIGHT} can be solved`);
    }
  }
  const inService = new Map<number, number>();
  for (const service of model.service) inService.set(service, (inService.get(service) ?? 0) + 1);
  for (const [service, count] of inService) {
    if (count <= MOST_OF_SERVICE) continue;
    throw new RoadefUnsolvable(`service ${service} has ${count} processes; at most ${MOST_OF_SERVICE} can be solved`);
  }
  const most = costCeiling(model);
  if (!(most < MOST_COST)) throw new RoadefUnsolvable('costs may pass 2^53, beyond which they are not exact');
  const violations = roadefViolations(model, initial, initial, 5);
  if (violations.length > 0) {
    throw new RoadefUnsolvable(
      `the first assignment breaks constraints: ${violations.map((one) => one.text).join('; ')}`,
    );
  }
  if (memoryNeeded(model) > MOST_MEMORY) {
    throw new RoadefUnsolvable('it would take more than 2 GiB of memory: too many machines, or services and locations');
  }
}

/** About how many bytes the arrays take that grow with two sizes at once. */
function memoryNeeded(model: RoadefModel): number {
  const { machines, processes, services } = model;
  const lists = 4 * (8 * processes + 16 * machines); // as assembly/lists.ts has them, grown once
  const width = model.resources.length + 8;
  const perService = machines / 8 + 2 * new Set(model.location).size + 2 * new Set(model.neighbourhood).size;
  return lists + 4 * machines * machines + services.length * perService + 4 * processes * width + 12 * machines * width;
}

/** A cost that none can pass, with a margin for what a change may look at. */
function costCeiling(model: RoadefModel): number {
  const resources = model.resources.length;
  const largest = (values: Uint32Array | Uint8Array) => {
    let most = 0;
    for (const value of values) if (value > most) most = value;
    return most;
  };
  const { weights } = model;
  // A machine uses at most what it has, and what is above safety is at most that.
  let load = 0;
  model.capacity.forEach((capacity, k) => {
    load += model.resources[k % resources]!.loadWeight * capacity;
  });
  let balance = 0;
  for (const { first, target, weight } of model.balances) {
    for (let m = 0; m < model.machines; m++) balance += weight * target * model.capacity[m * resources + first]!;
  }
  const moves =
    model.processes * (weights.processMove * largest(model.processMoveCost)) +
    model.processes * weights.serviceMove +
    model.processes * (weights.machineMove * largest(model.machineMoveCost));
  return load + balance + moves;
}
