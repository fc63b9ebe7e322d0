/* Processes of one service: two of them may always change places as far as rules of services go. */
import { processes, serviceOf, services } from './problem';
import { randomBelow } from './random';

let start = new StaticArray<i32>(0); // those of service s from start[s] to start[s + 1]
let kin = new StaticArray<i32>(0);

export function startKin(): void {
  start = new StaticArray<i32>(services + 1);
  kin = new StaticArray<i32>(processes);
  for (let p = 0; p < processes; p++) start[serviceOf[p] + 1]++;
  for (let s = 0; s < services; s++) start[s + 1] += start[s];
  const next = new StaticArray<i32>(services);
  for (let p = 0; p < processes; p++) kin[start[serviceOf[p]] + next[serviceOf[p]]++] = p;
}

/** Another process of the same service, by chance; -1 where there is none. */
export function randomKin(process: i32): i32 {
  const first = start[serviceOf[process]];
  const count = start[serviceOf[process] + 1] - first;
  if (count < 2) return -1;
  const k = randomBelow(count - 1);
  const other = kin[first + k];
  return other == process ? kin[first + count - 1] : other;
}
