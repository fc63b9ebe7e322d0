/*
 * The machine reassignment problem of the Google/ROADEF 2012 challenge: processes, each of one service, run on machines and
 * may move. Indices and unsigned 32-bit integers everywhere, as in its files; flat arrays, because a model may hold fifty
 * thousand processes and a matrix of five thousand machines squared.
 *
 *   array            length   index
 *   capacity, safety M * R    machine * resources + resource
 *   need             P * R    process * resources + resource
 *   machineMoveCost  M * M    from * machines + to
 */
export interface RoadefModel {
  readonly resources: readonly RoadefResource[];
  readonly machines: number;
  readonly neighbourhood: Uint32Array; // per machine; names, not necessarily 0, 1, 2 …
  readonly location: Uint32Array; // per machine; names likewise
  readonly capacity: Uint32Array;
  readonly safety: Uint32Array; // above this, use costs
  readonly machineMoveCost: Uint8Array | Uint32Array; // bytes where all fit
  readonly services: readonly RoadefService[];
  readonly processes: number;
  readonly service: Uint32Array; // per process
  readonly need: Uint32Array;
  readonly processMoveCost: Uint32Array; // per process
  readonly balances: readonly RoadefBalance[];
  readonly weights: { readonly processMove: number; readonly serviceMove: number; readonly machineMove: number };
}

export interface RoadefResource {
  readonly transient: boolean; // a process that leaves its first machine goes on using this there
  readonly loadWeight: number;
}

export interface RoadefService {
  readonly spreadMin: number; // different locations that its processes must be in
  readonly dependsOn: Uint32Array; // services of which a process must be in every neighbourhood that has one of this
}

/** Costs what is left of `first`, times `target`, exceeds what is left of `second`, on each machine. */
export interface RoadefBalance {
  readonly first: number;
  readonly second: number;
  readonly target: number;
  readonly weight: number;
}
