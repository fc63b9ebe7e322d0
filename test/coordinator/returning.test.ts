import { expect, test } from 'vitest';
import { World } from './world.ts';

/* What a drain sends away, and is to come back once the node is used again. */

const app = (name: string, more: object = {}) => ({ name, demand: { cpu: 500, memory: 256e6 }, ...more });
const at = (node: string) => ({ constraints: { allow: [{ label: 'node', in: [node] }] } });

function cluster(): World {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3']) world.addNode(name, name);
  world.run(1000);
  for (const [name, node] of [
    ['a', 'N1'],
    ['b', 'N1'],
    ['c', 'N2'],
  ] as const)
    world.apply(app(name, at(node)));
  world.run(4000);
  for (const name of ['a', 'b', 'c']) world.apply(app(name));
  world.run(90_000); // levelling would be over by now
  expect(world.nodeOf('a/0')).toBe('N1');
  return world;
}
const drain = (world: World, returns: boolean) =>
  world.command({ kind: 'node', action: 'drain', node: 'N1' as never, returns });
const uncordon = (world: World) => world.command({ kind: 'node', action: 'uncordon', node: 'N1' as never });
const onN1 = (world: World) =>
  world
    .running()
    .filter(({ node }) => node === 'N1')
    .map(({ instance }) => instance)
    .sort();

test('what left goes back, once, and nothing else does; all the time it runs', () => {
  const world = cluster();
  const before = onN1(world);
  expect(drain(world, true)).toMatchObject({
    notes: [expect.stringMatching(/to move away, and back when it is used again$/)],
  });
  world.run(10_000);
  expect(onN1(world)).toEqual([]);
  const rest = world.running().filter(({ instance }) => !before.includes(instance));
  expect(uncordon(world)).toMatchObject({
    notes: [expect.any(String), expect.stringMatching(/back to it where that can be$/)],
  });
  world.run(10_000);
  expect(onN1(world)).toEqual(before);
  expect(world.running().filter(({ instance }) => !before.includes(instance))).toEqual(rest);
  const { solves } = world.state;
  world.run(120_000);
  expect(onN1(world)).toEqual(before);
  expect(world.state.solves - solves).toBeLessThan(3);
});

test('a new coordinator and the restart of the server in between change nothing about that', () => {
  const world = cluster();
  const before = onN1(world);
  drain(world, true);
  world.run(10_000);
  world.losePower('N1');
  world.run(10_000);
  world.restartCoordinator(1000);
  uncordon(world);
  world.run(5000);
  world.restorePower('N1');
  world.run(world.settings.flapping.steadyMs + 15_000); // nothing goes sooner to a node that has just been lost
  expect(onN1(world)).toEqual(before);
});

test('without the wish it goes back only where that is worth its price', () => {
  const world = cluster();
  drain(world, false);
  world.run(10_000);
  uncordon(world);
  world.run(10_000);
  expect(world.said(/go(es)? back to N1/)).toBe(false);
});

test('what cannot go back stays where it is, and that is said', () => {
  const world = cluster();
  drain(world, true);
  world.run(10_000);
  world.apply(app('a', at('N2')));
  world.run(5000);
  uncordon(world);
  world.run(10_000);
  expect(world.nodeOf('a/0')).toBe('N2');
  expect(world.said(/^a\/0 does not go back to N1: it cannot take it now\.$/)).toBe(true);
});

test('a drain that is called off has what left come back; drained anew without the wish, it does not', () => {
  const world = cluster();
  const before = onN1(world);
  drain(world, true);
  world.run(700);
  uncordon(world);
  world.run(10_000);
  expect(onN1(world)).toEqual(before);
  drain(world, true);
  drain(world, false);
  expect(world.state.nodes.get('N1' as never)?.record.returning).toEqual([]);
});
