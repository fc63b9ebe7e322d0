import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startRace } from '../../../cli/roadef-race.ts';
import { instantiate } from '../../../placement/instantiate.ts';
import { roadefLowerBound } from '../../../placement/roadef/bound.ts';
import { roadefViolations } from '../../../placement/roadef/check.ts';
import { roadefCost } from '../../../placement/roadef/cost.ts';
import { newPace, runRound } from '../../../placement/roadef/round.ts';
import { roundsFor, strategyOf } from '../../../placement/roadef/schedule.ts';
import { beginRoadef } from '../../../placement/roadef/search.ts';
import { loadModule } from '../../../placement/solver.ts';
import type { WasmExports } from '../../../placement/wasm-exports.ts';
import { aCase, type Case, smallCases } from './models.ts';

const release = await loadModule();
const checked = await loadModule({ checked: true });
const SEED = 20261123;

const begin = ({ model, initial }: Case, seed: number, thread: number, module = release) =>
  beginRoadef(instantiate<WasmExports>(module), model, initial, seed, strategyOf(thread, model));

function solve(one: Case, seed: number, thread: number, steps: number, module = release) {
  const search = begin(one, seed, thread, module);
  const pace = newPace();
  const rounds = roundsFor(one.model, { steps });
  for (const round of rounds.keys()) {
    runRound(search, rounds, round, { steps }, pace, { now: () => 0, tick: () => false });
  }
  return { machineOf: search.best(), cost: search.progress().cost };
}

function expectRight({ model, initial }: Case, answer: { machineOf: Int32Array; cost: number }): void {
  expect(roadefViolations(model, initial, answer.machineOf)).toEqual([]);
  expect(roadefCost(model, initial, answer.machineOf).total).toBe(answer.cost);
}

/** The least cost of all assignments that keep every rule. */
function leastCost({ model, initial }: Case): number {
  let least = Infinity;
  const machineOf = Array.from(initial);
  const tryFrom = (p: number): void => {
    if (p < model.processes) {
      for (let m = 0; m < model.machines; m++) {
        machineOf[p] = m;
        tryFrom(p + 1);
      }
      return;
    }
    const cost = roadefCost(model, initial, machineOf).total;
    if (cost < least && roadefViolations(model, initial, machineOf, 1).length === 0) least = cost;
  };
  tryFrom(0);
  return least;
}

test('what the wasm counts is what the definition says, at every heat, and no rule is broken', () => {
  fc.assert(
    fc.property(smallCases, fc.nat(), fc.nat(1), (one, seed, thread) => {
      const search = begin(one, seed, thread);
      for (const [from, to] of [
        [30, 3],
        [3, 0.1],
        [0.1, 0.01],
      ] as const) {
        search.heat({ unit: 'mean', from, to, share: 1 }, 0, 1, 200);
        search.run(200);
        expectRight(one, { machineOf: search.present(), cost: search.presentCost() });
        expectRight(one, { machineOf: search.best(), cost: search.progress().cost });
      }
    }),
    { numRuns: 1500, seed: SEED },
  );
});

/** Without transient resources and balances, so that a search may go from coarse to fine. */
const byLoadAlone = ({ model, initial }: Case): Case => ({
  model: { ...model, resources: model.resources.map((one) => ({ ...one, transient: false })), balances: [] },
  initial,
});

test('while only the largest weigh anything, the rest counts; when all do again, no over-full placement is the best', () => {
  let overfull = 0;
  const cases = fc.oneof(
    smallCases,
    fc.integer({ min: 1 }).map((seed) => aCase(seed, { machines: 5, processes: 20, resources: 3 })),
  );
  fc.assert(
    fc.property(cases.map(byLoadAlone), fc.nat(), fc.nat(1), (one, seed, thread) => {
      const search = begin(one, seed, thread);
      for (const weighed of [0.2, 0.6, 1, 0.4, 1]) {
        search.heat({ unit: 'mean', from: 1, to: 0.1, share: 1, weighed }, 0, 1, 200);
        search.run(200);
        expectRight(one, { machineOf: search.best(), cost: search.progress().cost });
        const violations = roadefViolations(one.model, one.initial, search.present());
        expect(violations.filter(({ rule }) => rule !== 'capacity')).toEqual([]);
        if (weighed < 1) continue;
        expect(search.presentCost()).toBe(roadefCost(one.model, one.initial, search.present()).total);
        if (violations.length > 0) overfull++;
      }
      search.returnToBest();
      expectRight(one, { machineOf: search.present(), cost: search.progress().cost });
    }),
    { numRuns: 800, seed: SEED },
  );
  expect(overfull).toBeGreaterThan(20); // else the rule was not put to the test
});

test('small models are solved to the optimum', () => {
  fc.assert(
    fc.property(fc.oneof(smallCases, smallCases.map(byLoadAlone)), (one) => {
      const costs = [0, 1].map((thread) => solve(one, 1, thread, 20_000).cost);
      expect(Math.min(...costs)).toBe(leastCost(one));
      expect(roadefLowerBound(one.model)).toBeLessThanOrEqual(costs[0]!);
    }),
    { numRuns: 300, seed: SEED },
  );
});

test('with far more steps than processes the rounds are gone again, each time for twice as long, in the same time in all', () => {
  fc.assert(
    fc.property(smallCases, fc.integer({ min: 13, max: 40 }), fc.boolean(), ({ model }, doublings, isTimed) => {
      const processes = Math.max(1, model.processes);
      const once = roundsFor(model, { steps: 2 ** 13 * processes });
      const rounds = roundsFor(model, isTimed ? { timeMs: 2 ** doublings } : { steps: 2 ** doublings * processes });
      const shareOf = (some: typeof rounds) => some.flat().reduce((sum, leg) => sum + leg.share, 0);
      expect(shareOf(rounds)).toBeCloseTo(1, 9);
      const times = rounds.length / once.length;
      for (let time = 1; time < times; time++) {
        const before = shareOf(rounds.slice((time - 1) * once.length, time * once.length));
        expect(shareOf(rounds.slice(time * once.length, (time + 1) * once.length))).toBeCloseTo(2 * before, 9);
      }
    }),
    { numRuns: 300, seed: SEED },
  );
});

test('the checked build gives the same answer', () => {
  fc.assert(
    fc.property(fc.oneof(smallCases, smallCases.map(byLoadAlone)), fc.nat(), fc.nat(1), (one, seed, thread) => {
      const answer = solve(one, seed, thread, 5000);
      expect(solve(one, seed, thread, 5000, checked)).toEqual(answer);
      expect(solve(one, seed, thread, 5000)).toEqual(answer);
    }),
    { numRuns: 200, seed: SEED },
  );
});

test('larger models too, with chains of several machines; in slices as at once', () => {
  const one = aCase(SEED, { machines: 12, processes: 90, resources: 5 });
  for (const thread of [0, 1]) {
    const answer = solve(one, 7, thread, 60_000);
    expectRight(one, answer);
    expect(answer.cost).toBeLessThan(roadefCost(one.model, one.initial, one.initial).total);
    expect(solve(one, 7, thread, 60_000, checked)).toEqual(answer);
    const whole = begin(one, 3, thread);
    const sliced = begin(one, 3, thread);
    for (const search of [whole, sliced]) search.heat({ unit: 'mean', from: 3, to: 0.01, share: 1 }, 0, 1, 10_000);
    whole.run(10_000);
    for (let k = 0; k < 10_000; k += 16) sliced.run(16);
    expect(sliced.present()).toEqual(whole.present());
  }
});

test('going on from another answer counts right, and goes on', () => {
  const one = aCase(SEED, { machines: 12, processes: 90, resources: 5 });
  const { machineOf, cost } = solve(one, 7, 0, 60_000);
  const search = begin(one, 1, 1);
  search.heat({ unit: 'mean', from: 3, to: 1, share: 1 }, 0, 1, 1000);
  search.run(1000);
  search.adopt(machineOf);
  expect(search.progress().cost).toBe(cost);
  search.run(1000);
  expectRight(one, { machineOf: search.present(), cost: search.presentCost() });
  search.returnToBest();
  expectRight(one, { machineOf: search.present(), cost: search.progress().cost });
});

test('threads race and exchange answers, and with steps for a budget the answer is the same each time', async () => {
  const one = aCase(SEED, { machines: 12, processes: 90, resources: 5 });
  const options = { seed: 1, threads: 2, budget: { steps: 60_000 } };
  const first = await startRace(one.model, one.initial, options).result;
  expectRight(one, first);
  const again = await startRace(one.model, one.initial, options).result;
  expect(again.machineOf).toEqual(first.machineOf);
  expect(first.cost).toBeGreaterThanOrEqual(first.bound);
});

test('a race ends when its time is up, and at once when it is stopped, with the best so far', async () => {
  const one = aCase(SEED, { machines: 12, processes: 90, resources: 5 });
  const timed = await startRace(one.model, one.initial, { seed: 1, threads: 1, budget: { timeMs: 300 } }).result;
  expectRight(one, timed);
  const race = startRace(one.model, one.initial, {
    ...{ seed: 1, threads: 2, budget: { timeMs: 3_600_000 } },
    onProgress: () => race.stop(),
  });
  expectRight(one, await race.result);
});

test('nothing to move, or nowhere to move it', async () => {
  const lone = aCase(SEED, { machines: 1, processes: 3, resources: 2 });
  const none = aCase(SEED, { machines: 3, processes: 0, resources: 2 });
  for (const one of [lone, none]) {
    const { machineOf } = await startRace(one.model, one.initial, { seed: 1, threads: 1, budget: { timeMs: 200 } })
      .result;
    expect(machineOf).toEqual(one.initial);
  }
});
