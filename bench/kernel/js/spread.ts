/** In how many locations services are: assembly/spread.ts, where nothing is lacking. */
import { type KernelProblem, rowsIn } from '../problem.ts';

export function createSpread({ spreadRow, spreadMin, locationOf, locations }: KernelProblem) {
  const rows = rowsIn(spreadRow);
  const inLocation = new Uint16Array(rows * locations); // row * locations + location
  const used = new Int32Array(rows); // locations
  const placed = new Int32Array(rows); // processes

  function count(service: number, machine: number, by: number): void {
    const row = spreadRow[service]!;
    if (row < 0) return;
    const k = row * locations + locationOf[machine]!;
    const before = inLocation[k]!;
    inLocation[k] = before + by;
    if (before === 0) used[row]!++;
    else if (before + by === 0) used[row]!--;
    placed[row]! += by;
  }

  /** How many locations more would be lacking if a process went from one machine to another. */
  function shortageOfMove(service: number, from: number, to: number): number {
    const row = spreadRow[service]!;
    if (row < 0) return 0;
    const left = locationOf[from]!;
    const entered = locationOf[to]!;
    if (left === entered) return 0;
    const before = used[row]!;
    let after = before;
    if (inLocation[row * locations + left] === 1) after--;
    if (inLocation[row * locations + entered] === 0) after++;
    return after === before ? 0 : lack(service, row, after) - lack(service, row, before);
  }

  function lack(service: number, row: number, usedCount: number): number {
    return Math.max(0, Math.min(placed[row]!, spreadMin[service]!) - usedCount);
  }

  return { count, shortageOfMove };
}
