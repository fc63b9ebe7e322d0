import { expect, test } from 'vitest';
import type { NodeName } from '../../protocol/ids.ts';
import { BATCH, DB, nineNodes, WEB } from './world.ts';

test('the replacement of a server goes on whichever coordinator runs, in every phase', () => {
  const world = nineNodes();
  for (const app of [WEB, DB, BATCH]) world.apply(app);
  world.run(4000);
  const node = world.nodeOf('web/0') as NodeName;
  const phase = () => world.state.nodes.get(node)?.record.replacement;
  world.command({ kind: 'node', action: 'replace', node });
  const seen: unknown[] = [];
  for (let kills = 0; phase() !== 'awaiting-server'; kills++) {
    expect(kills).toBeLessThan(100);
    if (seen.at(-1) !== phase()) seen.push(phase());
    world.run(200 + ((kills * 1300) % 7000));
    world.restartCoordinator(kills % 2 === 0 ? 500 : 0);
  }
  expect(seen).toEqual(['draining', 'powering-off']);
  expect(world.running().filter((one) => one.node === node)).toEqual([]);
  world.restartCoordinator();
  world.run(10_000);
  expect(phase()).toBe('awaiting-server');
  world.node(node).serial = 'SN-new';
  world.restorePower(node);
  world.restartCoordinator();
  world.run(10_000);
  expect(world.state.nodes.get(node)?.record).toMatchObject({
    replacement: null,
    draining: false,
    lost: false,
    server: { serial: 'SN-new' },
  });
});

test('a drain goes on whichever coordinator runs, and can be called off half way', () => {
  const world = nineNodes({ maxConcurrentMoves: 1 });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) world.apply({ ...WEB, name, replicas: 6 });
  world.run(6000);
  const node = world.nodeOf('a/0') as NodeName;
  const here = () => world.running().filter((one) => one.node === node).length;
  const before = here();
  expect(before).toBeGreaterThan(2);
  world.command({ kind: 'node', action: 'drain', node });
  while (here() === before) world.run(100);
  world.restartCoordinator();
  while (here() > before - 2) world.run(100);
  expect(world.command({ kind: 'node', action: 'uncordon', node })).toMatchObject({ ok: true });
  world.run(5000);
  expect(here()).toBeGreaterThan(0);
  expect(world.view().nodes.find((one) => one.node === node)).toMatchObject({ draining: false, cordoned: false });
  expect(world.running()).toHaveLength(36);
  expect(world.view().plan).toBeNull();
});
