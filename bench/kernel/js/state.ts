/** Where every process is, and with it everything that is counted: the challenge's part of assembly/state.ts. */
import type { KernelProblem } from '../problem.ts';
import { createBest } from './best.ts';
import { createConflicts } from './conflicts.ts';
import { createDependencies } from './dependencies.ts';
import { createDistances } from './distances.ts';
import { createLists } from './lists.ts';
import { createLoad } from './load.ts';
import { createMoved } from './moved.ts';
import type { Random } from './random.ts';
import { createReach } from './reach.ts';
import { createRoom } from './room.ts';
import { createSpread } from './spread.ts';

export type State = ReturnType<typeof createState>;

/** With everything at home. */
export function createState(problem: KernelProblem, random: Random) {
  const { processes, machines, home, serviceOf, leaveCost } = problem;
  const lists = createLists(problem);
  const room = createRoom(problem);
  const load = createLoad(problem, room);
  const conflicts = createConflicts(problem);
  const spread = createSpread(problem);
  const dependencies = createDependencies(problem);
  const distanceCost = createDistances(problem);
  const moved = createMoved(problem);
  let total = 0; // exact: integers below 2^53
  for (let p = 0; p < processes; p++) count(p, home[p]!, 1);
  const reach = createReach(problem, room.room, random);
  for (let m = 0; m < machines; m++) total += load.setMachineCost(m, load.costWith(m, room.nobody, room.nobody));
  room.keepHomes();
  const best = createBest(lists.machineOf, total);

  function count(process: number, machine: number, by: number): void {
    const s = serviceOf[process]!;
    room.add(process, machine, by);
    if (by > 0) {
      lists.enter(process, machine);
      conflicts.mark(s, machine);
    } else {
      lists.leave(process, machine);
      conflicts.unmark(s, machine);
    }
    spread.count(s, machine, by);
    dependencies.count(s, machine, by);
  }

  function take(process: number): void {
    const from = lists.machineOf[process]!;
    const at = home[process]!;
    best.noteChange(process);
    count(process, from, -1);
    if (from === at) leaveHome(process, 1);
    total -= distanceCost(at, from);
  }

  function put(process: number, to: number): void {
    const at = home[process]!;
    best.noteChange(process);
    count(process, to, 1);
    if (to === at) leaveHome(process, -1);
    total += distanceCost(at, to);
  }

  function leaveHome(process: number, by: number): void {
    total += by * leaveCost[process]! + moved.leaveHome(serviceOf[process]!, by);
  }

  /** Puts a process on another machine, where it is known already what the loads of the two machines then cost. */
  function shift(process: number, to: number, costTo: number, costFrom: number): void {
    const from = lists.machineOf[process]!;
    take(process);
    put(process, to);
    total += load.setMachineCost(from, costFrom) + load.setMachineCost(to, costTo);
  }

  /** Two processes change places, where it is known already what the loads of their new machines then cost. */
  function exchange(p: number, q: number, costOfP: number, costOfQ: number): void {
    const a = lists.machineOf[p]!;
    const b = lists.machineOf[q]!;
    take(p);
    take(q);
    put(p, b);
    put(q, a);
    total += load.setMachineCost(a, costOfQ) + load.setMachineCost(b, costOfP);
  }

  return {
    ...{ problem, lists, room, load, conflicts, spread, dependencies, distanceCost, moved, reach, best },
    ...{ total: () => total, shift, exchange },
  };
}
