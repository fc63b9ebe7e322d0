/* In how many locations services are, and how many they lack: in the challenge none, ever. */
import { addToShortage } from './levels';
import { locationOf, locations, rowsIn, spreadMin, spreadRow } from './problem';

let inLocation = new StaticArray<u16>(0); // row * locations + location: processes of the service there
let used = new StaticArray<i32>(0); // per row: locations
let placed = new StaticArray<i32>(0); // per row: processes that are somewhere

export function startSpread(): void {
  const rows = rowsIn(spreadRow);
  inLocation = new StaticArray<u16>(rows * locations);
  used = new StaticArray<i32>(rows);
  placed = new StaticArray<i32>(rows);
}

export function countSpread(service: i32, machine: i32, by: i32): void {
  const row = spreadRow[service];
  if (row < 0) return;
  addToShortage(-lack(service, placed[row], used[row]));
  const k = row * locations + locationOf[machine];
  const before: i32 = inLocation[k];
  inLocation[k] = <u16>(before + by);
  if (before == 0) used[row]++;
  else if (before + by == 0) used[row]--;
  placed[row] += by;
  addToShortage(lack(service, placed[row], used[row]));
}

function lack(service: i32, placedCount: i32, usedCount: i32): i32 {
  return max(0, min(placedCount, spreadMin[service]) - usedCount);
}

/** How many locations more would be lacking if a process went from one machine to another. */
export function shortageOfMove(service: i32, from: i32, to: i32): i32 {
  const row = spreadRow[service];
  if (row < 0) return 0;
  const left = locationOf[from];
  const entered = locationOf[to];
  if (left == entered) return 0;
  let after = used[row];
  if (inLocation[row * locations + left] == 1) after--;
  if (inLocation[row * locations + entered] == 0) after++;
  return after == used[row] ? 0 : lack(service, placed[row], after) - lack(service, placed[row], used[row]);
}

/** The same for one that is nowhere. */
export function shortageOfArrival(service: i32, to: i32): i32 {
  const row = spreadRow[service];
  if (row < 0) return 0;
  const after = used[row] + (inLocation[row * locations + locationOf[to]] == 0 ? 1 : 0);
  return lack(service, placed[row] + 1, after) - lack(service, placed[row], used[row]);
}
