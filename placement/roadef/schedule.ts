/*
 * How a search spends its steps: in rounds, each annealing from hot to cold in two legs. Between rounds threads go on from
 * the best answer of all. Heat is in units of the initial cost per process, the coldest one in units of cost.
 */
export interface Leg {
  readonly from: number; // heat
  readonly to: number;
  readonly share: number; // of all steps
}

export type Rounds = readonly (readonly Leg[])[];

/** Twice from very hot: what one such anneal leaves stuck for good, another does not. */
const SMALL: Rounds = [
  [
    { from: 20, to: 0.01, share: 0.3 },
    { from: 0.01, to: 0, share: 0.05 },
  ],
  [
    { from: 20, to: 0.01, share: 0.3 },
    { from: 0.01, to: 0, share: 0.05 },
  ],
  [
    { from: 0.3, to: 0.01, share: 0.18 },
    { from: 0.01, to: 0, share: 0.12 },
  ],
];
/** With fewer steps for each process there is no time to forget where they all were; what moves cost matters as much. */
const LARGE: Rounds = [
  [
    { from: 1, to: 0.003, share: 0.5 },
    { from: 0.003, to: 0, share: 0.3 },
  ],
  [{ from: 0.01, to: 0, share: 0.2 }],
];
const MANY_PROCESSES = 10_000;

export function roundsFor(processes: number): Rounds {
  return processes < MANY_PROCESSES ? SMALL : LARGE;
}

/** Where a leg goes to 0, it goes to this much cost: below, only improvements are taken. */
export const COLDEST = 0.5;

/** In how many parts a leg is run; its steps are set anew for each. */
export const PARTS = 24;

/** Shares of 256 of what is tried. */
export interface Strategy {
  readonly shifts: number;
  readonly shiftsHome: number; // of shifts, those that go home
  readonly swapsHome: number; // of swaps, those in which one goes home
  readonly chains: number; // of what is no shift
  readonly alike: number; // of swaps that go elsewhere, those of two of like size
}

/** Where transient resources keep homes full, hardly anything is allowed but going home. */
const WITH_TRANSIENT: readonly Strategy[] = [
  { shifts: 26, shiftsHome: 128, swapsHome: 128, chains: 64, alike: 64 },
  { shifts: 26, shiftsHome: 128, swapsHome: 128, chains: 16, alike: 64 },
];
/** Elsewhere it saves costs of moving, at most. */
const WITHOUT: readonly Strategy[] = [
  { shifts: 26, shiftsHome: 64, swapsHome: 64, chains: 16, alike: 64 },
  { shifts: 26, shiftsHome: 8, swapsHome: 8, chains: 16, alike: 64 },
];

export function strategyOf(thread: number, isTransient: boolean): Strategy {
  const strategies = isTransient ? WITH_TRANSIENT : WITHOUT;
  return strategies[thread % strategies.length]!;
}
