/** Who is on which machine and who is away from home, each in the order in which assembly/lists.ts has them. */
import type { KernelProblem } from '../problem.ts';

export type Lists = ReturnType<typeof createLists>;

export function createLists({ machines, processes, home }: KernelProblem) {
  const machineOf = new Int32Array(processes).fill(-1);
  const countOn = new Int32Array(machines);
  const away = new Int32Array(processes);
  const awayIndex = new Int32Array(processes);
  let awayCount = 0;
  // Those on machine m are in `pool` from startOf[m]; where they are too many for their part of it, they get one twice as large.
  const startOf = new Int32Array(machines);
  const sizeOf = new Int32Array(machines);
  const placeOf = new Int32Array(processes);
  let poolEnd = 0;
  for (const at of home) sizeOf[at]!++;
  for (let m = 0; m < machines; m++) {
    sizeOf[m] = 2 * sizeOf[m]! + 4;
    startOf[m] = poolEnd;
    poolEnd += sizeOf[m]!;
  }
  let pool = new Int32Array(poolEnd);

  function processOn(machine: number, k: number): number {
    return pool[startOf[machine]! + k]!;
  }

  function enter(process: number, machine: number): void {
    machineOf[process] = machine;
    const place = countOn[machine]!;
    countOn[machine] = place + 1;
    if (place === sizeOf[machine]) enlarge(machine);
    placeOf[process] = place;
    pool[startOf[machine]! + place] = process;
    if (home[process] === machine) return;
    awayIndex[process] = awayCount;
    away[awayCount++] = process;
  }

  function leave(process: number, machine: number): void {
    machineOf[process] = -1;
    const start = startOf[machine]!;
    const place = placeOf[process]!;
    const count = countOn[machine]! - 1;
    countOn[machine] = count;
    const last = pool[start + count]!;
    pool[start + place] = last;
    placeOf[last] = place;
    if (home[process] === machine) return;
    const other = away[--awayCount]!;
    away[awayIndex[process]!] = other;
    awayIndex[other] = awayIndex[process]!;
  }

  function enlarge(machine: number): void {
    const size = sizeOf[machine]!;
    const start = startOf[machine]!;
    if (poolEnd + 2 * size > pool.length) {
      const larger = new Int32Array(Math.max(2 * pool.length, poolEnd + 2 * size));
      larger.set(pool);
      pool = larger;
    }
    pool.copyWithin(poolEnd, start, start + size);
    startOf[machine] = poolEnd;
    poolEnd += 2 * size;
    sizeOf[machine] = 2 * size;
  }

  return { machineOf, countOn, away, awayCount: () => awayCount, processOn, enter, leave };
}
