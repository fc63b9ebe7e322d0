import { expect, test } from 'vitest';
import { explainApp } from '../../coordinator/core/explain.ts';
import { DB, nineNodes, WEB, World } from './world.ts';

function explained(world: World, app: string, instance: string) {
  const found = explainApp(world.state, app as never)?.instances.find((one) => one.instance === instance);
  if (!found) throw new Error(`${instance} is not explained`);
  return found;
}

test('what holds an instance: the terms add up, and on the best node they add up to least', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.apply(DB);
  world.run(4000);
  const { node, held, others } = explained(world, 'web', 'web/0');
  expect(node).toBe(world.nodeOf('web/0'));
  expect(others).toHaveLength(8);
  const free = others.filter((other) => other.allowed);
  expect(free.map((other) => other.node)).toContain(held?.node);
  const inMoves = held!.terms.filter(({ term }) => term !== 'rules' && term !== 'failure domains');
  expect(inMoves).toContainEqual({ term: 'move', amount: 1 });
  expect(inMoves.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(held!.cost, 9);
  expect(held!.terms.every(({ amount }) => amount !== 0)).toBe(true);
});

/** N1 in the failure domain A, N2 and N3 in B, and two replicas that keep to different ones. */
function oneInAAndTwoInB(): World {
  const world = new World();
  for (const [name, domain] of [
    ['N1', 'A'],
    ['N2', 'B'],
    ['N3', 'B'],
  ] as const)
    world.addNode(name, domain);
  world.run(1000);
  world.apply({ ...WEB, replicas: 2 });
  return world;
}

test('replicas that would share a failure domain are a term before all others', () => {
  const world = oneInAAndTwoInB();
  world.run(4000);
  const onA = ['web/0', 'web/1'].find((instance) => world.nodeOf(instance) === 'N1')!;
  expect(explained(world, 'web', onA).held?.terms[0]).toEqual({ term: 'failure domains', amount: 1 });
});

test('what a failure domain holds is not called cheaper elsewhere, however much load that would take away', () => {
  const world = oneInAAndTwoInB();
  world.apply({
    name: 'heavy',
    replicas: 1,
    demand: { cpu: 1900, memory: 1e9 },
    constraints: { allow: [{ label: 'node', in: ['N1'] }] },
  });
  world.run(4000);
  const onA = ['web/0', 'web/1'].find((instance) => world.nodeOf(instance) === 'N1')!;
  const { held, others } = explained(world, 'web', onA);
  expect(held!.cost).toBeLessThan(0);
  const there = others.find(({ node }) => node === held!.node)!;
  expect(there.reasons[0]).toBe('replicas would share a failure domain that are apart now');
  expect(there.reasons.at(-1)).toMatch(/^beside that it would cost \d+\.\d\d less, which does not count against it$/);
});

test('a node that is closed, one with a replica, and an instance that is held are said', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(4000);
  const other = world.nodeOf('web/1');
  const closed = [...world.nodes.keys()].find((name) => world.running().every(({ node }) => node !== name))!;
  world.command({ kind: 'node', action: 'cordon', node: closed as never });
  const reasonsOn = (name: string | undefined) =>
    explained(world, 'web', 'web/0').others.find((one) => one.node === name)?.reasons;
  expect(reasonsOn(closed)).toEqual([`${closed} is cordoned: nothing new goes there`]);
  expect(reasonsOn(other)).toEqual(['web/1 of the same application is there']);
  world.node(world.nodeOf('web/0')!).connected = false;
  world.run(3600);
  const silent = explained(world, 'web', 'web/0');
  expect(silent.why[0]).toBe(`${silent.node} is not heard, so it is taken to run on there`);
  expect(silent.held).toBeNull();
  expect(silent.others.every(({ reasons }) => reasons.includes(`it is held on ${silent.node}`))).toBe(true);
});

test('what waits says the least that would let it run', () => {
  const world = nineNodes();
  world.apply({ name: 'huge', replicas: 1, demand: { cpu: 5000, memory: 1e9 } });
  world.run(4000);
  const { node, why, held } = explained(world, 'huge', 'huge/0');
  expect({ node, held }).toEqual({ node: null, held: null });
  expect(why).toEqual([
    '9 of 9 nodes lack cpu: needs 5000, most free is N1 with 3800',
    'stopping less important instances would not make room on any one of them',
    'N1 would take it with 1200 more cpu (200 of it is in its reserve)',
  ]);
});
