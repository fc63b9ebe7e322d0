/** What load and balance of a machine cost: the linear part of assembly/load.ts. */
import type { KernelProblem } from '../problem.ts';
import type { Room } from './room.ts';

export function createLoad(problem: KernelProblem, { room, record }: Room) {
  const { machines, width, loadWeight, balanceFirst, balanceSecond, balanceTarget, balanceWeight } = problem;
  const balances = balanceWeight.length;
  const machineCost = new Float64Array(machines);

  /** With one process more and another less: their records; either may be nobody's. */
  function costWith(machine: number, plus: number, minus: number): number {
    const free = 3 * width * machine;
    const over = free + width;
    let cost = 0;
    for (let r = 0; r < width; r++) {
      const above = room[over + r]! + record[plus + r]! - record[minus + r]!;
      if (above > 0) cost += above * loadWeight[r]!;
    }
    for (let c = 0; c < balances; c++) {
      const first = balanceFirst[c]!;
      const second = balanceSecond[c]!;
      const leftOfFirst = room[free + first]! - record[plus + first]! + record[minus + first]!;
      const leftOfSecond = room[free + second]! - record[plus + second]! + record[minus + second]!;
      const missing = balanceTarget[c]! * leftOfFirst - leftOfSecond;
      if (missing > 0) cost += balanceWeight[c]! * missing;
    }
    return cost;
  }

  /** By how much that raises the costs of all. */
  function setMachineCost(machine: number, cost: number): number {
    const before = machineCost[machine]!;
    machineCost[machine] = cost;
    return cost - before;
  }

  return { machineCost, costWith, setMachineCost };
}
