import { expect, test } from 'vitest';
import type { NodeName } from '../../protocol/ids.ts';
import type { Hello } from '../../protocol/messages.ts';
import { BATCH, nineNodes, WEB, World } from './world.ts';

/*
 * When work may be taken over, where what the store says and what really runs differ. The world throws as soon as a slot
 * is active twice; that an application has more active instances than replicas is checked here.
 */

const NO_BMC = { bmc: { all: false, nodes: [] } };
const activesOf = (world: World, app: string) =>
  world.running().filter(({ instance, role }) => instance.startsWith(`${app}/`) && role === 'active');

test.each([500, 15_000])(
  'keep changed to stop %i ms after its node fell silent is not taken over by time',
  (afterMs) => {
    const world = nineNodes(NO_BMC);
    world.apply(WEB);
    world.run(5000);
    const silent = world.nodeOf('web/0') ?? '';
    world.node(silent).connected = false;
    world.run(afterMs);
    world.apply({ ...WEB, isolation: 'stop' });
    world.run(30_000);
    expect(world.starts.filter(({ instance, at }) => instance === 'web/0' && at > 5000)).toEqual([]);
  },
);

test('a changed isolation policy renews the instances, one at a time', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  world.apply({ ...WEB, isolation: 'stop' });
  world.run(15_000, () => expect(world.activesOf('web')).toBeGreaterThanOrEqual(2));
  expect(world.durable().bindings.map(({ isolation, generation }) => [isolation, generation])).toEqual([
    ['stop', 2],
    ['stop', 2],
    ['stop', 2],
  ]);
});

const TWO_OF_THREE = { name: 'db', replicas: 2, standby: 1, demand: { cpu: 500 } };
const ONE_OF_THREE = { ...TWO_OF_THREE, replicas: 1, standby: 2 };

test.each(['a running', 'a restarted'])(
  'an active one that could not be told to be standby counts with %s coordinator',
  (which) => {
    const world = nineNodes(NO_BMC);
    world.countsActives = false;
    world.apply(TWO_OF_THREE);
    world.run(8000);
    const unheard = world.nodeOf('db/1') ?? '';
    world.node(unheard).connected = false;
    world.run(200);
    // both work as far as is known: the one in order is kept, the other told to be standby, which it never hears
    world.apply(ONE_OF_THREE);
    world.run(300);
    if (which === 'a restarted') world.restartCoordinator();
    world.run(3000);
    const heard = world.nodeOf('db/0') ?? '';
    world.losePower(heard);
    world.run(8000);
    world.command({ kind: 'node', action: 'confirm-dead', node: heard as NodeName });
    world.run(5000);
    expect(activesOf(world, 'db').map(({ instance }) => instance)).toEqual(['db/1']);
  },
);

test('a demotion that is confirmed makes way for another promotion', () => {
  const world = nineNodes();
  world.apply(TWO_OF_THREE);
  world.run(5000);
  world.apply(ONE_OF_THREE);
  world.run(3000);
  expect(world.durable().bindings.map(({ demotedAt }) => demotedAt)).toEqual([null, null, null]);
  world.apply(TWO_OF_THREE);
  world.run(3000);
  expect(activesOf(world, 'db')).toHaveLength(2);
});

function helloOf(world: World, node: string, change: Partial<Hello>): Hello {
  const { serial, bootId } = world.node(node);
  return {
    v: 1,
    node: node as NodeName,
    bootId,
    machineBoot: 'another machine',
    term: 0,
    revision: 0,
    agentVersion: 'test',
    server: { serial, vendor: 'Test', model: 'T1' },
    inventory: { os: '', kernel: '', cpuModel: '', cpuCores: 4, memoryBytes: 8e9, disks: [], networks: [] },
    capacity: { cpu: 4000, memory: 8e9 },
    domain: 'A',
    labels: {},
    guard: true,
    stopBoundMs: 500,
    instances: [],
    ...change,
  };
}

test('a second machine with the same name and serial number is refused while the first speaks', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  const node = world.nodeOf('web/0') ?? '';
  const before = world.starts.length;
  const { bootId } = world.node(node);
  world.feed({ kind: 'greeted', at: world.at, hello: helloOf(world, node, { bootId: bootId + 100_000 }) });
  world.run(5000);
  expect(world.state.nodes.get(node as NodeName)?.watch.bootId).toBe(bootId);
  expect(world.starts.length).toBe(before);
  expect(world.said(/Two machines run with the same name and serial number/)).toBe(true);
});

test('two agents of one machine with one name: it is told that the older one goes on', () => {
  const world = nineNodes();
  const { bootId, serial } = world.node('N1');
  const machineBoot = `${serial}-${bootId}`;
  world.feed({ kind: 'greeted', at: world.at, hello: helloOf(world, 'N1', { bootId: bootId + 100_000, machineBoot }) });
  world.run(4000);
  expect(world.said(/Two agents speak for N1/)).toBe(false);
  world.run(6000);
  expect(world.journal.filter(({ text }) => text.startsWith('Two agents speak for N1'))).toHaveLength(1);
});

test('a store older than the cluster: numbers go on above those obeyed, and what runs unknown is stopped before anything takes its place', () => {
  const old = nineNodes();
  old.apply(WEB);
  old.run(5000);
  for (let i = 0; i < 3; i++) {
    old.restartCoordinator();
    old.run(3000);
  }
  const obeyed = old.node('N1').term;
  const world = new World();
  for (const [name, node] of old.nodes) world.nodes.set(name, node);
  world.at = old.at;
  world.countsActives = false;
  world.restartCoordinator();
  world.apply({ ...WEB, replicas: 2 });
  world.run(10_000, () => expect(activesOf(world, 'web').length).toBeLessThanOrEqual(3));
  expect(world.state.term).toBeGreaterThan(obeyed);
  expect(world.durable().meta?.term).toBe(world.state.term);
  expect(world.said(/it is older than the cluster/)).toBe(true);
  expect(
    world
      .running()
      .map(({ instance }) => instance)
      .sort(),
  ).toEqual(['web/0', 'web/1']);
  expect(world.running().every(({ generation }) => generation > 1)).toBe(true);
  world.apply(BATCH);
  world.run(5000);
  expect(world.running()).toHaveLength(6);
});
