/*
 * The general problem as the host fills it: processes of services on machines, as in the Google/ROADEF 2012 challenge.
 * Indices and integers only; nothing here changes during a search, except `room`, which the search keeps up to date.
 *
 * Rows of amounts are padded with zeros to `width` resources, a multiple of four, so that one instruction handles four.
 *
 *   array   length              row
 *   room    M * 3 * width       machine: what is free | what is used above safety, or less than 0 | what is spare for arrivals
 *   record  (P + 2) * (width + 4)
 *                               process: what it needs | service, home, machine, row of conflicts; then NOBODY, who
 *                               needs nothing, and PAIR, two processes taken for one. They are numbered by size, the largest first. All that most proposals ask of a process is in one or two cache lines.
 */
export let machines: i32 = 0;
export let processes: i32 = 0; // also the index of NOBODY, who stands in where a shift is taken for a swap
export let services: i32 = 0;
export let width: i32 = 0; // resources in a row, padded
export let rowBytes: usize = 0;
export let locations: i32 = 0;
export let neighbourhoods: i32 = 0;
export let balances: i32 = 0;
export let spreadRows: i32 = 0;
export let dependencyRows: i32 = 0;
export let conflictRows: i32 = 0;
export let conflictWords: i32 = 0; // 32-bit words of a row of machines

export let room = new StaticArray<i32>(0);
export let record = new StaticArray<i32>(0);
export let recordWidth: i32 = 0;
export let transientMask = new StaticArray<i32>(0); // width: -1 where the resource is transient
export let loadWeight = new StaticArray<i32>(0); // width
export let isTransient: bool = false; // whether any resource is
export let locationOf = new StaticArray<i32>(0); // per machine
export let neighbourhoodOf = new StaticArray<i32>(0); // per machine
export let serviceOf = new StaticArray<i32>(0); // per process
export let home = new StaticArray<i32>(0); // per process: its machine at first
export let leaveCost = new StaticArray<i64>(0); // per process, of not being at home
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
// Rows per service, -1 where a rule does not concern it.
export let conflictRow = new StaticArray<i32>(0); // with two or more processes
export let spreadRow = new StaticArray<i32>(0); // that must be in two or more locations
export let spreadMin = new StaticArray<i32>(0);
export let dependencyRow = new StaticArray<i32>(0); // that depends on another or another on it
// Lists in one array each, those of service s from start[s] to start[s + 1].
export let dependencyStart = new StaticArray<i32>(0);
export let dependency = new StaticArray<i32>(0); // services that it needs in its neighbourhoods
export let dependentStart = new StaticArray<i32>(0);
export let dependent = new StaticArray<i32>(0); // services that need it in theirs

/** Sizes first, then the host fills the arrays, then `startGeneral`. Once per wasm instance. */
export function allocateGeneral(
  machineCount: i32,
  processCount: i32,
  serviceCount: i32,
  paddedResources: i32,
  locationCount: i32,
  neighbourhoodCount: i32,
  balanceCount: i32,
  dependencies: i32,
  hasMatrix: bool,
): void {
  machines = machineCount;
  processes = processCount;
  services = serviceCount;
  width = paddedResources;
  rowBytes = 4 * width;
  locations = locationCount;
  neighbourhoods = neighbourhoodCount;
  balances = balanceCount;
  conflictWords = (machines + 31) >> 5;
  room = new StaticArray<i32>(machines * 3 * width);
  recordWidth = width + 4;
  record = new StaticArray<i32>((processes + 2) * recordWidth);
  transientMask = new StaticArray<i32>(width);
  loadWeight = new StaticArray<i32>(width);
  locationOf = new StaticArray<i32>(machines);
  neighbourhoodOf = new StaticArray<i32>(machines);
  serviceOf = new StaticArray<i32>(processes);
  home = new StaticArray<i32>(processes);
  leaveCost = new StaticArray<i64>(processes);
  moveCost = new StaticArray<i32>(hasMatrix ? machines * machines : 0);
  balanceFirst = new StaticArray<i32>(balances);
  balanceSecond = new StaticArray<i32>(balances);
  balanceTarget = new StaticArray<i64>(balances);
  balanceWeight = new StaticArray<i64>(balances);
  conflictRow = new StaticArray<i32>(services);
  spreadRow = new StaticArray<i32>(services);
  spreadMin = new StaticArray<i32>(services);
  dependencyRow = new StaticArray<i32>(services);
  dependencyStart = new StaticArray<i32>(services + 1);
  dependency = new StaticArray<i32>(dependencies);
  dependentStart = new StaticArray<i32>(services + 1);
  dependent = new StaticArray<i32>(dependencies);
}

export function setGeneralWeights(near: i64, within: i64, far: i64, matrix: i64, serviceMove: i64): void {
  costNear = near;
  costWithin = within;
  costFar = far;
  moveWeight = matrix;
  serviceMoveWeight = serviceMove;
}

/** Counts the rows that the services use, and finds which rules there are. */
export function surveyGeneral(): void {
  for (let s = 0; s < services; s++) {
    conflictRows = max(conflictRows, conflictRow[s] + 1);
    spreadRows = max(spreadRows, spreadRow[s] + 1);
    dependencyRows = max(dependencyRows, dependencyRow[s] + 1);
  }
  for (let r = 0; r < width; r++) if (transientMask[r] != 0) isTransient = true;
}

/** What it costs, weighted, that a process of one machine is on another. */
export function distanceCost(from: i32, to: i32): i64 {
  if (moveCost.length > 0) return moveWeight * <i64>(<u32>moveCost[from * machines + to]);
  if (from == to) return 0;
  if (locationOf[from] == locationOf[to]) return costNear;
  return neighbourhoodOf[from] == neighbourhoodOf[to] ? costWithin : costFar;
}
