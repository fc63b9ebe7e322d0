/*
 * The search: annealing over shifts, swaps, chains and splits, with a taste for going home; in a cluster also changes of many at
 * once. A run in slices gives the same as a run at once.
 */
import { best, changedAt, changedCount, forgetChanges, isBest, keepAllAsBest, keepAsBest } from './best';
import { tryChain, trySplit } from './chains';
import { isTransient } from './challenge';
import { isCluster, pinned } from './cluster';
import { isSpecial } from './company';
import { isWhole, startGrain, weighed, weighLargest } from './grain';
import { cool } from './heat';
import { resetWork, work } from './insert';
import { away, awayCount, countOn, machineOf, processOn, waitCount } from './lists';
import { cost, fullest } from './load';
import { randomKin } from './members';
import { tryShift, trySwap } from './moves';
import { home, machines, processes, serviceOf } from './problem';
import { draw, randomBelow, seedRandom } from './random';
import { isWithinReach, randomWithinReach } from './reach';
import { moveSpecial, placeFirst, randomOn, rescue, ruin } from './repair';
import { fits, recordOf } from './room';
import { trySqueeze } from './squeeze';
import { place, remove, startState } from './state';

const LOOKED_AT: i32 = 16; // on a machine for one to swap with, at most

// Shares of 256.
let shiftShare: i32 = 26; // of steps that are shifts; the others are swaps
let homeShift: i32 = 128; // of shifts that go home
let homeSwap: i32 = 128; // of swaps in which one goes home
let chainShare: i32 = 0; // of steps that are chains
let alikeShare: i32 = 0; // of other swaps that are with one of like size
let splitShare: i32 = 0; // of steps that take two for one
let kinShare: i32 = 0; // of other swaps that are with one of the same service
let squeezeShare: i32 = 0; // of steps that put one where there is no room and push others off
// Of a cluster.
let rescueShare: i32 = 0; // of steps, while any wait, that try to place one of them
let ruinShare: i32 = 0; // of steps that take a few out and put them back
let fullestShare: i32 = 0; // of steps that begin on the machine of the highest load
let awayShare: i32 = 0; // of steps that begin with one that is away from home

/** Puts everything in its first place; after the host has filled the problem. */
export function start(seed: u32): void {
  seedRandom(seed);
  startState();
  startGrain();
  keepAllAsBest(machineOf, cost());
  if (!isCluster) return;
  placeFirst();
  keepAsBestIfItIs();
}

export function setShares(
  shifts: i32,
  shiftsHome: i32,
  swapsHome: i32,
  chains: i32,
  alike: i32,
  splits: i32,
  squeezes: i32,
  kin: i32,
): void {
  shiftShare = shifts;
  homeShift = shiftsHome;
  homeSwap = swapsHome;
  chainShare = chains;
  alikeShare = alike;
  splitShare = splits;
  squeezeShare = squeezes;
  kinShare = kin;
}

export function setClusterShares(rescues: i32, ruins: i32, fromFullest: i32, fromAway: i32): void {
  rescueShare = rescues;
  ruinShare = ruins;
  fullestShare = fromFullest;
  awayShare = fromAway;
}

function keepAsBestIfItIs(): void {
  if (isBest(cost()) && isWhole()) keepAsBest(machineOf, cost());
}

/** Takes so many steps at the heat that was set; those that look at many machines count as several. How many it took. */
export function anneal(steps: i32): i32 {
  if (machines == 0 || processes == 0) return 0;
  return isCluster ? annealCluster(steps) : annealChallenge(steps);
}

function annealChallenge(steps: i32): i32 {
  if (machines < 2) return steps;
  for (let k = 0; k < steps; k++) {
    if (changeOne(-1, draw())) keepAsBestIfItIs();
    cool(1);
  }
  return steps;
}

function annealCluster(steps: i32): i32 {
  let taken = 0;
  while (taken < steps) {
    resetWork();
    if (stepOfCluster()) keepAsBestIfItIs();
    const charge = 1 + (work >> 2);
    taken += charge;
    cool(charge);
  }
  return taken;
}

function stepOfCluster(): bool {
  const chance = draw();
  if (waitCount > 0 && <i32>(chance & 255) < rescueShare) return rescue();
  if (<i32>((chance >> 8) & 255) < ruinShare) return ruin();
  const p = startOfStep(<i32>((chance >> 16) & 255));
  if (p < 0 || machineOf[p] < 0 || pinned[p]) return false;
  return isSpecial(serviceOf[p]) ? moveSpecial(p) : changeOne(p, draw());
}

function startOfStep(chance: i32): i32 {
  if (chance < fullestShare) return randomOn(fullest());
  if (chance < fullestShare + awayShare && awayCount > 0) return away[randomBelow(awayCount)];
  return randomBelow(processes);
}

/** Tries one change that begins with the process; where that is -1, with one by chance. */
function changeOne(chosen: i32, chance: u32): bool {
  const homeward = <i32>((chance >> 8) & 255);
  if (<i32>(chance & 255) < shiftShare) {
    const p = beginner(chosen, homeward < homeShift);
    return tryShiftTo(p, homeward < homeShift ? home[p] : randomWithinReach(p));
  }
  const kind = <i32>((chance >> 16) & 255);
  if (kind < chainShare) {
    const p = beginner(chosen, homeward < homeShift);
    return tryChain(p, homeward < homeShift ? home[p] : randomWithinReach(p));
  }
  if (kind < chainShare + splitShare) return splitFor(beginner(chosen, false));
  const p = beginner(chosen, kind >= chainShare + splitShare + squeezeShare && homeward < homeSwap);
  if (kind < chainShare + splitShare + squeezeShare) return trySqueeze(p, randomWithinReach(p));
  if (homeward < homeSwap) return swapWithOneOn(p, home[p]);
  if (kinShare > 0 && <i32>(chance >> 24) >= 256 - kinShare) return swapWithKin(p);
  if (<i32>(chance >> 24) < alikeShare) return swapWithinReach(p, likeSized(p));
  if (isTransient || isCluster) return swapWithOneOn(p, randomWithinReach(p));
  return swapWithinReach(p, randomBelow(weighed));
}

function swapWithKin(p: i32): bool {
  const q = randomKin(p);
  return q >= 0 && trySwap(p, q);
}

function splitFor(p: i32): bool {
  return trySplit(p, randomWithinReach(p));
}

function beginner(chosen: i32, goesHome: bool): i32 {
  if (chosen >= 0) return chosen;
  return goesHome && awayCount > 0 ? away[randomBelow(awayCount)] : randomBelow(weighed);
}

function tryShiftTo(p: i32, machine: i32): bool {
  return machine >= 0 && tryShift(p, machine);
}

/** Swaps with the first on the machine that rooms allow, from a random one on. */
function swapWithOneOn(p: i32, machine: i32): bool {
  const from = machineOf[p];
  if (machine < 0 || machine == from || !isWithinReach(p, machine)) return false;
  const count = countOn[machine];
  if (count == 0) return false;
  const record = recordOf(p);
  let k = randomBelow(count);
  for (let looked = min(count, LOOKED_AT); looked > 0; looked--) {
    const q = processOn(machine, k);
    const other = recordOf(q);
    if (fits(machine, record, other) && isWithinReach(q, from) && fits(from, other, record)) return trySwap(p, q);
    if (++k == count) k = 0;
  }
  return false;
}

function swapWithinReach(p: i32, q: i32): bool {
  const b = machineOf[q];
  return b >= 0 && isWithinReach(p, b) && isWithinReach(q, machineOf[p]) && trySwap(p, q);
}

/**
 * A process near in size, more often nearer: such swaps leave both machines about as full as they are. The host numbers
 * processes by size.
 */
function likeSized(process: i32): i32 {
  const chance = draw();
  const distance = 1 + (randomBelow(weighed) >> (chance & 7));
  const other = process + ((chance & 8) == 0 ? distance : -distance);
  return other < 0 ? other + processes : other >= processes ? other - processes : other;
}

/** Goes back to the best placement, where all are weighed. */
export function returnToBest(): void {
  weighLargest(processes);
  for (let k = 0; k < changedCount; k++) leaveForBest(changedAt(k));
  const count = changedCount;
  for (let k = 0; k < count; k++) goToBest(changedAt(k));
  forgetChanges();
}

/** Makes the placement that the host wrote over the best the present one; it must keep every rule. */
export function adopt(): void {
  weighLargest(processes);
  for (let p = 0; p < processes; p++) leaveForBest(p);
  for (let p = 0; p < processes; p++) goToBest(p);
  keepAllAsBest(machineOf, cost());
}

function leaveForBest(process: i32): void {
  if (machineOf[process] >= 0 && machineOf[process] != best[process]) remove(process);
}

function goToBest(process: i32): void {
  if (machineOf[process] < 0 && best[process] >= 0) place(process, best[process]);
}
