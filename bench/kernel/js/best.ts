/** The best placement so far, kept up to date with what changed since: assembly/best.ts. */

export function createBest(present: Int32Array, presentCost: number) {
  const machineOf = present.slice();
  const changed = new Int32Array(present.length);
  const isChanged = new Uint8Array(present.length);
  let changedCount = 0;
  let cost = presentCost;

  function noteChange(process: number): void {
    if (isChanged[process] !== 0) return;
    isChanged[process] = 1;
    changed[changedCount++] = process;
  }

  /** Takes the present placement for the best if it is. */
  function keepIfBetter(newCost: number): void {
    if (newCost >= cost) return;
    for (let k = 0; k < changedCount; k++) {
      const p = changed[k]!;
      machineOf[p] = present[p]!;
      isChanged[p] = 0;
    }
    changedCount = 0;
    cost = newCost;
  }

  return { machineOf, cost: () => cost, noteChange, keepIfBetter };
}
