/* Puts back what was taken out, the most important first; what does not fit may push others out, which then look for a place. */

import {
  dropPending,
  journalSize,
  mayEnter,
  mayGoOn,
  pending,
  pendingCount,
  placeWithNeeds,
  takeOut,
  undoTo,
} from './change';
import { classOf, dislike, homeBreach, pinned } from './cluster';
import { isSpecial } from './company';
import { breach, shortage } from './levels';
import { countOn, machineOf, processOn } from './lists';
import { cost, costWith, excessOn, excessWith, machineCost, peakDelta, peakOn, peakWith, roomAt } from './load';
import { placeCostOf } from './preference';
import { home, leaveCost, processes, rowBytes, serviceOf, width } from './problem';
import { randomBelow, randomUnit } from './random';
import { isWithinReach, randomWithinReach, reachCount, reachOf } from './reach';
import { fits, nobody, recordOf } from './room';
import { shortageOfArrival } from './spread';

const IMPOSSIBLE: f64 = 1e300;
const SAMPLE: i32 = 20; // machines looked at for one process where there are many
const EVICTIONS: i32 = 6; // processes pushed off one machine at once, at most

export let work: i32 = 0; // machines looked at since the last reset: what a step is charged for
let settled = new StaticArray<u32>(0); // per process: the round in which it was put where it may not be pushed off
let round: u32 = 0;
const victims = new StaticArray<i32>(EVICTIONS);
let victimCount: i32 = 0;
const chosen = new StaticArray<i32>(EVICTIONS);
let missing = new StaticArray<i32>(0); // per resource

export function startInsertion(): void {
  settled = new StaticArray<u32>(processes);
  missing = new StaticArray<i32>(width);
}

export function resetWork(): void {
  work = 0;
}

/** Places all that is pending. `noise` is the share of machines overlooked by chance; what finds no place waits. */
export function insertPending(ejections: i32, lowerOnly: bool, everyMachine: bool, noise: f64): void {
  round++;
  let left = ejections;
  while (pendingCount > 0) {
    let k = 0;
    let equals = 1;
    for (let j = 1; j < pendingCount; j++) {
      const by = classOf[pending[j]] - classOf[pending[k]];
      if (by < 0) equals = 1;
      if (by < 0 || (by == 0 && randomBelow(++equals) == 0)) k = j;
    }
    const process = pending[k];
    dropPending(k);
    if (machineOf[process] >= 0) continue;
    const machine = bestMachine(process, everyMachine, noise);
    if (machine >= 0) placeWithNeeds(process, machine);
    else if (left > 0 && mayGoOn()) {
      left--;
      if (!pushIn(process, lowerOnly, everyMachine)) continue;
    }
    settled[process] = round;
  }
}

function candidateCount(process: i32, everyMachine: bool): i32 {
  const count = reachCount(process);
  return 1 + (everyMachine ? count : min(count, SAMPLE));
}

/** The k-th machine to look at: home first, then those within reach, all or by chance. */
function candidate(process: i32, k: i32, everyMachine: bool): i32 {
  if (k == 0) return home[process];
  return everyMachine || reachCount(process) <= SAMPLE ? reachOf(process, k - 1) : randomWithinReach(process);
}

function bestMachine(process: i32, everyMachine: bool, noise: f64): i32 {
  const count = candidateCount(process, everyMachine);
  const special = isSpecial(serviceOf[process]);
  let best = -1;
  let bestScore: f64 = 0;
  for (let k = 0; k < count; k++) {
    const machine = candidate(process, k, everyMachine);
    if (machine < 0 || (k > 0 && machine == home[process])) continue;
    work++;
    if (noise > 0 && randomUnit() < noise) continue;
    const score = special ? scoreOfPlacing(process, machine) : scoreOfArrival(process, machine);
    if (score < IMPOSSIBLE && (best < 0 || score < bestScore)) {
      best = machine;
      bestScore = score;
    }
  }
  return best;
}

/** How bad a place is; of equal cost, the emptier machine. */
function scoreOf(byBreach: i64, byShortage: i32, byCost: i64, peak: i32): f64 {
  return <f64>byBreach * 1e15 + <f64>byShortage * 1e14 + <f64>byCost + <f64>peak * 10;
}

/** Judged before it is made: of a process that no other needs or likes to be beside. */
function scoreOfArrival(process: i32, machine: i32): f64 {
  if (!mayEnter(process, machine)) return IMPOSSIBLE;
  const s = serviceOf[process];
  let byCost = costWith(machine, recordOf(process), nobody) - machineCost[machine];
  const peak = peakWith;
  let byBreach = <i64>(excessWith - excessOn(machine));
  byCost += peakDelta(machine, peak, machine, peak) + placeCostOf(s, machine);
  if (machine == home[process]) {
    byCost -= leaveCost[process];
    byBreach += homeBreach[process];
  }
  return scoreOf(byBreach, shortageOfArrival(s, machine), byCost, peak);
}

/** Made and undone, with what it brings along. */
function scoreOfPlacing(process: i32, machine: i32): f64 {
  const mark = journalSize;
  const breachNow = breach;
  const shortageNow = shortage;
  const costNow = cost();
  if (!placeWithNeeds(process, machine)) return IMPOSSIBLE;
  const score = scoreOf(breach - breachNow, shortage - shortageNow, cost() - costNow, peakOn(machine));
  undoTo(mark);
  return score;
}

/** Puts an process where it does not fit, and makes room: those pushed off become pending. */
function pushIn(process: i32, lowerOnly: bool, everyMachine: bool): bool {
  const count = candidateCount(process, everyMachine);
  let best = -1;
  let bestScore: f64 = 0;
  let bestCount = 0;
  for (let k = 0; k < count; k++) {
    const machine = candidate(process, k, everyMachine);
    if (machine < 0 || (k > 0 && machine == home[process]) || !isWithinReach(process, machine)) continue;
    work++;
    const score = findVictims(process, machine, lowerOnly);
    if (score < 0 || (best >= 0 && score >= bestScore)) continue;
    best = machine;
    bestScore = score;
    bestCount = victimCount;
    for (let v = 0; v < victimCount; v++) chosen[v] = victims[v];
  }
  if (best < 0) return false;
  const mark = journalSize;
  const pendingBefore = pendingCount;
  let done = true;
  for (let v = 0; v < bestCount && done; v++) if (machineOf[chosen[v]] >= 0) done = takeOut(chosen[v]);
  if (done && lowerOnly)
    for (let k = pendingBefore; k < pendingCount; k++) if (classOf[pending[k]] <= classOf[process]) done = false;
  if (done && placeWithNeeds(process, best)) return true;
  undoTo(mark);
  while (pendingCount > pendingBefore) dropPending(pendingCount - 1);
  return false;
}

function needOf(process: i32, resource: i32): i32 {
  return load<i32>(recordOf(process) + 4 * resource);
}

function freeOn(machine: i32, resource: i32): i32 {
  return load<i32>(roomAt + 3 * rowBytes * machine + 4 * resource);
}

function mayGo(process: i32, forWhom: i32, lowerOnly: bool): bool {
  return !pinned[process] && settled[process] != round && (!lowerOnly || classOf[process] > classOf[forWhom]);
}

function isVictim(process: i32): bool {
  for (let v = 0; v < victimCount; v++) if (victims[v] == process) return true;
  return false;
}

/** Whom to push off a machine for an process: sets `victims`; how bad that is, or -1 where it cannot be done. */
function findVictims(process: i32, machine: i32, lowerOnly: bool): f64 {
  victimCount = 0;
  let score: f64 = 0;
  for (let r = 0; r < width; r++) missing[r] = needOf(process, r) - freeOn(machine, r);
  for (let k = 0; k < countOn[machine]; k++) {
    const i = processOn(machine, k);
    if (!dislike(process, i) || (home[i] == machine && home[process] == machine)) continue;
    if (!mayGo(i, process, lowerOnly) || victimCount == EVICTIONS) return -1;
    score += addVictim(i, process);
  }
  while (isMissing()) {
    if (victimCount == EVICTIONS) return -1;
    let pick = -1;
    let pickScore: f64 = 0;
    for (let k = 0; k < countOn[machine]; k++) {
      const i = processOn(machine, k);
      if (!mayGo(i, process, lowerOnly) || isVictim(i)) continue;
      const value = usefulness(i, process) * (0.6 + 0.4 * randomUnit());
      if (value > pickScore) {
        pick = i;
        pickScore = value;
      }
    }
    if (pick < 0) return -1;
    score += addVictim(pick, process);
  }
  // One that lacks nothing here is kept out by affinity alone: pushing others off would not help.
  if (victimCount == 0 && !fits(machine, recordOf(process), nobody)) return -1;
  return score + 2 * randomUnit();
}

function addVictim(victim: i32, process: i32): f64 {
  victims[victimCount++] = victim;
  let size: f64 = 0;
  for (let r = 0; r < width; r++) {
    missing[r] -= needOf(victim, r);
    size += <f64>needOf(victim, r) / <f64>max(1, needOf(process, r));
  }
  return 1 + size / <f64>max(1, width) + (classOf[victim] <= classOf[process] ? 0.5 : 0);
}

function isMissing(): bool {
  for (let r = 0; r < width; r++) if (missing[r] > 0) return true;
  return false;
}

/** How much of what is missing a victim gives, against its size; more when it gives all of it. */
function usefulness(victim: i32, process: i32): f64 {
  let gain: f64 = 0;
  let size: f64 = 0.001;
  let all = true;
  for (let r = 0; r < width; r++) {
    const d = needOf(victim, r);
    size += <f64>d / <f64>max(1, needOf(process, r));
    if (missing[r] <= 0) continue;
    gain += <f64>min(d, missing[r]) / <f64>missing[r];
    if (d < missing[r]) all = false;
  }
  return all ? 1000 / size : gain;
}
