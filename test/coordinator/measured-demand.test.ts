import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainApp } from '../../coordinator/core/explain.ts';
import { peakNow, raisePeak } from '../../coordinator/core/peak.ts';
import { poseProblem } from '../../coordinator/core/problem.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { Peak } from '../../coordinator/core/state.ts';
import { nineNodes, World } from './world.ts';

const { fallMs } = DEFAULT_SETTINGS.measuredDemand;

describe('a peak', () => {
  const sampled = (samples: readonly number[], stepMs: number) =>
    samples.reduce<Peak | undefined>(
      (peak, sample, k) => raisePeak(DEFAULT_SETTINGS, peak, sample, k * stepMs),
      undefined,
    )!;

  test('follows a rise within seconds, though not one sample, and falls to a twentieth in the time that is set', () => {
    expect(sampled([100, 1000], 100).peak).toBeLessThan(150);
    const risen = sampled([100, ...new Array(10).fill(1000)], 1000);
    expect(risen.peak).toBeGreaterThan(950);
    expect(peakNow(DEFAULT_SETTINGS, { mean: 100, peak: 1100, at: 0 }, fallMs)).toBeCloseTo(
      100 + 1000 * Math.exp(-3),
      6,
    );
    const minutes = fallMs / 60_000;
    const idle = sampled([100, ...new Array(10).fill(1000), ...new Array(60 * minutes).fill(100)], 1000);
    expect(idle.peak).toBeLessThan(100 + 60);
    expect(idle.peak).toBeGreaterThan(100 + 30);
  });

  test('is never below the mean, nor above what was ever sampled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 30 }), fc.nat(20_000), (samples, stepMs) => {
        const { mean, peak } = sampled(samples, stepMs);
        expect(peak).toBeGreaterThanOrEqual(mean - 1e-9);
        expect(peak).toBeLessThanOrEqual(Math.max(...samples) + 1e-9);
      }),
      { numRuns: 300, seed: 20261123 },
    );
  });
});

/** Web with a demand of 1000m on one of nine nodes, using so much. */
function using(cpu: number, measuredDemand: Partial<Settings['measuredDemand']> = {}): World {
  const world = nineNodes({ measuredDemand: { ...DEFAULT_SETTINGS.measuredDemand, ...measuredDemand } });
  world.cpuUse.set('web/0', cpu);
  world.apply({ name: 'web', replicas: 1, demand: { cpu: 1000, memory: 1e6 } });
  world.run(40_000);
  return world;
}
const posed = (world: World, purpose: 'repair' | 'repair-free' | 'what-if' = 'what-if') => {
  const { problem } = poseProblem(world.state, { purpose });
  const [instance] = problem.instances;
  return { demand: instance?.demand, load: instance?.load };
};

describe('what an instance counts for', () => {
  test('its demand until it is measured, and by default also when it uses less', () => {
    const world = nineNodes();
    world.apply({ name: 'web', replicas: 1, demand: { cpu: 1000, memory: 1e6 } });
    world.run(3000);
    expect(posed(world)).toEqual({ demand: null, load: undefined });
    expect(posed(using(100))).toEqual({ demand: null, load: undefined });
  });

  test('less in load where that is set, never below the share, and never in room', () => {
    expect(posed(using(700, { leastShare: 0.5 }))).toEqual({ demand: null, load: [700, 1e6] });
    expect(posed(using(100, { leastShare: 0.5 }))).toEqual({ demand: null, load: [500, 1e6] });
  });

  test('more in load and room, up to the share', () => {
    expect(posed(using(1500))).toEqual({ demand: [1500, 1e6], load: undefined });
    expect(posed(using(3500))).toEqual({ demand: [2000, 1e6], load: undefined });
    expect(posed(using(3500, { mostShare: 1 }))).toEqual({ demand: null, load: undefined });
  });

  test('its demand alone where something would wait otherwise', () => {
    expect(posed(using(1500), 'repair')).toEqual({ demand: [1500, 1e6], load: undefined });
    expect(posed(using(1500), 'repair-free')).toEqual({ demand: null, load: undefined });
  });
});

test('a measurement keeps nothing from running', () => {
  const world = new World();
  for (const name of ['N1', 'N2']) world.addNode(name, name);
  world.run(1000);
  world.cpuUse.set('big/0', 3900);
  world.apply({ name: 'big', replicas: 1, demand: { cpu: 2500, memory: 1e6 } });
  world.run(40_000);
  expect(posed(world).demand).toEqual([3900, 1e6]); // more than any node has beside its reserve
  const from = world.nodeOf('big/0')!;
  world.losePower(from);
  world.run(10_000);
  expect(world.nodeOf('big/0')).toBe(from === 'N1' ? 'N2' : 'N1');
});

test('nothing healthy moves for room that only a measurement takes', () => {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3']) world.addNode(name, name);
  world.run(1000);
  for (const [name, cpu] of [
    ['a', 1800],
    ['b', 1700],
    ['c', 1600],
  ] as const) {
    world.cpuUse.set(`${name}/0`, 2 * cpu);
    world.apply({ name, replicas: 1, demand: { cpu, memory: 1e6 } });
  }
  world.run(40_000);
  const before = new Map(world.running().map(({ instance, node }) => [instance, node]));
  expect(new Set(before.values()).size).toBe(3);
  const lost = before.get('c/0')!;
  world.losePower(lost);
  world.run(10_000);
  expect(world.running()).toHaveLength(3);
  for (const name of ['a/0', 'b/0']) expect(world.nodeOf(name)).toBe(before.get(name));
});

test('a peak is kept when an instance moves, and told when it is above demand', () => {
  const world = using(1500);
  const from = world.nodeOf('web/0')!;
  world.cpuUse.set('web/0', 100);
  world.command({ kind: 'node', action: 'drain', node: from as never });
  world.run(5000);
  expect(world.nodeOf('web/0')).not.toBe(from);
  const { why, measured } = explainApp(world.state, 'web' as never)!.instances[0]!;
  const cpu = measured.find(({ resource }) => resource === 'cpu')!;
  expect(cpu).toMatchObject({ demanded: 1000, counted: cpu.measured });
  expect(cpu.measured).toBeGreaterThan(1400);
  expect(why.at(-1)).toMatch(
    /^it was measured to use 1\.\d+ of cpu, more than the 1 it demands, and counts for 1\.\d+$/,
  );
});

test('a node that is over-full by what is used is relieved when load is levelled; by demand it would stay', () => {
  const movedTo = (mostShare: number) => {
    const measuredDemand = { ...DEFAULT_SETTINGS.measuredDemand, mostShare };
    const world = new World({ rebalanceCooldownMs: 0, measuredDemand });
    world.addNode('N1', 'N1');
    world.run(1000);
    for (const name of ['a', 'b', 'c']) {
      world.cpuUse.set(`${name}/0`, 1900);
      world.apply({ name, replicas: 1, demand: { cpu: 30, memory: 1e6 } });
    }
    world.run(40_000);
    expect(world.running().map(({ node }) => node)).toEqual(['N1', 'N1', 'N1']);
    world.addNode('N2', 'N2');
    world.run(40_000);
    return world.running().filter(({ node }) => node === 'N2').length;
  };
  expect(movedTo(100)).toBe(1);
  expect(movedTo(1)).toBe(0);
});

describe('how much moves in one plan', () => {
  function crowded(settings: Partial<Settings>): { world: World; movesPerPlan: () => number[] } {
    const world = new World({ rebalanceCooldownMs: 10_000, ...settings });
    world.addNode('N1', 'N1');
    world.run(1000);
    for (let k = 0; k < 8; k++) world.apply({ name: `a${k}`, replicas: 1, demand: { cpu: 450, memory: 1e6 } });
    world.run(5000);
    world.addNode('N2', 'N2');
    world.run(120_000);
    const plans = () => world.journal.filter(({ text }) => /^Plan \d+, because N2 was added/.test(text));
    return { world, movesPerPlan: () => plans().map(({ text }) => Number(/: (\d+) to move \(/.exec(text)?.[1])) };
  }

  test('as much as is worth it', () => {
    const { movesPerPlan } = crowded({});
    expect(movesPerPlan()).toHaveLength(1);
    expect(movesPerPlan()[0]).toBeGreaterThan(2);
  });

  test('no more than is set, the rest after a pause', () => {
    const all = crowded({}).movesPerPlan()[0]!;
    const { movesPerPlan, world } = crowded({ maxMovesPerPlan: 2 });
    expect(Math.max(...movesPerPlan())).toBeLessThanOrEqual(2);
    expect(movesPerPlan().reduce((sum, moves) => sum + moves, 0)).toBe(all);
    expect(world.state.rebalance).toBeNull();
  });

  test('nothing where none may', () => {
    const { movesPerPlan, world } = crowded({ maxMovesPerPlan: 0 });
    expect(movesPerPlan()).toEqual([]);
    expect(world.said(/^After N2 was added: nothing is moved/)).toBe(true);
  });
});
