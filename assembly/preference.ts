/* What services of a cluster would like, as the host fills it: after `allocate`, before `start`. Nothing here is a rule. */
import { machines, services } from './problem';

export let placeRow = new StaticArray<i32>(0); // per service: its row of place costs, -1 when all machines are alike to it
export let placeCost = new StaticArray<i64>(0); // row * machines + machine
// Lists in one array each, those of service s from start[s] to start[s + 1].
export let nearStart = new StaticArray<i32>(0);
export let near = new StaticArray<i32>(0); // services that it would like beside it
export let nearCost = new StaticArray<i64>(0); // negative for a gain
export let soughtStart = new StaticArray<i32>(0);
export let sought = new StaticArray<i32>(0); // services that would like it beside them
export let soughtCost = new StaticArray<i64>(0);

export function allocatePreferences(rows: i32, pairs: i32): void {
  placeRow = new StaticArray<i32>(services);
  placeCost = new StaticArray<i64>(rows * machines);
  nearStart = new StaticArray<i32>(services + 1);
  near = new StaticArray<i32>(pairs);
  nearCost = new StaticArray<i64>(pairs);
  soughtStart = new StaticArray<i32>(services + 1);
  sought = new StaticArray<i32>(pairs);
  soughtCost = new StaticArray<i64>(pairs);
}

/** What being on this machine costs by preference for the machine alone. */
export function placeCostOf(service: i32, machine: i32): i64 {
  const row = placeRow[service];
  return row < 0 ? 0 : placeCost[row * machines + machine];
}

export function placeRowAt(): usize {
  return changetype<usize>(placeRow);
}
export function placeCostAt(): usize {
  return changetype<usize>(placeCost);
}
export function nearStartAt(): usize {
  return changetype<usize>(nearStart);
}
export function nearAt(): usize {
  return changetype<usize>(near);
}
export function nearCostAt(): usize {
  return changetype<usize>(nearCost);
}
export function soughtStartAt(): usize {
  return changetype<usize>(soughtStart);
}
export function soughtAt(): usize {
  return changetype<usize>(sought);
}
export function soughtCostAt(): usize {
  return changetype<usize>(soughtCost);
}
