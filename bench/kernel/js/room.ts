/** Whether a machine has room: assembly/room.ts. A record is named by where it starts in `record`. */
import type { KernelProblem } from '../problem.ts';

export type Room = ReturnType<typeof createRoom>;

export function createRoom(problem: KernelProblem) {
  const { machines, processes, width, home, serviceOf, conflictRow, transientMask } = problem;
  const recordWidth = width + 4;
  const room = problem.room.slice(); // machine: what is free | what is used above safety | what is spare for arrivals
  const record = problem.record.slice();
  const isTransient = transientMask.some((mask) => mask !== 0);
  const nobody = recordOf(processes);
  for (let p = 0; p < processes; p++) {
    record.set([serviceOf[p]!, home[p]!, -1, conflictRow[serviceOf[p]!]!], recordOf(p) + width);
  }
  record.set([0, -1, -1, -1], nobody + width);

  function recordOf(process: number): number {
    return process * recordWidth;
  }
  function serviceIn(at: number): number {
    return record[at + width]!;
  }
  function homeIn(at: number): number {
    return record[at + width + 1]!;
  }
  function machineIn(at: number): number {
    return record[at + width + 2]!;
  }
  function conflictsIn(at: number): number {
    return record[at + width + 3]!;
  }

  /** Whether the machine has room for one process once another of it is gone: their records; either may be nobody's. */
  function fits(machine: number, comes: number, goes: number): boolean {
    const row = 3 * width * machine;
    for (let r = 0; r < width; r++) {
      if (room[row + r]! - record[comes + r]! + record[goes + r]! < 0) return false;
    }
    return !isTransient || fitsSpare(machine, comes, goes);
  }

  /** Only what is not at home takes of the spare room, for its home is kept for it. */
  function fitsSpare(machine: number, comes: number, goes: number): boolean {
    if (machine === homeIn(comes)) return true;
    const leavesHome = machine === homeIn(goes);
    const row = (3 * machine + 2) * width;
    for (let r = 0; r < width; r++) {
      const more = leavesHome ? record[comes + r]! : record[comes + r]! - record[goes + r]!;
      if (room[row + r]! < (more & transientMask[r]!)) return false;
    }
    return true;
  }

  /** Counts that a process is on a machine, or with -1 that it is not any more. */
  function add(process: number, machine: number, by: number): void {
    const needs = recordOf(process);
    const free = 3 * width * machine;
    const over = free + width;
    const spare = over + width;
    const isAway = isTransient && machine !== home[process];
    for (let r = 0; r < width; r++) {
      const need = record[needs + r]! * by;
      room[free + r]! -= need;
      room[over + r]! += need;
      if (isAway) room[spare + r]! -= need & transientMask[r]!;
    }
    record[needs + width + 2] = by > 0 ? machine : -1;
  }

  /** What leaves goes on using transient resources at home: once all are there, only the rest is spare. */
  function keepHomes(): void {
    for (let m = 0; isTransient && m < machines; m++) {
      for (let r = 0; r < width; r++) room[(3 * m + 2) * width + r] = room[3 * m * width + r]! & transientMask[r]!;
    }
  }

  return {
    ...{ room, record, isTransient, nobody },
    ...{ recordOf, serviceIn, homeIn, machineIn, conflictsIn, fits, add, keepHomes },
  };
}
