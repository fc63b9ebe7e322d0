/* What only a cluster has: nodes that are not open, importance, relative load, rules of and between applications, wishes. */
import { home, machines, processes, serviceOf, services, width } from './problem';

export const OPEN: i32 = 0;
export const CLOSED: i32 = 1; // keeps what it has, gets nothing new
export const DRAINING: i32 = 2;
export const GONE: i32 = 3;

export let isCluster: bool = false;
export let classes: i32 = 0; // ranks of (priority, role), 0 the most important
export let openness = new StaticArray<i32>(0); // per machine
export let capacity = new StaticArray<i32>(0); // machine * width + resource; `room` is less, by the reserve
export let mean = new StaticArray<i32>(0); // per resource: mean relative load, ppm
export let classOf = new StaticArray<i32>(0); // per process
export let pinned = new StaticArray<i32>(0); // per process, 0 or 1
export let waitCost = new StaticArray<i64>(0); // per process, of waiting, beside that of not being at home
export let homeBreach = new StaticArray<i32>(0); // per process, ppm: rules of the machine that it breaks at home
export let order = new StaticArray<i32>(0); // processes in the order in which they are first placed
export let permittedRow = new StaticArray<i32>(0); // per service: its row of permitted machines
export let permitted = new StaticArray<u32>(0); // row * words + machine / 32: open machines that rules allow
// Lists in one array each, those of service s from start[s] to start[s + 1].
export let affinityStart = new StaticArray<i32>(0);
export let affinity = new StaticArray<i32>(0); // services that it needs beside it
export let dependentStart = new StaticArray<i32>(0);
export let dependent = new StaticArray<i32>(0); // services that need it beside them
export let antiStart = new StaticArray<i32>(0);
export let anti = new StaticArray<i32>(0); // services that it bears not beside it, both ways

export let peakWeight: i64 = 0; // per ppm of the highest relative load
export let imbalanceWeight: i64 = 0; // per ppm
export let limited: i32 = 0; // columns of resources, from the first, of which capacity is a limit
export let firstLoad: i32 = 0; // column from which on relative load counts
export let baseCost: i64 = 0; // of everything at home
export let mostMoves: i32 = i32.MAX_VALUE; // of processes that could stay at home, so many may be elsewhere

/** After `allocate`. */
export function allocateCluster(classCount: i32, rows: i32, affinities: i32, antis: i32): void {
  isCluster = true;
  classes = classCount;
  openness = new StaticArray<i32>(machines);
  capacity = new StaticArray<i32>(machines * width);
  mean = new StaticArray<i32>(width);
  classOf = new StaticArray<i32>(processes);
  pinned = new StaticArray<i32>(processes);
  waitCost = new StaticArray<i64>(processes);
  homeBreach = new StaticArray<i32>(processes);
  order = new StaticArray<i32>(processes);
  permittedRow = new StaticArray<i32>(services);
  permitted = new StaticArray<u32>(rows * ((machines + 31) >> 5));
  affinityStart = new StaticArray<i32>(services + 1);
  affinity = new StaticArray<i32>(affinities);
  dependentStart = new StaticArray<i32>(services + 1);
  dependent = new StaticArray<i32>(affinities);
  antiStart = new StaticArray<i32>(services + 1);
  anti = new StaticArray<i32>(antis);
}

export function setClusterWeights(peak: i64, imbalance: i64, base: i64): void {
  peakWeight = peak;
  imbalanceWeight = imbalance;
  baseCost = base;
}

/** Demand and load may differ: then they have columns of their own, demand before load. */
export function setColumns(limitedCount: i32, firstOfLoad: i32): void {
  limited = limitedCount;
  firstLoad = firstOfLoad;
}

export function setMostMoves(count: i32): void {
  mostMoves = count;
}

/** Its machine matters to others, or theirs to it: it moves only together with them. */
export function isBound(service: i32): bool {
  return affinityStart[service] != affinityStart[service + 1] || dependentStart[service] != dependentStart[service + 1];
}

/** Whether a process has a home that still is. */
export function hasHome(process: i32): bool {
  return home[process] >= 0 && openness[home[process]] != GONE;
}

/** Whether a process could stay at home: if it moves, it moves by choice. */
export function couldStay(process: i32): bool {
  return hasHome(process) && openness[home[process]] != DRAINING;
}

/** Whether two processes may not share a machine. */
export function dislike(process: i32, other: i32): bool {
  const s = serviceOf[process];
  const t = serviceOf[other];
  if (s == t) return true;
  for (let k = antiStart[s]; k < antiStart[s + 1]; k++) if (anti[k] == t) return true;
  return false;
}
