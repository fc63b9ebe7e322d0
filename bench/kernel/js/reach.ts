/** Which machines a process could ever be on: assembly/reach.ts. */
import type { KernelProblem } from '../problem.ts';
import type { Random } from './random.ts';

const MOST_PAIRS = 4_000_000; // of process and machine; beyond, every machine counts as within reach

/** `room` must be that of everything at home. */
export function createReach(problem: KernelProblem, room: Int32Array, random: Random) {
  const { machines, processes, home } = problem;
  const isKept = processes * machines <= MOST_PAIRS;
  const words = (machines + 31) >> 5;
  const bits = new Int32Array(isKept ? processes * words : 0); // process * words + machine / 32
  const start = new Int32Array(processes + 1); // list of process p from start[p] to start[p + 1]
  const machinesButHome: number[] = [];
  for (let p = 0; isKept && p < processes; p++) {
    for (let m = 0; m < machines; m++) {
      if (m !== home[p] && !couldHold(problem, room, m, p)) continue;
      bits[p * words + (m >> 5)]! |= 1 << (m & 31);
      if (m !== home[p]) machinesButHome.push(m);
    }
    start[p + 1] = machinesButHome.length;
  }
  const reach = Uint16Array.from(machinesButHome);

  function isWithinReach(process: number, machine: number): boolean {
    return !isKept || ((bits[process * words + (machine >> 5)]! >> (machine & 31)) & 1) !== 0;
  }

  /** A machine within reach, by chance; its home where there is no other. */
  function randomWithinReach(process: number): number {
    if (!isKept) return random.below(machines);
    const first = start[process]!;
    const count = start[process + 1]! - first;
    return count === 0 ? home[process]! : reach[first + random.below(count)]!;
  }

  return { isWithinReach, randomWithinReach };
}

function couldHold(problem: KernelProblem, room: Int32Array, machine: number, process: number): boolean {
  const { width, transientMask, room: capacity, record } = problem;
  const row = 3 * machine * width;
  for (let r = 0; r < width; r++) {
    const most = transientMask[r] !== 0 ? room[row + r]! : capacity[row + r]!;
    if (record[process * (width + 4) + r]! > most) return false;
  }
  return true;
}
