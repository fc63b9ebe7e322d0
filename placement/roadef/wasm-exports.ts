/** What assembly/general.ts exports, by hand: a pointer for each array that the host fills. */
export interface GeneralExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  allocateGeneral(
    machines: number,
    processes: number,
    services: number,
    paddedResources: number,
    locations: number,
    neighbourhoods: number,
    balances: number,
    dependencies: number,
    hasMatrix: number,
  ): void;
  setGeneralWeights(near: bigint, within: bigint, far: bigint, matrix: bigint, serviceMove: bigint): void;
  startGeneral(seed: number): void;
  setShares(shifts: number, shiftsHome: number, swapsHome: number, chains: number, alike: number, splits: number): void;
  setHeat(from: number, to: number, shareFrom: number, shareTo: number, steps: number): void;
  anneal(steps: number): void;
  returnToBestGeneral(): void;
  adoptGeneral(): void;
  bestGeneral(): number;
  bestGeneralCost(): number;
  presentGeneral(): number;
  presentGeneralCost(): number;
  movedGeneral(): number;
  generalRoomAt(): number;
  generalRecordAt(): number;
  generalTransientMaskAt(): number;
  generalLoadWeightAt(): number;
  generalLocationOfAt(): number;
  generalNeighbourhoodOfAt(): number;
  generalServiceOfAt(): number;
  generalHomeAt(): number;
  generalLeaveCostAt(): number;
  generalMoveCostAt(): number;
  generalBalanceFirstAt(): number;
  generalBalanceSecondAt(): number;
  generalBalanceTargetAt(): number;
  generalBalanceWeightAt(): number;
  generalConflictRowAt(): number;
  generalSpreadRowAt(): number;
  generalSpreadMinAt(): number;
  generalDependencyRowAt(): number;
  generalDependencyStartAt(): number;
  generalDependencyAt(): number;
  generalDependentStartAt(): number;
  generalDependentAt(): number;
}
