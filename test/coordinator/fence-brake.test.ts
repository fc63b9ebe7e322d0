import { describe, expect, test } from 'vitest';
import { fencesAllowed } from '../../coordinator/core/fence-allowance.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { NodeView } from '../../protocol/view.ts';
import { nineNodes, WEB, World } from './world.ts';

/* S6: no more than a share of the nodes is fenced in a time, whoever restarts; and what needs no fence does not wait. */

const WINDOW_MS = 600_000;
const name = (node: string) => node as NodeName;
const viewOf = (world: World, node: string) => world.view().nodes.find((one) => one.node === node) as NodeView;

/** Hangs: only its BMC can end it. */
function hang(world: World, node: string): void {
  world.node(node).frozen = true;
}

/** Nine nodes, one of which was fenced just now, and another that has died since. */
function oneHeldBack(): { world: World; first: string; second: string; fencedAt: number } {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  const [first, second] = [world.nodeOf('web/0') ?? '', world.nodeOf('web/1') ?? ''];
  hang(world, first);
  world.run(20_000);
  hang(world, second);
  world.run(10_000);
  const fencedAt = world.powerOffs[0]?.at ?? Number.NaN;
  expect(world.powerOffs).toEqual([{ at: fencedAt, node: first }]);
  return { world, first, second, fencedAt };
}

test('a fence too many is held back, and it is said what is waited for, until when, and what can be done', () => {
  const { world, first, second, fencedAt } = oneHeldBack();
  const told = world.journal.filter(({ text }) => text.includes('may not be fenced yet'));
  expect(told.map(({ severity, node }) => [severity, node])).toEqual([['error', second]]);
  expect(told[0]?.text).toContain(`${first} was fenced within 10 min, and of 9 nodes 1 may be`);
  const view = viewOf(world, second);
  expect(view.liveness).toBe('dead');
  expect(view.fenceHeld?.leftMs).toBe(fencedAt + WINDOW_MS - world.at);
  expect(world.view().tone).toBe('bad');
  expect(world.view().sentence).toContain(`evenkeel node confirm-dead ${second}`);
  world.run(fencedAt + WINDOW_MS - 100 - world.at);
  expect(world.powerOffs).toHaveLength(1);
  world.run(200);
  // asking its BMC, which goes on meanwhile, may be under way at that moment
  expect(world.powerOffs[1]?.node).toBe(second);
  world.run(10_000);
  expect(viewOf(world, second).fenceHeld).toBeUndefined();
  expect(world.nodeOf('web/1')).not.toBe(second);
  expect(told).toHaveLength(1);
});

test('a coordinator that is started anew has no new allowance', () => {
  const { world, second, fencedAt } = oneHeldBack();
  for (let i = 0; i < 3; i++) {
    world.restartCoordinator(5000);
    world.run(15_000);
    expect(viewOf(world, second).fenceHeld?.leftMs).toBe(fencedAt + WINDOW_MS - world.at);
  }
  expect(world.powerOffs).toHaveLength(1);
});

test('nor has one whose machine was restarted: nobody knows how long ago the last fence was', () => {
  const { world, second } = oneHeldBack();
  world.boot = 'second';
  world.restartCoordinator();
  const startedAt = world.at;
  world.run(15_000);
  expect(viewOf(world, second).fenceHeld?.leftMs).toBe(startedAt + WINDOW_MS - world.at);
  world.restartCoordinator(); // by the same clock now
  world.run(startedAt + WINDOW_MS - 100 - world.at);
  expect(world.powerOffs).toHaveLength(1);
  world.run(10_000);
  expect(world.powerOffs).toHaveLength(2);
});

test('a fence that is under way is gone on with by the next coordinator, and counts from then', () => {
  const world = nineNodes();
  world.run(5000); // the grace after its start is over
  world.node('N1').bmc = 'stuck';
  hang(world, 'N1');
  world.run(7000);
  expect(world.powerOffs).toHaveLength(1);
  world.restartCoordinator();
  world.run(20_000);
  expect(world.powerOffs.length).toBeGreaterThan(1);
  expect(world.powerOffs.every(({ node }) => node === 'N1')).toBe(true);
  expect(world.said(/may not be fenced yet/)).toBe(false);
  world.node('N1').bmc = 'answers';
  world.run(10_000);
  expect(viewOf(world, 'N1').liveness).toBe('lost');
  const counted = world.durable().fences?.begun ?? [];
  expect(counted).toHaveLength(1);
  expect(counted[0]?.at).toBeGreaterThan(world.powerOffs[0]?.at ?? 0);
});

test.each(['came back from it', 'was heard before it took effect'])(
  'a node that %s and dies again is another fence',
  (which) => {
    const world = nineNodes();
    if (which === 'was heard before it took effect') world.node('N1').bmc = 'stuck';
    hang(world, 'N1');
    world.run(15_000);
    if (which === 'came back from it') world.restorePower('N1');
    else world.node('N1').frozen = false;
    world.run(10_000);
    expect(viewOf(world, 'N1').liveness).toBe('alive');
    const before = world.powerOffs.length;
    hang(world, 'N1');
    world.run(30_000);
    expect(world.powerOffs).toHaveLength(before);
    expect(viewOf(world, 'N1').fenceHeld).toBeDefined();
    world.node('N1').frozen = false;
    world.run(3000);
    expect(viewOf(world, 'N1')).toMatchObject({ liveness: 'alive' });
    expect(viewOf(world, 'N1').fenceHeld).toBeUndefined();
  },
);

describe('what needs no fence does not wait', () => {
  test('a held node that somebody switches off is proved off by its BMC', () => {
    const { world, second } = oneHeldBack();
    world.node(second).power = false;
    world.node(second).processes.clear();
    world.run(8000);
    expect(viewOf(world, second).liveness).toBe('lost');
    expect(world.powerOffs).toHaveLength(1);
    expect(world.nodeOf('web/1')).not.toBe(second);
  });

  test('a held node that an operator confirms to be dead', () => {
    const { world, second } = oneHeldBack();
    world.node(second).power = false;
    world.node(second).processes.clear();
    expect(world.command({ kind: 'node', action: 'confirm-dead', node: name(second) })).toMatchObject({ ok: true });
    world.run(3000);
    expect(world.nodeOf('web/1')).not.toBe(second);
  });

  test.each([3, 9])('%i of nine nodes that lose power together, their BMCs answering', (count) => {
    const { world } = oneHeldBack();
    const ordered = world.powerOffs.length;
    const lost = [...world.nodes.keys()].filter((node) => viewOf(world, node).liveness !== 'lost').slice(0, count);
    for (const node of lost) world.losePower(node);
    world.run(1000);
    expect(lost.map((node) => viewOf(world, node).liveness)).toEqual(lost.map(() => 'lost'));
    expect(world.powerOffs).toHaveLength(ordered);
  });

  test('the same where no will tells of it: the hint of silence does', () => {
    const world = nineNodes();
    world.run(5000);
    for (const node of world.nodes.values()) {
      node.connected = false;
      world.losePower(node.name);
    }
    world.run(4000);
    expect(world.view().nodes.map(({ liveness }) => liveness)).toEqual(Array(9).fill('lost'));
    expect(world.powerOffs).toEqual([]);
  });

  test('a server that is powered off to be replaced', () => {
    const { world } = oneHeldBack();
    const third = [...world.nodes.keys()].find((node) => viewOf(world, node).liveness === 'alive') ?? '';
    world.command({ kind: 'node', action: 'replace', node: name(third) });
    world.run(20_000);
    expect(world.powerOffs.map(({ node }) => node)).toContain(third);
    expect(viewOf(world, third).replacement).toBe('awaiting-server');
    expect(world.durable().fences?.begun.map(({ node }) => node)).not.toContain(third);
  });
});

test.each([
  [0.2, 1, 1],
  [0.2, 9, 1],
  [0.2, 10, 2],
  [0.29, 100, 29], // whose product is a little less by floating point
  [0, 50, 1],
  [1, 7, 7],
])('a share of %f of %i nodes: %i', (fenceShare, nodes, allowed) => {
  const world = new World({ fenceShare });
  for (let i = 1; i <= nodes; i++) world.addNode(`N${i}`, `D${i}`);
  expect(fencesAllowed(world.state)).toBe(allowed);
});

test('the only node there is may be fenced, and again after the window', () => {
  const world = new World({ fenceWindowMs: 60_000 });
  world.addNode('N1', 'A');
  world.run(1000);
  for (const expected of [1, 2]) {
    hang(world, 'N1');
    world.run(60_000);
    expect(world.powerOffs).toHaveLength(expected);
    world.restorePower('N1');
    world.run(2000);
  }
});

test('no window, no brake', () => {
  const world = nineNodes({ fenceWindowMs: 0 });
  for (const node of ['N1', 'N2', 'N3']) {
    hang(world, node);
    world.run(10_000);
  }
  expect(world.powerOffs.map(({ node }) => node)).toEqual(['N1', 'N2', 'N3']);
});

test('several that wait go one after the other', () => {
  const world = nineNodes({ fenceWindowMs: 60_000 });
  for (const node of ['N3', 'N2', 'N1']) hang(world, node);
  world.run(200_000);
  expect(new Set(world.powerOffs.map(({ node }) => node)).size).toBe(3);
  const gaps = world.powerOffs.slice(1).map(({ at }, k) => at - (world.powerOffs[k]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000);
});
