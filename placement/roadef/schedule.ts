/*
 * How a search spends its steps: in rounds, each annealing from hot to cold in two legs. Between rounds threads go on from
 * the best answer of all.
 */
import type { RoadefModel } from './model.ts';

export interface Leg {
  readonly unit: 'mean' | 'one'; // of heat: the initial cost per process, which loads are like, or 1, which moves are like
  readonly from: number;
  readonly to: number;
  readonly share: number; // of all steps
}

export type Rounds = readonly (readonly Leg[])[];

const mean = (from: number, to: number, share: number): Leg => ({ unit: 'mean', from, to, share });
const one = (from: number, to: number, share: number): Leg => ({ unit: 'one', from, to, share });

/** Several times from very hot: what one such anneal leaves stuck for good, another does not. */
const HOT: readonly Leg[] = [mean(20, 0.01, 0.11), mean(0.01, 0.0005, 0.03)];
const OFTEN: Rounds = [
  ...[HOT, HOT, HOT, HOT, HOT],
  [mean(0.1, 0.003, 0.06), one(1000, 3, 0.04), one(30, 0.3, 0.05)],
  [one(2000, 30, 0.05), one(30, 0.3, 0.1)],
];
/** Where so little is allowed that every anneal gets stuck, one slow one is worth more than two. */
const ONCE: Rounds = [
  [mean(4, 0.03, 0.55), mean(0.03, 0.001, 0.1)],
  [mean(0.1, 0.003, 0.15), one(1000, 10, 0.05)],
  [one(1000, 30, 0.05), one(30, 0.3, 0.1)],
];
/** Where homes keep their room, which large processes are away is decided at high heat, and takes most of the time. */
const SLOWLY: Rounds = [
  [mean(4, 0.1, 0.6), mean(0.1, 0.002, 0.2)],
  [mean(0.1, 0.003, 0.1), one(1000, 10, 0.02)],
  [one(1000, 30, 0.03), one(30, 0.3, 0.05)],
];
/** With fewer steps for each process there is no time to forget where they all were; what moves cost matters as much. */
const LARGE: Rounds = [[mean(1, 0.003, 0.4), one(1000, 5, 0.4)], [one(300, 3, 0.2)]];
const MANY_PROCESSES = 10_000;
const FEW_PROCESSES = 3000;

export function roundsFor({ processes, resources }: RoadefModel): Rounds {
  if (processes >= MANY_PROCESSES) return LARGE;
  if (isTransient(resources)) return SLOWLY;
  return processes >= FEW_PROCESSES ? ONCE : OFTEN;
}

export function isTransient(resources: RoadefModel['resources']): boolean {
  return resources.some((one) => one.transient);
}

/** In how many parts a leg is run; its steps are set anew for each. */
export const PARTS = 24;

/** Shares of 256 of what is tried. */
export interface Strategy {
  readonly shifts: number;
  readonly shiftsHome: number; // of shifts, those that go home
  readonly swapsHome: number; // of swaps, those in which one goes home
  readonly chains: number; // of what is no shift
  readonly splits: number; // of what is no shift, those that take a process for two
  readonly squeezes: number; // of what is no shift, those that put a process where there is no room and push others off
  readonly alike: number; // of swaps that go elsewhere, those of two of like size
}

/** Where transient resources keep homes full, a large process gets in only where several small ones make room for it. */
const HOMEWARD: Strategy = {
  ...{ shifts: 26, shiftsHome: 48, swapsHome: 48 },
  ...{ chains: 64, splits: 0, squeezes: 16, alike: 64 },
};
const TRANSIENT: readonly Strategy[] = [HOMEWARD, { ...HOMEWARD, shiftsHome: 32, swapsHome: 32, squeezes: 24 }];
/** Elsewhere it saves what moves cost, which is a small part until there are many processes. */
const WITHOUT: readonly Strategy[] = [
  { shifts: 26, shiftsHome: 64, swapsHome: 64, chains: 16, splits: 16, squeezes: 0, alike: 64 },
  { shifts: 26, shiftsHome: 8, swapsHome: 8, chains: 16, splits: 16, squeezes: 0, alike: 64 },
];
const MANY: readonly Strategy[] = [
  { shifts: 26, shiftsHome: 128, swapsHome: 128, chains: 16, splits: 0, squeezes: 0, alike: 64 },
  { shifts: 26, shiftsHome: 64, swapsHome: 64, chains: 8, splits: 0, squeezes: 0, alike: 64 },
];

export function strategyOf(thread: number, model: RoadefModel): Strategy {
  const strategies = strategiesFor(model);
  return strategies[thread % strategies.length]!;
}

function strategiesFor({ processes, resources }: RoadefModel): readonly Strategy[] {
  if (isTransient(resources)) return TRANSIENT;
  return processes >= MANY_PROCESSES ? MANY : WITHOUT;
}
