/*
 * The search of the general problem: annealing over shifts, swaps, chains and splits, with a taste for going home. The host
 * says how hot and how long; a run in slices gives the same as a run at once.
 */
import { best, changedAt, changedCount, copyToBest, forgetChanges } from './best';
import { tryChain, trySplit } from './general-chains';
import { tryShift, trySwap } from './general-moves';
import { home, isTransient, machines, processes } from './general-problem';
import { isWithinReach, randomWithinReach } from './general-reach';
import {
  awayCount,
  countOn,
  homeIn,
  machineIn,
  machineOf,
  onMachine,
  recordOf,
  relocate,
  slots,
  startState,
  total,
} from './general-state';
import { cool } from './heat';
import { draw, randomBelow, seedRandom } from './random';

// Shares of 256.
let shiftShare: i32 = 26; // of steps that are shifts; the others are swaps
let homeShift: i32 = 128; // of shifts that go home
let homeSwap: i32 = 128; // of swaps in which one goes home
let chainShare: i32 = 0; // of steps that are chains
let alikeShare: i32 = 0; // of other swaps that are with one of like size
let splitShare: i32 = 0; // of steps that take two for one
let bestTotal: i64 = 0;

export function startGeneral(seed: u32): void {
  seedRandom(seed);
  startState();
  for (let p = 0; p < processes; p++) best[p] = home[p];
  bestTotal = total;
}

export function setShares(shifts: i32, shiftsHome: i32, swapsHome: i32, chains: i32, alike: i32, splits: i32): void {
  splitShare = splits;
  alikeShare = alike;
  chainShare = chains;
  shiftShare = shifts;
  homeShift = shiftsHome;
  homeSwap = swapsHome;
}

export function bestGeneral(): usize {
  return changetype<usize>(best);
}
export function bestGeneralCost(): f64 {
  return <f64>bestTotal;
}
export function presentGeneral(): usize {
  return changetype<usize>(machineOf);
}
export function presentGeneralCost(): f64 {
  return <f64>total;
}
export function movedGeneral(): i32 {
  return awayCount;
}

/** Takes so many steps at the heat that was set. */
export function anneal(steps: i32): void {
  if (machines < 2 || processes == 0) return;
  for (let k = 0; k < steps; k++) {
    if (step() && total < bestTotal) {
      bestTotal = total;
      copyToBest(machineOf);
    }
    cool(1);
  }
}

function step(): bool {
  const chance = draw();
  const p = randomBelow(processes);
  const record = recordOf(p);
  const at = homeIn(record);
  const homeward = <i32>((chance >> 8) & 255);
  if (<i32>(chance & 255) < shiftShare) return tryShift(p, homeward < homeShift ? at : randomWithinReach(p));
  if (<i32>((chance >> 16) & 255) < chainShare) {
    return tryChain(p, homeward < homeShift ? at : randomWithinReach(p));
  }
  if (<i32>((chance >> 16) & 255) < chainShare + splitShare) return trySplit(p, randomWithinReach(p));
  if (homeward < homeSwap && machineIn(record) != at) return swapWithOneOn(p, at);
  if (<i32>(chance >> 24) < alikeShare) return swapWithinReach(p, likeSized(p));
  return isTransient ? swapWithOneOn(p, randomWithinReach(p)) : swapWithinReach(p, randomBelow(processes));
}

function swapWithOneOn(p: i32, machine: i32): bool {
  const count = countOn[machine];
  if (count == 0) return false;
  return swapWithinReach(p, onMachine[machine * slots + randomBelow(count)]);
}

function swapWithinReach(p: i32, q: i32): bool {
  return isWithinReach(p, machineOf[q]) && isWithinReach(q, machineOf[p]) && trySwap(p, q);
}

/**
 * A process near in size, more often nearer: such swaps leave both machines about as full as they are. The host numbers
 * processes by size.
 */
function likeSized(process: i32): i32 {
  const chance = draw();
  const reach = 1 + (randomBelow(processes) >> (chance & 7));
  const other = process + ((chance & 8) == 0 ? reach : -reach);
  return other < 0 ? other + processes : other >= processes ? other - processes : other;
}

/** Goes back to the best placement. */
export function returnToBestGeneral(): void {
  for (let k = 0; k < changedCount; k++) {
    const p = changedAt(k);
    if (machineOf[p] != best[p]) relocate(p, best[p]);
  }
  forgetChanges();
}

/** Makes the placement that the host wrote over `best` the present one; it must keep every rule. */
export function adoptGeneral(): void {
  for (let p = 0; p < processes; p++) if (machineOf[p] != best[p]) relocate(p, best[p]);
  forgetChanges();
  bestTotal = total;
}
