import { expect, test } from 'vitest';
import type { NodeName } from '../../protocol/ids.ts';
import { nineNodes, type World } from './world.ts';

/* What an application must keep while nodes are emptied, counted from what really runs at every moment. */

const APP = { name: 'app', replicas: 4, demand: { cpu: 300, memory: 64e6 } };
type More = Record<string, unknown>;

const drain = (world: World, node: string) => world.command({ kind: 'node', node: node as NodeName, action: 'drain' });
const nodesOf = (world: World) => [...new Set(world.running().map(({ node }) => node))];

/** The fewest that ran and worked, and the most that were on their way, at any moment of the time. */
function extremes(world: World, ms: number, each = () => {}): { working: number; active: number; moving: number } {
  let [working, active, moving] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  world.run(ms, () => {
    each();
    const ready = [...world.nodes.values()].flatMap((node) =>
      [...node.processes].filter(([, generations]) =>
        [...generations.values()].some((one) => one.stopsAt === null && world.at - one.startedAt >= 300),
      ),
    );
    working = Math.min(working, new Set(ready.map(([instance]) => instance)).size);
    active = Math.min(active, world.activesOf('app'));
    const counts = Map.groupBy(
      [...world.state.bindings.values()].map(({ record }) => record.instance),
      (instance) => instance,
    );
    const between = [...world.state.bindings.values()].filter(
      ({ record }) => !record.wanted || (counts.get(record.instance)?.length ?? 0) > 1,
    );
    moving = Math.max(moving, new Set(between.map(({ record }) => record.instance)).size);
  });
  return { working, active, moving };
}

function drained(
  app: More,
  each: (world: World) => void = () => {},
): { world: World; all: ReturnType<typeof extremes> } {
  const world = nineNodes({ maxConcurrentMoves: 10 });
  world.apply({ ...APP, ...app });
  world.run(4000);
  const nodes = nodesOf(world);
  expect(nodes).toHaveLength(4);
  for (const node of nodes) drain(world, node);
  const all = extremes(world, 30_000, () => each(world));
  for (const node of nodes) expect(world.running().filter((one) => one.node === node)).toEqual([]);
  expect(world.running().filter(({ instance }) => instance.startsWith('app/'))).toHaveLength(4);
  return { world, all };
}

test('one instance moves at a time where the spec says nothing', () => {
  expect(drained({}).all).toEqual({ working: 4, active: 3, moving: 1 });
});

test('maxMoving lets more move at once, and minAvailable keeps enough of them active', () => {
  const free = drained({ budget: { minAvailable: 0, maxMoving: 4 } });
  expect(free.all).toMatchObject({ working: 4, moving: 4 });
  const kept = drained({ budget: { minAvailable: 3, maxMoving: 4 } });
  expect(kept.all).toEqual({ working: 4, active: 3, moving: 4 });
  expect(free.all.active).toBeLessThan(3);
});

test('a plan that is made anew half way keeps to the budget too', () => {
  let made = 0;
  const { all } = drained({ budget: { minAvailable: 3, maxMoving: 4 } }, (world) => {
    if (world.at % 200 === 0 && made < 20)
      world.apply({ name: `other-${++made}`, replicas: 0, demand: { cpu: 10, memory: 1e6 } });
  });
  expect(made).toBe(20);
  expect(all).toEqual({ working: 4, active: 3, moving: 4 });
});

test('a coordinator that is started again half way keeps to the budget too', () => {
  let restarts = 0;
  const { all } = drained({ budget: { minAvailable: 3, maxMoving: 4 } }, (world) => {
    if (world.running().length <= 4 || restarts > 0) return; // the new ones run beside the old ones
    restarts++;
    world.restartCoordinator();
  });
  expect(restarts).toBe(1);
  expect(all).toMatchObject({ working: 4, active: 3 });
});

test('of what stops first no more are stopped than minAvailable leaves', () => {
  expect(drained({ move: 'stop-first', budget: { minAvailable: 2, maxMoving: 4 } }).all).toMatchObject({
    working: 2,
    moving: 2,
  });
});

test('a budget that lets nothing be stopped keeps a node from being emptied, and says so once; recovery does not ask it', () => {
  const world = nineNodes();
  world.apply({ ...APP, move: 'stop-first', budget: { minAvailable: 4, maxMoving: 4 } });
  world.run(4000);
  const [first, second] = nodesOf(world) as [string, string];
  drain(world, first);
  world.run(20_000);
  expect(world.running().filter((one) => one.node === first)).toHaveLength(1);
  expect(world.journal.filter(({ text }) => /stays on .* budget.minAvailable/.test(text))).toHaveLength(1);
  expect(world.view().plan).toBeNull();
  world.losePower(second);
  world.run(8000);
  expect(world.running()).toHaveLength(4);
  expect(world.running().filter((one) => one.node === second)).toEqual([]);
});

test('a failing node is left whatever the budget says', () => {
  const world = nineNodes();
  world.apply({ ...APP, move: 'stop-first', budget: { minAvailable: 4, maxMoving: 4 } });
  world.run(4000);
  const [first] = nodesOf(world) as [string];
  world.node(first).readings = [{ sensor: 'bmc/FAN1', value: 0, unit: 'RPM', level: 'critical', limit: 500 }];
  world.run(20_000);
  expect(world.running().filter((one) => one.node === first)).toEqual([]);
});
