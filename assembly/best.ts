/*
 * The best placement so far, as a copy that is brought up to date with what changed since: a search at high heat improves on
 * its best seldom, one at low heat often but by a few changes each time.
 */
export let best = new StaticArray<i32>(0); // per instance: where it is in the best placement
let changed = new StaticArray<i32>(0); // instances that may be elsewhere than in the best
let isChanged = new StaticArray<u8>(0);
export let changedCount: i32 = 0;

export function allocateBest(instances: i32): void {
  best = new StaticArray<i32>(instances);
  changed = new StaticArray<i32>(instances);
  isChanged = new StaticArray<u8>(instances);
  changedCount = 0;
}

export function noteChange(instance: i32): void {
  if (isChanged[instance]) return;
  isChanged[instance] = 1;
  changed[changedCount++] = instance;
}

/** Takes the present placement for the best. */
export function copyToBest(present: StaticArray<i32>): void {
  for (let k = 0; k < changedCount; k++) {
    best[changed[k]] = present[changed[k]];
    isChanged[changed[k]] = 0;
  }
  changedCount = 0;
}

export function changedAt(k: i32): i32 {
  return changed[k];
}

/** Once all that changed is back where it was in the best placement. */
export function forgetChanges(): void {
  for (let k = 0; k < changedCount; k++) isChanged[changed[k]] = 0;
  changedCount = 0;
}
