/** Where a process of one service is, one of another must be in the same neighbourhood: assembly/dependencies.ts. */
import { type KernelProblem, rowsIn } from '../problem.ts';

export function createDependencies(problem: KernelProblem) {
  const { neighbourhoods, neighbourhoodOf, dependencyRow } = problem;
  const { dependencyStart, dependency, needingStart, needing } = problem;
  const rows = rowsIn(dependencyRow);
  const hasAny = rows > 0;
  const inNeighbourhood = new Uint16Array(rows * neighbourhoods); // row * neighbourhoods + neighbourhood

  function count(service: number, machine: number, by: number): void {
    const row = dependencyRow[service]!;
    if (row >= 0) add(row, neighbourhoodOf[machine]!, by);
  }

  function keptByShift(service: number, from: number, to: number): boolean {
    if (!hasAny) return true;
    const row = dependencyRow[service]!;
    if (row < 0) return true;
    const left = neighbourhoodOf[from]!;
    const entered = neighbourhoodOf[to]!;
    if (left === entered) return true;
    return (
      (countIn(row, left) !== 1 || !isNeeded(service, left)) &&
      (countIn(row, entered) !== 0 || hasNeeded(service, entered))
    );
  }

  function keptBySwap(s: number, t: number, a: number, b: number): boolean {
    if (!hasAny) return true;
    const rowS = dependencyRow[s]!;
    const rowT = dependencyRow[t]!;
    const atA = neighbourhoodOf[a]!;
    const atB = neighbourhoodOf[b]!;
    if (atA === atB || (rowS < 0 && rowT < 0)) return true;
    // One may need the other, so both are counted as moved before either is judged.
    if (rowS >= 0) addBetween(rowS, atA, atB);
    if (rowT >= 0) addBetween(rowT, atB, atA);
    const keeps =
      (rowS < 0 || ((countIn(rowS, atA) > 0 || !isNeeded(s, atA)) && hasNeeded(s, atB))) &&
      (rowT < 0 || ((countIn(rowT, atB) > 0 || !isNeeded(t, atB)) && hasNeeded(t, atA)));
    if (rowS >= 0) addBetween(rowS, atB, atA);
    if (rowT >= 0) addBetween(rowT, atA, atB);
    return keeps;
  }

  function isNeeded(service: number, neighbourhood: number): boolean {
    for (let k = needingStart[service]!; k < needingStart[service + 1]!; k++) {
      if (countIn(dependencyRow[needing[k]!]!, neighbourhood) > 0) return true;
    }
    return false;
  }

  function hasNeeded(service: number, neighbourhood: number): boolean {
    for (let k = dependencyStart[service]!; k < dependencyStart[service + 1]!; k++) {
      if (countIn(dependencyRow[dependency[k]!]!, neighbourhood) === 0) return false;
    }
    return true;
  }

  function countIn(row: number, neighbourhood: number): number {
    return inNeighbourhood[row * neighbourhoods + neighbourhood]!;
  }

  function add(row: number, neighbourhood: number, by: number): void {
    inNeighbourhood[row * neighbourhoods + neighbourhood]! += by;
  }

  function addBetween(row: number, from: number, to: number): void {
    add(row, from, -1);
    add(row, to, 1);
  }

  return { count, keptByShift, keptBySwap };
}
