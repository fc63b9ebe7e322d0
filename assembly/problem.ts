/*
 * The problem as the host fills it: one flat array per property, indices and integers only. Allocated once by `allocate`;
 * nothing here changes during a search.
 */
export const OPEN: i32 = 0;
export const CLOSED: i32 = 1; // keeps what it has, gets nothing new
export const DRAINING: i32 = 2;
export const GONE: i32 = 3;

export let nodes: i32 = 0;
export let instances: i32 = 0;
export let applications: i32 = 0;
export let resources: i32 = 0;
export let domains: i32 = 0;
export let classes: i32 = 0; // ranks of (priority, role), 0 the most important
export let rowWords: i32 = 0; // 32-bit words of a row of permitted nodes

export let capacity = new StaticArray<i32>(0); // node * resources + resource
export let limit = new StaticArray<i32>(0); // capacity less reserve
export let mean = new StaticArray<i32>(0); // per resource: mean relative load, ppm
export let domainOf = new StaticArray<i32>(0); // per node
export let openness = new StaticArray<i32>(0); // per node
export let demand = new StaticArray<i32>(0); // instance * resources + resource
export let applicationOf = new StaticArray<i32>(0); // per instance
export let classOf = new StaticArray<i32>(0); // per instance
export let home = new StaticArray<i32>(0); // per instance, -1 when it runs nowhere
export let pinned = new StaticArray<i32>(0); // per instance, 0 or 1
export let stayCost = new StaticArray<i64>(0); // per instance, of being at home
export let leaveCost = new StaticArray<i64>(0); // per instance, of being elsewhere
export let stopCost = new StaticArray<i64>(0); // per instance, of waiting
export let homeBreach = new StaticArray<i32>(0); // per instance, ppm: rules of the node that it breaks at home
export let permittedRow = new StaticArray<i32>(0); // per application: its row of permitted nodes
export let permitted = new StaticArray<u32>(0); // row * rowWords + node / 32
export let spreadRow = new StaticArray<i32>(0); // per application: its row of domain counts, -1 when it needs none
export let spreadNeed = new StaticArray<i32>(0); // per application: domains that it can use
// Lists in one array each, those of application a from start[a] to start[a + 1].
export let memberStart = new StaticArray<i32>(0);
export let member = new StaticArray<i32>(0); // instances of the application
export let affinityStart = new StaticArray<i32>(0);
export let affinity = new StaticArray<i32>(0); // applications that it needs beside it
export let dependentStart = new StaticArray<i32>(0);
export let dependent = new StaticArray<i32>(0); // applications that need it beside them
export let antiStart = new StaticArray<i32>(0);
export let anti = new StaticArray<i32>(0); // applications that it bears not beside it, both ways

export let order = new StaticArray<i32>(0); // instances in the order in which they are first placed

export let loadWeight: i64 = 0; // per ppm
export let imbalanceWeight: i64 = 0; // per ppm
export let temperature: f64 = 0; // cost units of the hottest search

/** Sizes first, then the host fills the arrays, then `start`. Once per wasm instance. */
export function allocate(
  nodeCount: i32,
  instanceCount: i32,
  applicationCount: i32,
  resourceCount: i32,
  domainCount: i32,
  classCount: i32,
  rows: i32,
  affinities: i32,
  antis: i32,
): void {
  nodes = nodeCount;
  instances = instanceCount;
  applications = applicationCount;
  resources = resourceCount;
  domains = domainCount;
  classes = classCount;
  rowWords = (nodes + 31) >> 5;
  capacity = new StaticArray<i32>(nodes * resources);
  limit = new StaticArray<i32>(nodes * resources);
  mean = new StaticArray<i32>(resources);
  domainOf = new StaticArray<i32>(nodes);
  openness = new StaticArray<i32>(nodes);
  demand = new StaticArray<i32>(instances * resources);
  applicationOf = new StaticArray<i32>(instances);
  classOf = new StaticArray<i32>(instances);
  home = new StaticArray<i32>(instances);
  pinned = new StaticArray<i32>(instances);
  stayCost = new StaticArray<i64>(instances);
  leaveCost = new StaticArray<i64>(instances);
  stopCost = new StaticArray<i64>(instances);
  homeBreach = new StaticArray<i32>(instances);
  permittedRow = new StaticArray<i32>(applications);
  permitted = new StaticArray<u32>(rows * rowWords);
  spreadRow = new StaticArray<i32>(applications);
  spreadNeed = new StaticArray<i32>(applications);
  memberStart = new StaticArray<i32>(applications + 1);
  member = new StaticArray<i32>(instances);
  affinityStart = new StaticArray<i32>(applications + 1);
  affinity = new StaticArray<i32>(affinities);
  dependentStart = new StaticArray<i32>(applications + 1);
  dependent = new StaticArray<i32>(affinities);
  antiStart = new StaticArray<i32>(applications + 1);
  anti = new StaticArray<i32>(antis);
  order = new StaticArray<i32>(instances);
}

export function setWeights(load: i64, imbalance: i64, hottest: f64): void {
  loadWeight = load;
  imbalanceWeight = imbalance;
  temperature = hottest;
}

export function isPermitted(instance: i32, node: i32): bool {
  if (node == home[instance]) return openness[node] != GONE;
  const row = permittedRow[applicationOf[instance]] * rowWords;
  return ((permitted[row + (node >> 5)] >> (<u32>node & 31)) & 1) != 0;
}

/** Its node matters to others, or theirs to it: it moves only together with them. */
export function isBound(application: i32): bool {
  return (
    affinityStart[application] != affinityStart[application + 1] ||
    dependentStart[application] != dependentStart[application + 1]
  );
}
