/*
 * How a search spends its steps: in rounds, each annealing from hot to cold in two legs. Between rounds threads go on from
 * the best answer of all. Heat is in units of the initial cost per process, the coldest one in units of cost.
 */
export interface Leg {
  readonly from: number; // heat
  readonly to: number;
  readonly share: number; // of all steps
}

export const ROUNDS: readonly (readonly Leg[])[] = [
  [
    { from: 3, to: 0.01, share: 0.5 },
    { from: 0.01, to: 0, share: 0.15 },
  ],
  [
    { from: 0.1, to: 0.005, share: 0.15 },
    { from: 0.005, to: 0, share: 0.05 },
  ],
  [
    { from: 0.03, to: 0.002, share: 0.1 },
    { from: 0.002, to: 0, share: 0.05 },
  ],
];
/** Where a leg goes to 0, it goes to this much cost: below, only improvements are taken. */
export const COLDEST = 0.5;

/** In how many parts a leg is run; the pace is set anew for each. */
export const PARTS = 24;

/** Shares of 256 of what is tried. */
export interface Strategy {
  readonly shifts: number;
  readonly shiftsHome: number; // of shifts, those that go home
  readonly swapsHome: number; // of swaps, those in which one goes home
  readonly chains: number; // of what is no shift
  readonly alike: number; // of swaps that go elsewhere, those of two of like size
}

const HOMEWARD: Strategy = { shifts: 26, shiftsHome: 128, swapsHome: 128, chains: 64, alike: 64 };
const ABROAD: Strategy = { shifts: 26, shiftsHome: 16, swapsHome: 16, chains: 16, alike: 64 };

/** Going home is what helps where transient resources keep homes full, and hinders elsewhere: so threads differ. */
export function strategyOf(thread: number): Strategy {
  return thread % 2 === 0 ? HOMEWARD : ABROAD;
}
