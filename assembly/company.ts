/* In a cluster: who needs or likes whom on the same machine. All of it is made and undone, never judged before. */
import { affinity, affinityStart, anti, antiStart, dependent, dependentStart, isBound } from './cluster';
import { beside, isDoubled, runs } from './conflicts';
import { machineOf } from './lists';
import { PPM } from './load';
import { member, memberStart } from './members';
import { near, nearCost, nearStart, sought, soughtCost, soughtStart } from './preference';
import { home, serviceOf, services } from './problem';

let special = new StaticArray<bool>(0); // per service

/** Finds the services of which a move changes more than can be judged from its two machines. */
export function startCompany(): void {
  special = new StaticArray<bool>(services);
  for (let s = 0; s < services; s++) {
    special[s] = isBound(s) || isDoubled(s) || nearStart[s] != nearStart[s + 1] || soughtStart[s] != soughtStart[s + 1];
  }
}

export function isSpecial(service: i32): bool {
  return special[service];
}

/** Whether a process at home may lack this service beside it, because it lacked it before. */
export function lackedAtHome(process: i32, service: i32): bool {
  const machine = machineOf[process];
  if (home[process] != machine) return false;
  for (let k = memberStart[service]; k < memberStart[service + 1]; k++) if (home[member[k]] == machine) return false;
  return true;
}

/** Breaches between the process, which is on the machine, and others there: ppm. */
export function pairBreach(process: i32, machine: i32): i64 {
  const s = serviceOf[process];
  let count = isDoubled(s) ? beside(s, machine) - 1 : 0;
  for (let k = antiStart[s]; k < antiStart[s + 1]; k++) count += beside(anti[k], machine);
  for (let k = affinityStart[s]; k < affinityStart[s + 1]; k++) if (!runs(affinity[k], machine)) count++;
  if (dependentStart[s] != dependentStart[s + 1] && beside(s, machine) == 1)
    for (let k = dependentStart[s]; k < dependentStart[s + 1]; k++) count -= beside(dependent[k], machine);
  return <i64>count * PPM;
}

/** What the process, which is on the machine, makes by wishes for company, its own and those of others for it. */
export function companyCost(process: i32, machine: i32): i64 {
  const s = serviceOf[process];
  let cost: i64 = 0;
  for (let k = nearStart[s]; k < nearStart[s + 1]; k++) if (runs(near[k], machine)) cost += nearCost[k];
  if (soughtStart[s] != soughtStart[s + 1] && beside(s, machine) == 1)
    for (let k = soughtStart[s]; k < soughtStart[s + 1]; k++) cost += soughtCost[k] * beside(sought[k], machine);
  return cost;
}
