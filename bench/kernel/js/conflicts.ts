/** On which machines a service is, a bit for each: assembly/conflicts.ts. */
import { type KernelProblem, rowsIn } from '../problem.ts';

export function createConflicts({ machines, conflictRow }: KernelProblem) {
  const words = (machines + 31) >> 5;
  const bits = new Int32Array(rowsIn(conflictRow) * words); // row * words + machine / 32

  function isOn(row: number, machine: number): boolean {
    return row >= 0 && ((bits[row * words + (machine >> 5)]! >> (machine & 31)) & 1) !== 0;
  }

  function mark(service: number, machine: number): void {
    const row = conflictRow[service]!;
    if (row >= 0) bits[row * words + (machine >> 5)]! |= 1 << (machine & 31);
  }

  function unmark(service: number, machine: number): void {
    const row = conflictRow[service]!;
    if (row >= 0) bits[row * words + (machine >> 5)]! &= ~(1 << (machine & 31));
  }

  return { isOn, mark, unmark };
}
