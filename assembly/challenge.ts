/* What only the challenge's problem has: transient resources, linear load cost, balance, distances, dependencies. */
import { locationOf, machines, services, width } from './problem';

export let neighbourhoods: i32 = 0;
export let balances: i32 = 0;
export let hasLinearLoad: bool = false;
export let isTransient: bool = false; // whether any resource is
export let transientMask = new StaticArray<i32>(0); // width: -1 where the resource is transient
export let loadWeight = new StaticArray<i32>(0); // width
export let neighbourhoodOf = new StaticArray<i32>(0); // per machine
export let moveCost = new StaticArray<i32>(0); // from * machines + to; empty when distance says it all
export let moveWeight: i64 = 0; // of what moveCost holds
export let costNear: i64 = 0; // of a move within a location, weighted
export let costWithin: i64 = 0; // within a neighbourhood
export let costFar: i64 = 0;
export let serviceMoveWeight: i64 = 0; // per process of the service of which most moved
export let balanceFirst = new StaticArray<i32>(0);
export let balanceSecond = new StaticArray<i32>(0);
export let balanceTarget = new StaticArray<i64>(0);
export let balanceWeight = new StaticArray<i64>(0);
export let dependencyRow = new StaticArray<i32>(0); // per service: -1 unless it depends on another or another on it
// Lists in one array each, those of service s from start[s] to start[s + 1].
export let dependencyStart = new StaticArray<i32>(0);
export let dependency = new StaticArray<i32>(0); // services that it needs in its neighbourhoods
export let needingStart = new StaticArray<i32>(0);
export let needing = new StaticArray<i32>(0); // services that need it in theirs

/** After `allocate`. */
export function allocateChallenge(
  neighbourhoodCount: i32,
  balanceCount: i32,
  dependencies: i32,
  hasMatrix: bool,
): void {
  neighbourhoods = neighbourhoodCount;
  balances = balanceCount;
  hasLinearLoad = true;
  transientMask = new StaticArray<i32>(width);
  loadWeight = new StaticArray<i32>(width);
  neighbourhoodOf = new StaticArray<i32>(machines);
  moveCost = new StaticArray<i32>(hasMatrix ? machines * machines : 0);
  balanceFirst = new StaticArray<i32>(balances);
  balanceSecond = new StaticArray<i32>(balances);
  balanceTarget = new StaticArray<i64>(balances);
  balanceWeight = new StaticArray<i64>(balances);
  dependencyRow = new StaticArray<i32>(services);
  dependencyStart = new StaticArray<i32>(services + 1);
  dependency = new StaticArray<i32>(dependencies);
  needingStart = new StaticArray<i32>(services + 1);
  needing = new StaticArray<i32>(dependencies);
}

export function setChallengeWeights(near: i64, within: i64, far: i64, matrix: i64, serviceMove: i64): void {
  costNear = near;
  costWithin = within;
  costFar = far;
  moveWeight = matrix;
  serviceMoveWeight = serviceMove;
}

/** Finds which rules there are, once the host has filled the arrays. */
export function surveyChallenge(): void {
  for (let r = 0; r < transientMask.length; r++) if (transientMask[r] != 0) isTransient = true;
}

/** What it costs, weighted, that a process of one machine is on another. */
export function distanceCost(from: i32, to: i32): i64 {
  if (moveCost.length > 0) return moveWeight * <i64>(<u32>moveCost[from * machines + to]);
  if (from == to) return 0;
  if (locationOf[from] == locationOf[to]) return costNear;
  return neighbourhoodOf[from] == neighbourhoodOf[to] ? costWithin : costFar;
}

export function balanceCost(balance: i32, first: i32, second: i32): i64 {
  return balanceWeight[balance] * max(<i64>0, balanceTarget[balance] * <i64>first - <i64>second);
}
