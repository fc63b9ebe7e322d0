/* Puts back what was taken out, the most important first; what does not fit may push others out, which then look for a place. */

import { dropPending, journalSize, mayGoOn, pending, pendingCount, placeWithNeeds, takeOut, undoTo } from './change';
import { at, breach, conflict, first, hasRoom, lack, next, nodeLoad, shortage, softCost } from './placement';
import { classOf, demand, home, instances, isPermitted, nodes, OPEN, openness, pinned, resources } from './problem';
import { randomBelow, randomUnit } from './random';

const SAMPLE: i32 = 20; // nodes looked at for one instance where there are many
const EVICTIONS: i32 = 6; // instances pushed off one node at once, at most

export let work: i32 = 0; // nodes looked at since the last reset: what a step is charged for
let settled = new StaticArray<u32>(0); // per instance: the round in which it was put where it may not be pushed off
let round: u32 = 0;
const victims = new StaticArray<i32>(EVICTIONS);
let victimCount: i32 = 0;
const chosen = new StaticArray<i32>(EVICTIONS);
let missing = new StaticArray<i32>(0); // per resource
let openNodes = new StaticArray<i32>(0);
let openCount: i32 = 0;

export function allocateInsert(): void {
  settled = new StaticArray<u32>(instances);
  missing = new StaticArray<i32>(resources);
  openNodes = new StaticArray<i32>(nodes);
  for (let n = 0; n < nodes; n++) if (openness[n] == OPEN) openNodes[openCount++] = n;
}

export function resetWork(): void {
  work = 0;
}

/** An open node; -1 where there is none. */
export function randomOpenNode(): i32 {
  return openCount == 0 ? -1 : openNodes[randomBelow(openCount)];
}

/** Places all that is pending. `noise` is the share of nodes overlooked by chance; what finds no place waits. */
export function insertPending(ejections: i32, lowerOnly: bool, everyNode: bool, noise: f64): void {
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
    const instance = pending[k];
    dropPending(k);
    if (at[instance] >= 0) continue;
    const node = bestNode(instance, everyNode, noise);
    if (node >= 0) placeWithNeeds(instance, node);
    else if (left > 0 && mayGoOn()) {
      left--;
      if (!pushIn(instance, lowerOnly, everyNode)) continue;
    }
    settled[instance] = round;
  }
}

function candidateCount(everyNode: bool): i32 {
  return everyNode || openCount <= SAMPLE ? openCount + 1 : SAMPLE + 1;
}

/** The k-th node to look at: home first, then the open ones, all or by chance. */
function candidate(instance: i32, k: i32, everyNode: bool): i32 {
  if (k == 0) return home[instance];
  return everyNode || openCount <= SAMPLE ? openNodes[k - 1] : openNodes[randomBelow(openCount)];
}

function bestNode(instance: i32, everyNode: bool, noise: f64): i32 {
  const count = candidateCount(everyNode);
  const mark = journalSize;
  const breachNow = breach;
  const shortageNow = shortage;
  const softNow = softCost();
  let best = -1;
  let bestScore: f64 = 0;
  for (let k = 0; k < count; k++) {
    const node = candidate(instance, k, everyNode);
    if (node < 0 || (k > 0 && node == home[instance])) continue;
    work++;
    if (noise > 0 && randomUnit() < noise) continue;
    if (!placeWithNeeds(instance, node)) continue;
    // Equal cost: the emptier node.
    const score =
      <f64>(breach - breachNow) * 1e15 +
      <f64>(shortage - shortageNow) * 1e14 +
      <f64>(softCost() - softNow) +
      <f64>nodeLoad(node) * 10;
    undoTo(mark);
    if (best < 0 || score < bestScore) {
      best = node;
      bestScore = score;
    }
  }
  return best;
}

/** Puts an instance where it does not fit, and makes room: those pushed off become pending. */
function pushIn(instance: i32, lowerOnly: bool, everyNode: bool): bool {
  const count = candidateCount(everyNode);
  let best = -1;
  let bestScore: f64 = 0;
  let bestCount = 0;
  for (let k = 0; k < count; k++) {
    const node = candidate(instance, k, everyNode);
    if (node < 0 || (k > 0 && node == home[instance]) || !isPermitted(instance, node)) continue;
    work++;
    const score = findVictims(instance, node, lowerOnly);
    if (score < 0 || (best >= 0 && score >= bestScore)) continue;
    best = node;
    bestScore = score;
    bestCount = victimCount;
    for (let v = 0; v < victimCount; v++) chosen[v] = victims[v];
  }
  if (best < 0) return false;
  const mark = journalSize;
  const pendingBefore = pendingCount;
  let done = true;
  for (let v = 0; v < bestCount && done; v++) if (at[chosen[v]] >= 0) done = takeOut(chosen[v]);
  if (done && lowerOnly)
    for (let k = pendingBefore; k < pendingCount; k++) if (classOf[pending[k]] <= classOf[instance]) done = false;
  if (done && placeWithNeeds(instance, best)) return true;
  undoTo(mark);
  while (pendingCount > pendingBefore) dropPending(pendingCount - 1);
  return false;
}

function mayGo(instance: i32, forWhom: i32, lowerOnly: bool): bool {
  return !pinned[instance] && settled[instance] != round && (!lowerOnly || classOf[instance] > classOf[forWhom]);
}

function isVictim(instance: i32): bool {
  for (let v = 0; v < victimCount; v++) if (victims[v] == instance) return true;
  return false;
}

/** Whom to push off a node for an instance: sets `victims`; how bad that is, or -1 where it cannot be done. */
function findVictims(instance: i32, node: i32, lowerOnly: bool): f64 {
  victimCount = 0;
  let score: f64 = 0;
  for (let r = 0; r < resources; r++) missing[r] = lack(instance, node, r);
  for (let i = first[node]; i >= 0; i = next[i]) {
    if (!conflict(instance, i, node)) continue;
    if (!mayGo(i, instance, lowerOnly) || victimCount == EVICTIONS) return -1;
    score += addVictim(i, instance);
  }
  while (isMissing()) {
    if (victimCount == EVICTIONS) return -1;
    let pick = -1;
    let pickScore: f64 = 0;
    for (let i = first[node]; i >= 0; i = next[i]) {
      if (!mayGo(i, instance, lowerOnly) || isVictim(i)) continue;
      const value = usefulness(i, instance) * (0.6 + 0.4 * randomUnit());
      if (value > pickScore) {
        pick = i;
        pickScore = value;
      }
    }
    if (pick < 0) return -1;
    score += addVictim(pick, instance);
  }
  // One that lacks nothing here is kept out by affinity alone: pushing others off would not help.
  if (victimCount == 0 && !hasRoom(instance, node)) return -1;
  return score + 2 * randomUnit();
}

function addVictim(victim: i32, instance: i32): f64 {
  victims[victimCount++] = victim;
  let size: f64 = 0;
  for (let r = 0; r < resources; r++) {
    missing[r] -= demand[victim * resources + r];
    size += <f64>demand[victim * resources + r] / <f64>max(1, demand[instance * resources + r]);
  }
  return 1 + size / <f64>max(1, resources) + (classOf[victim] <= classOf[instance] ? 0.5 : 0);
}

function isMissing(): bool {
  for (let r = 0; r < resources; r++) if (missing[r] > 0) return true;
  return false;
}

/** How much of what is missing a victim gives, against its size; more when it gives all of it. */
function usefulness(victim: i32, instance: i32): f64 {
  let gain: f64 = 0;
  let size: f64 = 0.001;
  let all = true;
  for (let r = 0; r < resources; r++) {
    const d = demand[victim * resources + r];
    size += <f64>d / <f64>max(1, demand[instance * resources + r]);
    if (missing[r] <= 0) continue;
    gain += <f64>min(d, missing[r]) / <f64>missing[r];
    if (d < missing[r]) all = false;
  }
  return all ? 1000 / size : gain;
}
