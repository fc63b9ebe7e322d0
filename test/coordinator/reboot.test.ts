import { expect, test } from 'vitest';
import type { NodeName } from '../../protocol/ids.ts';
import { BATCH, DB, nineNodes, WEB, World } from './world.ts';

/* A rolling reboot, held against what machines and processes really did. */

const names = (...nodes: string[]) => nodes as NodeName[];
const start = (world: World, ...nodes: string[]) => world.command({ kind: 'reboot', nodes: names(...nodes), own: [] });
const control = (world: World, what: 'pause' | 'resume' | 'cancel') =>
  world.command({ kind: 'controlReboot', control: what });
const phase = (world: World) => world.state.reboot?.record.phase;

function busy(settings = {}): World {
  const world = nineNodes(settings);
  for (const app of [WEB, DB, BATCH]) world.apply(app);
  world.run(4000);
  return world;
}
/** Until it is so, for at most ten minutes. */
function until(world: World, so: () => boolean, each?: () => void): void {
  for (const end = world.at + 600_000; !so(); ) {
    if (world.at >= end)
      throw new Error(
        `it did not come to pass:\n${world.journal
          .slice(-15)
          .map((l) => l.text)
          .join('\n')}`,
      );
    world.run(100, each);
  }
}
const boots = (world: World) => new Map([...world.nodes].map(([name, node]) => [name, node.bootId]));

test('all nodes, one after the other; nothing runs on a node that loses its power, and everything keeps running', () => {
  const world = busy();
  const before = boots(world);
  expect(start(world)).toMatchObject({ ok: true });
  let fewest = Number.POSITIVE_INFINITY;
  until(
    world,
    () => world.state.reboot === null,
    () => {
      const off = [...world.nodes.values()].filter((node) => !node.power);
      expect(off.length).toBeLessThan(2);
      fewest = Math.min(fewest, new Set(world.running().map(({ instance }) => instance)).size);
    },
  );
  expect(fewest).toBe(9); // 3 of web, 2 of db, 4 of batch
  expect(world.powerOffs.map(({ node }) => node)).toEqual([...world.nodes.keys()]);
  for (const [name, boot] of boots(world)) expect(boot).toBeGreaterThan(before.get(name) ?? 0);
  for (const { record } of world.state.nodes.values())
    expect(record).toMatchObject({ cordoned: false, draining: false, lost: false });
  expect(world.said(/^All 9 nodes were rebooted\.$/)).toBe(true);
});

test('a coordinator killed again and again finishes what was begun', () => {
  const world = busy();
  start(world, 'N1', 'N2', 'N3');
  const seen = new Set<string>();
  for (let kills = 0; world.state.reboot !== null; kills++) {
    expect(kills).toBeLessThan(200);
    world.run(300 + ((kills * 1700) % 8900));
    seen.add(phase(world) ?? '');
    world.restartCoordinator(kills % 3 === 0 ? 700 : 0);
  }
  world.run(90_000); // levelling, which waited for the end
  expect(seen.size).toBeGreaterThan(2);
  expect([...new Set(world.powerOffs.map(({ node }) => node))]).toEqual(['N1', 'N2', 'N3']);
  expect(world.running()).toHaveLength(9);
  expect(world.view().nodes.filter(({ draining, cordoned }) => draining || cordoned)).toEqual([]);
});

test('without a BMC its operator is waited for; a restarted agent is no reboot', () => {
  const world = busy({ bmc: { all: false, nodes: [] } });
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'awaiting-reboot');
  expect(world.running().filter(({ node }) => node === 'N1')).toEqual([]);
  world.run(60_000);
  expect(phase(world)).toBe('awaiting-reboot');
  expect(world.powerOffs).toEqual([]);
  world.losePower('N1');
  world.run(2000);
  world.restorePower('N1');
  until(world, () => world.state.reboot?.record.done === 1);
  expect(world.state.nodes.get('N1' as NodeName)?.record).toMatchObject({ cordoned: false, draining: false });
  until(world, () => phase(world) === 'awaiting-reboot');
  expect(world.view().reboot?.nodes.map(({ state }) => state)).toEqual(['done', 'awaiting-reboot']);
});

test('it stops at the first failure, and goes on with that node when it is resumed', () => {
  const world = busy();
  const stuck = world.node('N2');
  stuck.bmc = 'stuck'; // takes every order, and does nothing
  start(world, 'N1', 'N2', 'N3');
  until(world, () => world.state.reboot?.record.status === 'stopped');
  expect(world.state.reboot?.record).toMatchObject({ done: 1, why: expect.stringMatching(/has not powered it off/) });
  world.run(60_000);
  expect(world.view()).toMatchObject({ tone: 'warning', sentence: expect.stringMatching(/stopped at N2/) });
  expect(world.powerOffs.some(({ node }) => node === 'N3')).toBe(false);
  expect(world.state.nodes.get('N2' as NodeName)?.watch.liveness).toBe('alive');
  stuck.bmc = 'answers';
  expect(control(world, 'resume')).toMatchObject({ ok: true });
  until(world, () => world.state.reboot === null);
  expect(world.powerOffs.at(-1)?.node).toBe('N3');
});

test('a node that cannot be emptied is not taken down', () => {
  const world = new World();
  for (const name of ['N1', 'N2']) world.addNode(name, name);
  world.run(1000);
  world.apply({ ...BATCH, replicas: 2, demand: { cpu: 3000, memory: 1e6 } });
  world.run(3000);
  start(world);
  until(world, () => world.state.reboot?.record.status === 'stopped');
  expect(world.state.reboot?.record.why).toMatch(/^batch\/\d cannot leave it$/);
  world.run(60_000);
  expect(world.powerOffs).toEqual([]);
  expect(world.running()).toHaveLength(2);
  expect(control(world, 'cancel')).toMatchObject({ ok: true });
  expect(world.state.nodes.get('N1' as NodeName)?.record).toMatchObject({ cordoned: false, draining: false });
});

test('another node that dies stops it before the next is taken down', () => {
  const world = busy();
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'coming-back');
  world.node('N5').bmc = 'silent';
  world.losePower('N5');
  until(world, () => world.state.reboot?.record.status === 'stopped');
  expect(world.state.reboot?.record).toMatchObject({ done: 1, why: expect.stringMatching(/^N5 is dead/) });
  expect(world.powerOffs.some(({ node }) => node === 'N2')).toBe(false);
});

test('paused: a node that is off comes back, and no other is taken down until it is resumed', () => {
  const world = busy();
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'powering-on');
  expect(control(world, 'pause')).toMatchObject({ ok: true });
  until(world, () => world.state.reboot?.record.done === 1);
  world.run(60_000);
  expect(phase(world)).toBe('waiting');
  expect(world.node('N1').power).toBe(true);
  control(world, 'resume');
  until(world, () => world.state.reboot === null);
  expect(world.powerOffs.map(({ node }) => node)).toEqual(['N1', 'N2']);
});

test('called off: at once while a node is emptied, once it is back when it is off; what was cordoned stays so', () => {
  const world = busy();
  world.command({ kind: 'node', node: 'N1' as NodeName, action: 'cordon' });
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'draining');
  control(world, 'cancel');
  expect(world.state.reboot).toBeNull();
  expect(world.state.nodes.get('N1' as NodeName)?.record).toMatchObject({ cordoned: true, draining: false });

  world.run(5000);
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'powering-on');
  control(world, 'cancel');
  until(world, () => world.state.reboot === null);
  expect(world.node('N1').power).toBe(true);
  expect(world.powerOffs.map(({ node }) => node)).toEqual(['N1']);
  expect(world.state.nodes.get('N1' as NodeName)?.record).toMatchObject({ cordoned: true, draining: false });
});

test('what is refused', () => {
  const world = busy();
  expect(start(world, 'N99')).toMatchObject({ ok: false, code: 'NODE_UNKNOWN' });
  expect(control(world, 'pause')).toMatchObject({ ok: false, code: 'CONFLICT' });
  const own = names('N1');
  expect(world.command({ kind: 'reboot', nodes: own, own })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/coordinator runs on N1/),
  });
  expect(world.command({ kind: 'reboot', nodes: [], own })).toMatchObject({
    ok: true,
    notes: expect.arrayContaining([expect.stringMatching(/left out.*: N1$/)]),
  });
  expect(start(world, 'N2')).toMatchObject({ ok: false, code: 'CONFLICT' });
  until(world, () => phase(world) === 'powering-on');
  for (const action of ['uncordon', 'replace', 'forget', 'drain'] as const)
    expect(world.command({ kind: 'node', node: 'N2' as NodeName, action })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/N2 is being rebooted/),
    });
});

test('a node that is lost again just after it came back stops it', () => {
  const world = busy();
  start(world, 'N1', 'N2');
  until(world, () => phase(world) === 'coming-back');
  world.losePower('N1');
  until(world, () => world.state.reboot?.record.status === 'stopped');
  expect(world.state.reboot?.record).toMatchObject({ done: 0, why: expect.stringMatching(/lost again/) });
  control(world, 'resume');
  until(world, () => world.state.reboot === null);
  expect(world.node('N1').power).toBe(true);
  expect(world.running()).toHaveLength(9);
});
