/* Where everything is, and what that costs, kept up to date by `place` and `remove`. */
import { near, nearCost, nearStart, placeCostOf, sought, soughtCost, soughtStart } from './preference';
import {
  affinity,
  affinityStart,
  anti,
  antiStart,
  applicationOf,
  applications,
  capacity,
  classes,
  classOf,
  demand,
  dependent,
  dependentStart,
  domainOf,
  domains,
  home,
  homeBreach,
  imbalanceWeight,
  instances,
  isPermitted,
  leaveCost,
  limit,
  loadWeight,
  mean,
  member,
  memberStart,
  nodes,
  OPEN,
  openness,
  resources,
  spreadNeed,
  spreadRow,
  stayCost,
  stopCost,
} from './problem';

export const PPM: i32 = 1000000;
const LOAD_LIMIT: f64 = 4000000.0; // ppm; fuller than this counts as this

export let at = new StaticArray<i32>(0); // per instance: its node, -1 when it waits
let used = new StaticArray<i32>(0); // node * resources + resource
let perUnit = new StaticArray<f64>(0); // PPM / capacity
export let nodeSquares = new StaticArray<i64>(0); // per node, ppm
let nodeExcess = new StaticArray<i32>(0); // per node, ppm beyond capacity
let arrivals = new StaticArray<i32>(0); // per node: instances that are not at home here
export let first = new StaticArray<i32>(0); // per node: its first instance, -1 when empty
export let next = new StaticArray<i32>(0); // per instance: the next on its node
let previous = new StaticArray<i32>(0);
let highest = new StaticArray<i32>(0); // a tree over open nodes: the highest load, ppm, at its root
let leaves: i32 = 1;
let domainCount = new StaticArray<i32>(0); // spread row * domains + domain
let domainsUsed = new StaticArray<i32>(0); // per application
let placedCount = new StaticArray<i32>(0); // per application
export let away = new StaticArray<i32>(0); // placed instances that are not at home, in no order
export let awayCount: i32 = 0;
let awayIndex = new StaticArray<i32>(0);
export let waits = new StaticArray<i32>(0); // instances that wait, in no order
export let waitCount: i32 = 0;
let waitIndex = new StaticArray<i32>(0);
export let waiting = new StaticArray<i32>(0); // per class
export let breach: i64 = 0; // ppm
export let shortage: i32 = 0; // failure domains that replicas could use and do not
let squares: i64 = 0;
let fixedCost: i64 = 0; // of moves, stops, unease and preferences

export function allocatePlacement(): void {
  at = new StaticArray<i32>(instances).fill(-1);
  used = new StaticArray<i32>(nodes * resources);
  perUnit = new StaticArray<f64>(nodes * resources);
  for (let k = 0; k < nodes * resources; k++) perUnit[k] = <f64>PPM / <f64>max(1, capacity[k]);
  nodeSquares = new StaticArray<i64>(nodes);
  nodeExcess = new StaticArray<i32>(nodes);
  arrivals = new StaticArray<i32>(nodes);
  first = new StaticArray<i32>(nodes).fill(-1);
  next = new StaticArray<i32>(instances).fill(-1);
  previous = new StaticArray<i32>(instances).fill(-1);
  while (leaves < nodes) leaves <<= 1;
  highest = new StaticArray<i32>(2 * leaves);
  let rows = 0;
  for (let a = 0; a < applications; a++) rows = max(rows, spreadRow[a] + 1);
  domainCount = new StaticArray<i32>(rows * domains);
  domainsUsed = new StaticArray<i32>(applications);
  placedCount = new StaticArray<i32>(applications);
  away = new StaticArray<i32>(instances);
  awayIndex = new StaticArray<i32>(instances).fill(-1);
  waits = new StaticArray<i32>(instances);
  waitIndex = new StaticArray<i32>(instances).fill(-1);
  waiting = new StaticArray<i32>(classes);
  for (let i = 0; i < instances; i++) {
    waitIndex[i] = waitCount;
    waits[waitCount++] = i;
    waiting[classOf[i]]++;
    fixedCost += stopCost[i];
  }
  for (let n = 0; n < nodes; n++) reckon(n);
}

/** The last level of the cost: load, imbalance, moves, unease. */
export function softCost(): i64 {
  return loadWeight * <i64>highest[1] + imbalanceWeight * squares + fixedCost;
}

/** The open node with the highest load; any node when none is open. */
export function fullestNode(): i32 {
  let p = 1;
  while (p < leaves) p = highest[2 * p] >= highest[2 * p + 1] ? 2 * p : 2 * p + 1;
  return min(p - leaves, nodes - 1);
}

export function nodeLoad(node: i32): i32 {
  return highest[leaves + node];
}

export function runs(application: i32, node: i32): bool {
  for (let k = memberStart[application]; k < memberStart[application + 1]; k++) if (at[member[k]] == node) return true;
  return false;
}

/** Whether rules and room let the instance in, affinity aside. It must be nowhere. */
export function fits(instance: i32, node: i32): bool {
  return isPermitted(instance, node) && hasRoom(instance, node) && !hasConflict(instance, node);
}

export function hasRoom(instance: i32, node: i32): bool {
  if (node == home[instance] && arrivals[node] == 0) return true; // it brings nothing new
  const u = node * resources;
  const d = instance * resources;
  for (let r = 0; r < resources; r++) if (used[u + r] + demand[d + r] > limit[u + r]) return false;
  return true;
}

/** What of a resource the node lacks to take the instance; 0 or less when there is enough. */
export function lack(instance: i32, node: i32, resource: i32): i32 {
  const u = node * resources + resource;
  return used[u] + demand[instance * resources + resource] - limit[u];
}

function hasConflict(instance: i32, node: i32): bool {
  const a = applicationOf[instance];
  if (conflictsWith(instance, a, node)) return true;
  for (let k = antiStart[a]; k < antiStart[a + 1]; k++) if (conflictsWith(instance, anti[k], node)) return true;
  return false;
}

function conflictsWith(instance: i32, application: i32, node: i32): bool {
  for (let k = memberStart[application]; k < memberStart[application + 1]; k++) {
    const other = member[k];
    // Two that are both at home here broke the rule before: they may stay.
    if (other != instance && at[other] == node && !(home[other] == node && home[instance] == node)) return true;
  }
  return false;
}

/** Whether these two may not be on one node. */
export function conflict(instance: i32, other: i32, node: i32): bool {
  if (home[other] == node && home[instance] == node) return false;
  const a = applicationOf[instance];
  const b = applicationOf[other];
  if (a == b) return true;
  for (let k = antiStart[a]; k < antiStart[a + 1]; k++) if (anti[k] == b) return true;
  return false;
}

/** Whether an instance at home may lack this application beside it, because it lacked it before. */
export function lackedAtHome(instance: i32, application: i32): bool {
  const node = at[instance];
  if (home[instance] != node) return false;
  for (let k = memberStart[application]; k < memberStart[application + 1]; k++)
    if (home[member[k]] == node) return false;
  return true;
}

export function place(instance: i32, node: i32): void {
  enter(instance, node);
  breach += pairBreach(instance, node);
  fixedCost += preferenceCost(instance, node);
  const u = node * resources;
  const d = instance * resources;
  for (let r = 0; r < resources; r++) used[u + r] += demand[d + r];
  reckon(node);
  countSpread(applicationOf[instance], domainOf[node], 1);
}

export function remove(instance: i32): void {
  const node = at[instance];
  const u = node * resources;
  const d = instance * resources;
  for (let r = 0; r < resources; r++) used[u + r] -= demand[d + r];
  reckon(node);
  countSpread(applicationOf[instance], domainOf[node], -1);
  breach -= pairBreach(instance, node);
  fixedCost -= preferenceCost(instance, node);
  leave(instance, node);
}

function enter(instance: i32, node: i32): void {
  at[instance] = node;
  const head = first[node];
  next[instance] = head;
  previous[instance] = -1;
  if (head >= 0) previous[head] = instance;
  first[node] = instance;
  waiting[classOf[instance]]--;
  const last = waits[--waitCount];
  waits[waitIndex[instance]] = last;
  waitIndex[last] = waitIndex[instance];
  waitIndex[instance] = -1;
  if (home[instance] == node) {
    fixedCost += stayCost[instance] - stopCost[instance];
    breach += homeBreach[instance];
  } else {
    fixedCost += leaveCost[instance] - stopCost[instance];
    arrivals[node]++;
    awayIndex[instance] = awayCount;
    away[awayCount++] = instance;
  }
}

function leave(instance: i32, node: i32): void {
  at[instance] = -1;
  const before = previous[instance];
  const after = next[instance];
  if (before >= 0) next[before] = after;
  else first[node] = after;
  if (after >= 0) previous[after] = before;
  waiting[classOf[instance]]++;
  waitIndex[instance] = waitCount;
  waits[waitCount++] = instance;
  if (home[instance] == node) {
    fixedCost -= stayCost[instance] - stopCost[instance];
    breach -= homeBreach[instance];
  } else {
    fixedCost -= leaveCost[instance] - stopCost[instance];
    arrivals[node]--;
    const last = away[--awayCount];
    away[awayIndex[instance]] = last;
    awayIndex[last] = awayIndex[instance];
    awayIndex[instance] = -1;
  }
}

/** Breaches between the instance, which is on the node, and others there: ppm. */
function pairBreach(instance: i32, node: i32): i64 {
  const a = applicationOf[instance];
  let count = beside(a, node) - 1;
  for (let k = antiStart[a]; k < antiStart[a + 1]; k++) count += beside(anti[k], node);
  for (let k = affinityStart[a]; k < affinityStart[a + 1]; k++) if (!runs(affinity[k], node)) count++;
  if (dependentStart[a] != dependentStart[a + 1] && beside(a, node) == 1)
    for (let k = dependentStart[a]; k < dependentStart[a + 1]; k++) count -= beside(dependent[k], node);
  return <i64>count * PPM;
}

/** What the instance, which is on the node, makes by preferences, its own and those of others for it. */
function preferenceCost(instance: i32, node: i32): i64 {
  const a = applicationOf[instance];
  let cost = placeCostOf(a, node);
  for (let k = nearStart[a]; k < nearStart[a + 1]; k++) if (runs(near[k], node)) cost += nearCost[k];
  if (soughtStart[a] != soughtStart[a + 1] && beside(a, node) == 1)
    for (let k = soughtStart[a]; k < soughtStart[a + 1]; k++) cost += soughtCost[k] * beside(sought[k], node);
  return cost;
}

function beside(application: i32, node: i32): i32 {
  let count = 0;
  for (let k = memberStart[application]; k < memberStart[application + 1]; k++) if (at[member[k]] == node) count++;
  return count;
}

function countSpread(application: i32, domain: i32, by: i32): void {
  const row = spreadRow[application];
  if (row < 0) return;
  shortage -= lackOfDomains(application);
  const k = row * domains + domain;
  const before = domainCount[k];
  domainCount[k] = before + by;
  if (before == 0) domainsUsed[application]++;
  else if (before + by == 0) domainsUsed[application]--;
  placedCount[application] += by;
  shortage += lackOfDomains(application);
}

function lackOfDomains(application: i32): i32 {
  return max(0, min(placedCount[application], spreadNeed[application]) - domainsUsed[application]);
}

/** Brings a node's share of the cost up to date. */
function reckon(node: i32): void {
  const u = node * resources;
  let top = 0;
  let above: i64 = 0;
  let excess = 0;
  for (let r = 0; r < resources; r++) {
    const load = <i32>Math.floor(min(LOAD_LIMIT, <f64>used[u + r] * perUnit[u + r]) + 0.5);
    top = max(top, load);
    const over = <i64>load - mean[r];
    if (over > 0) above += over * over;
    const beyond = used[u + r] - capacity[u + r];
    if (beyond > 0) excess += max(1, <i32>Math.floor(min(LOAD_LIMIT, <f64>beyond * perUnit[u + r]) + 0.5));
  }
  breach += excess - nodeExcess[node];
  nodeExcess[node] = excess;
  if (openness[node] != OPEN) return;
  above /= PPM;
  squares += above - nodeSquares[node];
  nodeSquares[node] = above;
  let p = leaves + node;
  highest[p] = top;
  while (p > 1) {
    p >>= 1;
    const value = max(highest[2 * p], highest[2 * p + 1]);
    if (highest[p] == value) break;
    highest[p] = value;
  }
}
