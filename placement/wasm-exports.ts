/** What assembly/index.ts exports, by hand: among it the address of each array that the host fills. */
export interface WasmExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  allocate(machines: number, processes: number, services: number, paddedResources: number, locations: number): void;
  allocateChallenge(neighbourhoods: number, balances: number, dependencies: number, hasMatrix: number): void;
  setChallengeWeights(near: bigint, within: bigint, far: bigint, matrix: bigint, serviceMove: bigint): void;
  allocateCluster(classes: number, rows: number, affinities: number, antis: number): void;
  setClusterWeights(peak: bigint, imbalance: bigint, base: bigint): void;
  setColumns(limited: number, firstLoad: number): void;
  setMostMoves(count: number): void;
  allocatePreferences(rows: number, pairs: number): void;
  start(seed: number): void;
  setShares(
    shifts: number,
    shiftsHome: number,
    swapsHome: number,
    chains: number,
    alike: number,
    splits: number,
    squeezes: number,
    kin: number,
  ): void;
  setClusterShares(rescues: number, ruins: number, fromFullest: number, fromAway: number): void;
  weighLargest(count: number): void;
  setHeat(from: number, to: number, shareFrom: number, shareTo: number, steps: number): void;
  anneal(steps: number): number;
  returnToBest(): void;
  adopt(): void;
  bestCost(): number;
  bestBreach(): number;
  bestShortage(): number;
  presentCost(): number;
  presentBreach(): number;
  presentShortage(): number;
  movedCount(): number;
  bestAt(): number;
  presentAt(): number;
  roomAt(): number;
  recordAt(): number;
  locationOfAt(): number;
  serviceOfAt(): number;
  homeAt(): number;
  leaveCostAt(): number;
  conflictRowAt(): number;
  spreadRowAt(): number;
  spreadMinAt(): number;
  transientMaskAt(): number;
  loadWeightAt(): number;
  neighbourhoodOfAt(): number;
  moveCostAt(): number;
  balanceFirstAt(): number;
  balanceSecondAt(): number;
  balanceTargetAt(): number;
  balanceWeightAt(): number;
  dependencyRowAt(): number;
  dependencyStartAt(): number;
  dependencyAt(): number;
  needingStartAt(): number;
  needingAt(): number;
  opennessAt(): number;
  capacityAt(): number;
  meanAt(): number;
  classOfAt(): number;
  pinnedAt(): number;
  waitCostAt(): number;
  homeBreachAt(): number;
  orderAt(): number;
  permittedRowAt(): number;
  permittedAt(): number;
  affinityStartAt(): number;
  affinityAt(): number;
  dependentStartAt(): number;
  dependentAt(): number;
  antiStartAt(): number;
  antiAt(): number;
  nearAt(): number;
  nearCostAt(): number;
  nearStartAt(): number;
  placeCostAt(): number;
  placeRowAt(): number;
  soughtAt(): number;
  soughtCostAt(): number;
  soughtStartAt(): number;
}
