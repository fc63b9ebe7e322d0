/*
 * Whether an assignment keeps every constraint of the challenge, judged from the model alone. Shares no code with the solver
 * or cost.ts, so that an error in either cannot hide here.
 */
import type { RoadefModel } from './model.ts';

export interface RoadefViolation {
  readonly rule: 'length' | 'machine' | 'capacity' | 'transient' | 'conflict' | 'spread' | 'dependency';
  readonly text: string;
}

/** At most `most` of the violations of an assignment. */
export function roadefViolations(
  model: RoadefModel,
  initial: ArrayLike<number>,
  machineOf: ArrayLike<number>,
  most = 20,
): readonly RoadefViolation[] {
  const found: RoadefViolation[] = [];
  const add = (rule: RoadefViolation['rule'], text: string): void => {
    if (found.length < most) found.push({ rule, text });
  };
  if (machineOf.length !== model.processes) {
    add('length', `${machineOf.length} machines for ${model.processes} processes`);
    return found;
  }
  for (let p = 0; p < model.processes; p++) {
    if (!(Number.isInteger(machineOf[p]) && machineOf[p]! >= 0 && machineOf[p]! < model.machines)) {
      add('machine', `process ${p} is on ${machineOf[p]}, which is no machine`);
    }
  }
  if (found.length > 0) return found;
  checkRoom(model, initial, machineOf, add);
  checkServices(model, machineOf, add);
  return found;
}

type Add = (rule: RoadefViolation['rule'], text: string) => void;

function checkRoom(model: RoadefModel, initial: ArrayLike<number>, machineOf: ArrayLike<number>, add: Add): void {
  const here: number[][] = Array.from({ length: model.machines }, () => []);
  const left: number[][] = Array.from({ length: model.machines }, () => []);
  for (let p = 0; p < model.processes; p++) {
    here[machineOf[p]!]!.push(p);
    if (machineOf[p] !== initial[p]) left[initial[p]!]!.push(p);
  }
  const resources = model.resources.length;
  for (let m = 0; m < model.machines; m++) {
    for (const [r, { transient }] of model.resources.entries()) {
      const capacity = model.capacity[m * resources + r]!;
      const needed = (processes: readonly number[]) =>
        processes.reduce((sum, p) => sum + model.need[p * resources + r]!, 0);
      const used = needed(here[m]!);
      const kept = transient ? needed(left[m]!) : 0;
      if (used > capacity) add('capacity', `machine ${m} has ${capacity} of resource ${r}, ${used} used`);
      else if (used + kept > capacity) {
        add('transient', `machine ${m} has ${capacity} of resource ${r}, ${used} used and ${kept} kept for what left`);
      }
    }
  }
}

function checkServices(model: RoadefModel, machineOf: ArrayLike<number>, add: Add): void {
  const machines: Set<number>[] = model.services.map(() => new Set());
  for (let p = 0; p < model.processes; p++) {
    const here = machines[model.service[p]!]!;
    if (here.has(machineOf[p]!)) {
      add('conflict', `service ${model.service[p]} has two processes on machine ${machineOf[p]}, one is ${p}`);
    }
    here.add(machineOf[p]!);
  }
  const neighbourhoods = machines.map((set) => new Set([...set].map((m) => model.neighbourhood[m]!)));
  for (const [s, { spreadMin, dependsOn }] of model.services.entries()) {
    const locations = new Set([...machines[s]!].map((m) => model.location[m]!));
    if (locations.size < spreadMin) {
      add('spread', `service ${s} is in ${locations.size} locations and needs ${spreadMin}`);
    }
    for (const other of dependsOn) {
      for (const neighbourhood of neighbourhoods[s]!) {
        if (neighbourhoods[other]!.has(neighbourhood)) continue;
        add('dependency', `service ${s} needs service ${other} in neighbourhood ${neighbourhood}`);
      }
    }
  }
}
