import { expect, test } from 'vitest';
import { World } from './world.ts';

/* Rules that are changed under what runs: others come along, or make way. */

const at = (node: string) => ({ allow: [{ label: 'node', in: [node] }] });
const app = (name: string, constraints: object = {}) => ({ name, demand: { cpu: 500, memory: 256e6 }, constraints });

function threeNodes(): World {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3']) world.addNode(name, name);
  world.run(1000);
  return world;
}

test('what must run beside an application that its new rule sends elsewhere goes with it', () => {
  const world = threeNodes();
  world.apply(app('a', at('N1')));
  world.apply(app('b', { affinity: ['a'] }));
  world.apply(app('c', { affinity: ['b'] }));
  world.run(3000);
  expect(['a/0', 'b/0', 'c/0'].map((one) => world.nodeOf(one))).toEqual(['N1', 'N1', 'N1']);
  world.apply(app('a', { ...at('N2'), affinity: ['b', 'c'] }));
  world.run(10_000);
  expect(['a/0', 'b/0', 'c/0'].map((one) => world.nodeOf(one))).toEqual(['N2', 'N2', 'N2']);
});

test('what may not run beside it makes way, and what has nothing to do with it stays', () => {
  const world = threeNodes();
  world.apply(app('a', at('N1')));
  world.apply(app('b', { antiAffinity: ['a'], ...at('N2') }));
  for (const other of ['c', 'd', 'e']) world.apply(app(other));
  world.run(3000);
  world.apply(app('b', { antiAffinity: ['a'] }));
  world.run(3000);
  const from = world.nodeOf('b/0')!;
  const others = ['c/0', 'd/0', 'e/0'].map((one) => world.nodeOf(one));
  world.apply(app('a', at(from)));
  world.run(10_000);
  expect(world.nodeOf('a/0')).toBe(from);
  expect(world.nodeOf('b/0')).not.toBe(from);
  expect(['c/0', 'd/0', 'e/0'].map((one) => world.nodeOf(one))).toEqual(others);
});

test('a rule that cannot be kept moves nothing, and is not asked about without end', () => {
  const world = threeNodes();
  world.apply(app('a', at('N1')));
  world.apply(app('b', at('N1')));
  world.run(3000);
  world.apply(app('b', { ...at('N1'), antiAffinity: ['a'] }));
  world.run(10_000);
  expect(['a/0', 'b/0'].map((one) => world.nodeOf(one))).toEqual(['N1', 'N1']);
  expect(world.state.solves).toBeLessThan(12);
});
