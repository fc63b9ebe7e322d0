import { type Outcome, runSchedule } from './run.ts';
import type { Fault, Schedule } from './schedule.ts';

/** The same violation from as few and as short faults as can be found by leaving them out one by one and halving them. */
export function shrink(schedule: Schedule, run: (schedule: Schedule) => Outcome = runSchedule): Schedule {
  const oracle = run(schedule).violation?.oracle;
  if (oracle === undefined) return schedule;
  const stillFails = (next: Schedule) => run(next).violation?.oracle === oracle;
  let least = schedule;
  for (let before: Schedule | null = null; before !== least; ) {
    before = least;
    for (let k = least.faults.length - 1; k >= 0; k--) {
      const next = { ...least, faults: least.faults.filter((_, other) => other !== k) };
      if (stillFails(next)) least = next;
    }
    for (let k = 0; k < least.faults.length; k++) {
      const shorter = replaced(least, k, (fault) => ({ ...fault, forMs: Math.floor(fault.forMs / 2) }));
      if (least.faults[k]!.forMs > 200 && stillFails(shorter)) least = shorter;
    }
  }
  return least;
}

function replaced(schedule: Schedule, k: number, change: (fault: Fault) => Fault): Schedule {
  return { ...schedule, faults: schedule.faults.map((fault, other) => (other === k ? change(fault) : fault)) };
}
