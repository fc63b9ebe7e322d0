/* Dependencies of the challenge: where a process of one service is, one of another must be in the same neighbourhood. */
import {
  dependency,
  dependencyRow,
  dependencyStart,
  needing,
  needingStart,
  neighbourhoodOf,
  neighbourhoods,
} from './challenge';
import { rowsIn } from './problem';

let inNeighbourhood = new StaticArray<u16>(0); // row * neighbourhoods + neighbourhood: processes of the service there
let hasAny: bool = false;

export function startDependencies(): void {
  const rows = rowsIn(dependencyRow);
  hasAny = rows > 0;
  inNeighbourhood = new StaticArray<u16>(rows * neighbourhoods);
}

export function countDependency(service: i32, machine: i32, by: i32): void {
  if (hasAny && dependencyRow[service] >= 0) count(dependencyRow[service], neighbourhoodOf[machine], by);
}

function count(row: i32, neighbourhood: i32, by: i32): void {
  inNeighbourhood[row * neighbourhoods + neighbourhood] += <u16>by;
}

function countIn(row: i32, neighbourhood: i32): i32 {
  return inNeighbourhood[row * neighbourhoods + neighbourhood];
}

export function shiftKeepsDependencies(service: i32, from: i32, to: i32): bool {
  if (!hasAny) return true;
  const row = dependencyRow[service];
  if (row < 0) return true;
  const left = neighbourhoodOf[from];
  const entered = neighbourhoodOf[to];
  if (left == entered) return true;
  return (
    (countIn(row, left) != 1 || !isNeeded(service, left)) && (countIn(row, entered) != 0 || hasNeeded(service, entered))
  );
}

function isNeeded(service: i32, neighbourhood: i32): bool {
  for (let k = needingStart[service]; k < needingStart[service + 1]; k++) {
    if (countIn(dependencyRow[needing[k]], neighbourhood) > 0) return true;
  }
  return false;
}

function hasNeeded(service: i32, neighbourhood: i32): bool {
  for (let k = dependencyStart[service]; k < dependencyStart[service + 1]; k++) {
    if (countIn(dependencyRow[dependency[k]], neighbourhood) == 0) return false;
  }
  return true;
}

export function swapKeepsDependencies(s: i32, t: i32, a: i32, b: i32): bool {
  if (!hasAny) return true;
  const rowS = dependencyRow[s];
  const rowT = dependencyRow[t];
  const atA = neighbourhoodOf[a];
  const atB = neighbourhoodOf[b];
  if (atA == atB || (rowS < 0 && rowT < 0)) return true;
  // One may need the other, so both are counted as moved before either is judged.
  if (rowS >= 0) countBetween(rowS, atA, atB);
  if (rowT >= 0) countBetween(rowT, atB, atA);
  const keeps =
    (rowS < 0 || ((countIn(rowS, atA) > 0 || !isNeeded(s, atA)) && hasNeeded(s, atB))) &&
    (rowT < 0 || ((countIn(rowT, atB) > 0 || !isNeeded(t, atB)) && hasNeeded(t, atA)));
  if (rowS >= 0) countBetween(rowS, atB, atA);
  if (rowT >= 0) countBetween(rowT, atA, atB);
  return keeps;
}

function countBetween(row: i32, from: i32, to: i32): void {
  count(row, from, -1);
  count(row, to, 1);
}
