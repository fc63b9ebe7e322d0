/* The processes of each service. In the challenge two of them may always change places, as far as rules of services go. */
import { processes, serviceOf, services } from './problem';
import { randomBelow } from './random';

export let memberStart = new StaticArray<i32>(0); // those of service s from memberStart[s] to memberStart[s + 1]
export let member = new StaticArray<i32>(0);

export function startMembers(): void {
  memberStart = new StaticArray<i32>(services + 1);
  member = new StaticArray<i32>(processes);
  for (let p = 0; p < processes; p++) memberStart[serviceOf[p] + 1]++;
  for (let s = 0; s < services; s++) memberStart[s + 1] += memberStart[s];
  const next = new StaticArray<i32>(services);
  for (let p = 0; p < processes; p++) member[memberStart[serviceOf[p]] + next[serviceOf[p]]++] = p;
}

/** Another process of the same service, by chance; -1 where there is none. */
export function randomKin(process: i32): i32 {
  const first = memberStart[serviceOf[process]];
  const count = memberStart[serviceOf[process] + 1] - first;
  if (count < 2) return -1;
  const k = randomBelow(count - 1);
  const other = member[first + k];
  return other == process ? member[first + count - 1] : other;
}
