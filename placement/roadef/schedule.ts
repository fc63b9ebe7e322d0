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
  /** Which part of the processes, the largest first, weighs anything; all unless said. Only without transient resources. */
  readonly weighed?: number;
}

export type Rounds = readonly (readonly Leg[])[];

const mean = (from: number, to: number, share: number): Leg => ({ unit: 'mean', from, to, share });
const one = (from: number, to: number, share: number): Leg => ({ unit: 'one', from, to, share });

/** Straight down from home: a good answer is soon at hand, and one of very few moves is found here or nowhere. */
const FIRST: Leg = one(3000, 1, 0.03);
/** Which large processes share a machine is decided at high heat, and takes most of the time. */
const SLOWLY: Rounds = [
  [FIRST, mean(5, 0.03, 0.6), mean(0.03, 0.001, 0.12)],
  [mean(0.1, 0.003, 0.06), one(1000, 3, 0.06)],
  [one(1000, 30, 0.04), one(30, 0.3, 0.09)],
];
/**
 * From coarse to fine, each time hotter than it ended. Balance between resources says nothing of a part of the load, and what is in
 * the way of large ones where homes keep their room are homes.
 */
const coarseToFine = (share: number): readonly Leg[] => [
  { ...mean(5, 1, 0.06 * share), weighed: 0.1 },
  { ...mean(3, 0.7, 0.12 * share), weighed: 0.25 },
  { ...mean(2, 0.4, 0.23 * share), weighed: 0.5 },
  { ...mean(1.2, 0.2, 0.23 * share), weighed: 0.7 },
  mean(0.6, 0.03, 0.26 * share),
  mean(0.03, 0.001, 0.1 * share),
];
/** Nothing is the best before all weigh again, so it is gone through quickly first: an early end finds a fair answer. */
const COARSE_TO_FINE: Rounds = [
  [FIRST, ...coarseToFine(0.02)],
  [...coarseToFine(0.08), one(1000, 30, 0.01)],
  [...coarseToFine(0.76)],
  [one(1000, 30, 0.03), one(30, 0.3, 0.07)],
];
/** With fewer steps for each process some machine often stays over-full to the end. */
const STEPS_TO_REFINE = 5000;
/** More of it where homes keep their room. */
const MORE_SLOWLY: Rounds = [
  [FIRST, mean(4, 0.1, 0.57), mean(0.1, 0.002, 0.2)],
  [mean(0.1, 0.003, 0.1), one(1000, 10, 0.02)],
  [one(1000, 30, 0.03), one(30, 0.3, 0.05)],
];
/** With fewer steps for each process there is no time to forget where they all were; what moves cost matters as much. */
const MANY_MOVES: Rounds = [[FIRST, mean(1, 0.003, 0.32), one(1000, 4, 0.45)], [one(300, 3, 0.2)]];
/** Where homes keep their room, less still has to be forgotten. */
const STAYING: Rounds = [[FIRST, mean(0.3, 0.003, 0.2), one(1000, 3, 0.5)], [one(300, 2, 0.27)]];
const MANY_PROCESSES = 10_000;
const SOME_PROCESSES = 3000;
/**
 * With more steps for each process than this the rounds are gone again and again, each time twice as long, from so many: slower cooling
 * need not end lower, and so much more time gives at least what less of it would have given.
 */
const STEPS_TO_GO_AGAIN = 2_000_000;
const STEPS_AT_FIRST = 200_000;
/** About what a thread takes, so that a search that is given time has as many rounds as one that is given steps. */
const USUAL_STEPS_PER_MS = 5000;

export type Given = { readonly steps: number } | { readonly timeMs: number };

/** The rounds of a search that is given so much in all. */
export function roundsFor(model: RoadefModel, given: Given): Rounds {
  const isTimed = 'timeMs' in given;
  const steps = isTimed ? given.timeMs * USUAL_STEPS_PER_MS : given.steps;
  return goneAgain(roundsOnce(model, isTimed ? Infinity : steps), steps / Math.max(1, model.processes));
}

function goneAgain(rounds: Rounds, stepsPerProcess: number): Rounds {
  if (stepsPerProcess < STEPS_TO_GO_AGAIN) return rounds;
  let times = 1;
  while ((2 ** (times + 1) - 1) * STEPS_AT_FIRST <= stepsPerProcess) times++;
  const partOf = (time: number) => 2 ** time / (2 ** times - 1);
  return Array.from({ length: times }, (_, time) =>
    rounds.map((legs) => legs.map((leg) => ({ ...leg, share: leg.share * partOf(time) }))),
  ).flat();
}

function roundsOnce(model: RoadefModel, steps: number): Rounds {
  const { processes, resources } = model;
  if (processes >= MANY_PROCESSES) return isTransient(resources) ? STAYING : MANY_MOVES;
  if (isTransient(resources)) return MORE_SLOWLY;
  return isByLoadAlone(model) && steps >= STEPS_TO_REFINE * processes ? COARSE_TO_FINE : SLOWLY;
}

function isByLoadAlone({ processes, balances }: RoadefModel): boolean {
  return processes < SOME_PROCESSES && balances.length === 0;
}

export function isTransient(resources: RoadefModel['resources']): boolean {
  return resources.some((one) => one.transient);
}

/** In how many parts a leg is run; its steps are set anew for each. */
export const PARTS = 24;

/** Shares of 256 of what is tried. */
export interface Shares {
  readonly shifts: number;
  readonly shiftsHome: number; // of shifts, those that go home
  readonly swapsHome: number; // of swaps, those in which one goes home
  readonly chains: number; // of what is no shift
  readonly splits: number; // of what is no shift, those that take a process for two
  readonly squeezes: number; // of what is no shift, those that put a process where there is no room and push others off
  readonly kin: number; // of swaps that go elsewhere, those of two of one service
  readonly alike: number; // of swaps that go elsewhere, those of two of like size
}

/** What is tried at the heat of loads, and at that of moves, where going home is what saves most. */
export type Strategy = Readonly<Record<Leg['unit'], Shares>>;

/** Where transient resources keep homes full, a large process gets in only where several small ones make room for it. */
const HOMEWARD: Shares = {
  ...{ shifts: 26, shiftsHome: 48, swapsHome: 48 },
  ...{ chains: 64, splits: 0, squeezes: 16, alike: 64, kin: 16 },
};
const SEEKING: Shares = { ...HOMEWARD, shiftsHome: 24, swapsHome: 24, chains: 48, squeezes: 24, kin: 64 };
const HOMECOMING: Shares = { ...HOMEWARD, shiftsHome: 96, swapsHome: 96, squeezes: 4, kin: 0 };
const TRANSIENT: readonly Strategy[] = [
  { mean: HOMEWARD, one: HOMECOMING },
  { mean: SEEKING, one: HOMECOMING },
];
/** Elsewhere it saves what moves cost, which is a small part until there are many processes. */
const ROAMING: Shares = {
  ...{ shifts: 26, shiftsHome: 2, swapsHome: 2 },
  ...{ chains: 16, splits: 16, squeezes: 2, alike: 0, kin: 64 },
};
const RETURNING: Shares = { ...ROAMING, shiftsHome: 96, swapsHome: 96, squeezes: 0, alike: 64, kin: 0 };
const WITHOUT: readonly Strategy[] = [
  { mean: ROAMING, one: RETURNING },
  { mean: { ...ROAMING, squeezes: 24, kin: 96, alike: 32 }, one: RETURNING },
];
/** From coarse to fine there is room for large ones without squeezes, which take most of the time. */
const FITTING: Shares = { ...ROAMING, squeezes: 0 };
const BY_LOAD: readonly Strategy[] = [
  { mean: FITTING, one: RETURNING },
  { mean: { ...FITTING, chains: 0, splits: 0, kin: 96 }, one: RETURNING },
];
/** The more processes, the more moves cost beside loads. */
const STROLLING: Shares = { ...ROAMING, shiftsHome: 64, swapsHome: 64, squeezes: 0, alike: 64, kin: 0 };
const SOME: readonly Strategy[] = [
  { mean: STROLLING, one: STROLLING },
  { mean: { ...STROLLING, shiftsHome: 8, swapsHome: 8 }, one: STROLLING },
];
const CROWD: Shares = {
  ...{ shifts: 26, shiftsHome: 128, swapsHome: 128 },
  ...{ chains: 16, splits: 0, squeezes: 0, alike: 64, kin: 0 },
};
const FREER: Shares = { ...CROWD, shiftsHome: 64, swapsHome: 64, chains: 8 };
const MANY: readonly Strategy[] = [
  { mean: CROWD, one: CROWD },
  { mean: FREER, one: FREER },
];
const MANY_TRANSIENT: readonly Strategy[] = [
  { mean: CROWD, one: CROWD },
  { mean: HOMEWARD, one: HOMEWARD },
];

export function strategyOf(thread: number, model: RoadefModel): Strategy {
  const strategies = strategiesFor(model);
  return strategies[thread % strategies.length]!;
}

function strategiesFor(model: RoadefModel): readonly Strategy[] {
  const { processes, resources } = model;
  if (processes >= MANY_PROCESSES) return isTransient(resources) ? MANY_TRANSIENT : MANY;
  if (isTransient(resources)) return TRANSIENT;
  if (isByLoadAlone(model)) return BY_LOAD;
  return processes >= SOME_PROCESSES ? SOME : WITHOUT;
}
