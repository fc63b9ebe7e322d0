/*
 * What an answer to the challenge costs: the definition, written plainly, against which the solver is tested. Exact as long
 * as every part stays below 2^53, which `requireSolvable` holds a model to.
 */
import type { RoadefModel } from './model.ts';

export interface RoadefCost {
  readonly load: number;
  readonly balance: number;
  readonly processMove: number;
  readonly serviceMove: number;
  readonly machineMove: number;
  readonly total: number;
  readonly moves: number; // processes that are not where they were; costs nothing by itself
}

export function roadefCost(model: RoadefModel, initial: ArrayLike<number>, machineOf: ArrayLike<number>): RoadefCost {
  const used = usage(model, machineOf);
  const { weights } = model;
  const load = loadCost(model, used);
  const balance = balanceCost(model, used);
  const movedOf = new Map<number, number>(); // per service
  let processMove = 0;
  let machineMove = 0;
  let moves = 0;
  for (let p = 0; p < model.processes; p++) {
    const from = initial[p]!;
    const to = machineOf[p]!;
    if (from === to) continue;
    moves++;
    const service = model.service[p]!;
    movedOf.set(service, (movedOf.get(service) ?? 0) + 1);
    processMove += weights.processMove * model.processMoveCost[p]!;
    machineMove += weights.machineMove * model.machineMoveCost[from * model.machines + to]!;
  }
  let mostMoved = 0;
  for (const count of movedOf.values()) mostMoved = Math.max(mostMoved, count);
  const serviceMove = weights.serviceMove * mostMoved;
  const total = load + balance + processMove + serviceMove + machineMove;
  return { load, balance, processMove, serviceMove, machineMove, total, moves };
}

/** Per machine and resource: how much is used. */
export function usage(model: RoadefModel, machineOf: ArrayLike<number>): Float64Array {
  const resources = model.resources.length;
  const used = new Float64Array(model.machines * resources);
  for (let p = 0; p < model.processes; p++) {
    for (let r = 0; r < resources; r++) used[machineOf[p]! * resources + r]! += model.need[p * resources + r]!;
  }
  return used;
}

function loadCost(model: RoadefModel, used: Float64Array): number {
  const resources = model.resources.length;
  let cost = 0;
  used.forEach((amount, k) => {
    cost += model.resources[k % resources]!.loadWeight * Math.max(0, amount - model.safety[k]!);
  });
  return cost;
}

function balanceCost(model: RoadefModel, used: Float64Array): number {
  const resources = model.resources.length;
  let cost = 0;
  for (const { first, second, target, weight } of model.balances) {
    for (let m = 0; m < model.machines; m++) {
      const left = (r: number) => model.capacity[m * resources + r]! - used[m * resources + r]!;
      cost += weight * Math.max(0, target * left(first) - left(second));
    }
  }
  return cost;
}
