/** What assembly/index.ts exports, by hand: a pointer for each array that the host fills. */
export interface WasmExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  allocate(
    nodes: number,
    instances: number,
    applications: number,
    resources: number,
    domains: number,
    classes: number,
    rows: number,
    affinities: number,
    antis: number,
  ): void;
  setWeights(load: bigint, imbalance: bigint, hottest: number): void;
  start(seed: number): void;
  run(steps: number): number;
  bestPlacement(): number;
  bestBreachPpm(): bigint;
  bestShortageCount(): number;
  bestSoftCost(): bigint;
  capacityAt(): number;
  limitAt(): number;
  meanAt(): number;
  domainOfAt(): number;
  opennessAt(): number;
  demandAt(): number;
  applicationOfAt(): number;
  classOfAt(): number;
  homeAt(): number;
  pinnedAt(): number;
  stayCostAt(): number;
  leaveCostAt(): number;
  stopCostAt(): number;
  homeBreachAt(): number;
  permittedRowAt(): number;
  permittedAt(): number;
  spreadRowAt(): number;
  spreadNeedAt(): number;
  memberStartAt(): number;
  memberAt(): number;
  affinityStartAt(): number;
  affinityAt(): number;
  dependentStartAt(): number;
  dependentAt(): number;
  antiStartAt(): number;
  antiAt(): number;
  orderAt(): number;
  allocatePreferences(rows: number, pairs: number): void;
  placeRowAt(): number;
  placeCostAt(): number;
  nearStartAt(): number;
  nearAt(): number;
  nearCostAt(): number;
  soughtStartAt(): number;
  soughtAt(): number;
  soughtCostAt(): number;
}
