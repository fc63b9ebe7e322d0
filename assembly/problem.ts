/*
 * The problem as the host fills it, in the words of the machine reassignment problem: processes of services on machines. In a
 * cluster these are instances of applications on nodes, a location is a failure domain. Here is what both kinds of problem
 * have; challenge.ts and cluster.ts have the rest. Indices and integers only; nothing changes during a search, except `room` and
 * the machine in `record`, which the search keeps up to date.
 *
 * Rows of amounts are padded with zeros to `width` resources, a multiple of four, so that one instruction handles four.
 *
 *   array   length              row
 *   room    M * 3 * width       machine: what is free | what is used above safety, or less than 0 | what is spare for arrivals
 *   record  (P + 2) * (width + 4)
 *                               process: what it needs | service, home, machine, row of conflicts; then NOBODY, who
 *                               needs nothing and stands in where a shift is taken for a swap, and PAIR, two processes
 *                               taken for one. All that most proposals ask of a process is in one or two cache lines.
 */
export let machines: i32 = 0;
export let processes: i32 = 0;
export let services: i32 = 0;
export let width: i32 = 0; // resources in a row, padded
export let rowBytes: usize = 0;
export let locations: i32 = 0;

export let room = new StaticArray<i32>(0);
export let record = new StaticArray<i32>(0);
export let recordWidth: i32 = 0;
export let locationOf = new StaticArray<i32>(0); // per machine
export let serviceOf = new StaticArray<i32>(0); // per process
export let home = new StaticArray<i32>(0); // per process: its machine at first, -1 for none
export let leaveCost = new StaticArray<i64>(0); // per process, of not being at home
// Rows per service, -1 where a rule does not concern it.
export let conflictRow = new StaticArray<i32>(0); // it matters on which machines it is
export let spreadRow = new StaticArray<i32>(0); // it should be in several locations
export let spreadMin = new StaticArray<i32>(0); // in so many

/** Sizes first, then the host fills the arrays, then the search starts. Once per wasm instance. */
export function allocate(
  machineCount: i32,
  processCount: i32,
  serviceCount: i32,
  paddedResources: i32,
  locationCount: i32,
): void {
  machines = machineCount;
  processes = processCount;
  services = serviceCount;
  width = paddedResources;
  rowBytes = 4 * width;
  locations = locationCount;
  room = new StaticArray<i32>(machines * 3 * width);
  recordWidth = width + 4;
  record = new StaticArray<i32>((processes + 2) * recordWidth);
  locationOf = new StaticArray<i32>(machines);
  serviceOf = new StaticArray<i32>(processes);
  home = new StaticArray<i32>(processes);
  leaveCost = new StaticArray<i64>(processes);
  conflictRow = new StaticArray<i32>(services);
  spreadRow = new StaticArray<i32>(services);
  spreadMin = new StaticArray<i32>(services);
}

/** How many rows an array of row numbers uses. */
export function rowsIn(rowOf: StaticArray<i32>): i32 {
  let rows = 0;
  for (let k = 0; k < rowOf.length; k++) rows = max(rows, rowOf[k] + 1);
  return rows;
}
