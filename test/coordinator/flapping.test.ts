import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { NodeView } from '../../protocol/view.ts';
import { DB, nineNodes, WEB, World } from './world.ts';

/* L4: nodes that come and go are quarantined, for longer each time, and carry no work to and fro. */

const name = (node: string) => node as NodeName;
const viewOf = (world: World, node: string) => world.view().nodes.find((one) => one.node === node) as NodeView;
const isQuarantined = (world: World, node: string) => viewOf(world, node).quarantine !== undefined;

/** Silent for long enough to be suspected, and back; that takes five seconds. */
function blink(world: World, node: string): void {
  world.node(node).connected = false;
  world.run(3500);
  world.node(node).connected = true;
  world.run(1500);
}

/** Minutes for the hours and seconds for the minutes of the product's own limits. */
const SHORT: Settings['flapping'] = {
  failures: 3,
  windowMs: 60_000,
  holdMs: 10_000,
  holdMaxMs: 60_000,
  steadyMs: 10_000,
};

function threeNodes(settings: Partial<Settings> = {}): World {
  const world = new World({ flapping: SHORT, ...settings });
  for (const node of ['N1', 'N2', 'N3']) world.addNode(node, node);
  world.run(8000);
  return world;
}

/** How often each slot was started on another node than it was on before, by the moment. */
function movesOf(world: World): Map<string, number[]> {
  const at = new Map<string, string>();
  const moves = new Map<string, number[]>();
  for (const start of world.starts) {
    const before = at.get(start.instance);
    at.set(start.instance, start.node);
    if (before !== undefined && before !== start.node)
      moves.set(start.instance, [...(moves.get(start.instance) ?? []), start.at]);
  }
  return moves;
}

describe('a link that is up for 5 s and down for 5 s, over 10 min', () => {
  test.each([
    ['with BMCs, and switched on again after a fence', { all: true, nodes: [] }],
    ['without BMCs', { all: false, nodes: [] }],
  ])('%s: no slot moves more than once', { timeout: 120_000 }, (_, bmc) => {
    const world = new World({ bmc, fenceShare: 1 }); // the other brake takes no part in it
    for (const node of ['N1', 'N2', 'N3', 'N4']) world.addNode(node, node);
    world.apply(WEB);
    world.apply(DB);
    world.run(8000);
    const flapping = world.nodeOf('db/0') ?? '';
    const node = world.node(flapping);
    const from = world.at;
    let offSince: number | null = null;
    world.run(600_000, () => {
      node.connected = Math.floor((world.at - from) / 5000) % 2 === 0;
      if (node.power) offSince = null;
      else offSince ??= world.at;
      if (offSince !== null && world.at - offSince >= 20_000) world.restorePower(flapping);
    });
    const moves = movesOf(world);
    expect(Math.max(0, ...[...moves.values()].map((times) => times.length))).toBeLessThanOrEqual(1);
    expect(moves.size).toBeLessThanOrEqual(2); // what was on that node
    expect(isQuarantined(world, flapping)).toBe(true);
    node.connected = true;
    world.run(10_000);
    expect(world.activesOf('web')).toBe(3);
    expect(world.activesOf('db')).toBe(1);
  });
});

describe('what counts', () => {
  test('three failures within the window, not two', () => {
    const world = threeNodes();
    blink(world, 'N1');
    blink(world, 'N1');
    expect(isQuarantined(world, 'N1')).toBe(false);
    blink(world, 'N1');
    expect(viewOf(world, 'N1').quarantine).toMatchObject({ failures: 3 });
    expect(
      world.said(/N1 has failed 3 times within 60 s: it is quarantined\. .*'evenkeel uncordon N1' ends that/),
    ).toBe(true);
  });

  test.each([
    [-1000, true],
    [0, false],
  ])('the third a window and %i ms after the first: quarantined %s', (offMs, expected) => {
    const world = threeNodes();
    blink(world, 'N1');
    const third = (world.durable().flaps?.[0]?.failures[0] ?? Number.NaN) + SHORT.windowMs + offMs;
    blink(world, 'N1');
    world.run(third - 4000 - world.at);
    world.node('N1').connected = false;
    world.run(3900);
    world.node('N1').connected = true;
    world.run(100); // its heartbeat comes
    expect(world.durable().flaps?.[0]?.failures.at(-1)).toBe(third);
    expect(isQuarantined(world, 'N1')).toBe(expected);
  });

  test('a death is one failure, however long it lasts and however often the coordinator restarts', () => {
    const world = threeNodes({ bmc: { all: false, nodes: [] } });
    world.apply({ ...WEB, replicas: 3 });
    world.run(3000);
    world.node('N1').connected = false;
    world.run(10_000);
    for (let i = 0; i < 4; i++) {
      world.restartCoordinator();
      world.run(15_000);
    }
    expect(viewOf(world, 'N1').liveness).toBe('dead');
    expect(world.durable().flaps?.map(({ failures }) => failures.length)).toEqual([1]);
  });

  test('silence of most nodes together is no failure of theirs, nor is one of the coordinator', () => {
    const world = nineNodes({ flapping: SHORT });
    world.run(8000);
    for (let i = 0; i < 4; i++) {
      for (let k = 1; k <= 6; k++) world.node(`N${k}`).connected = false;
      world.run(6000);
      for (let k = 1; k <= 6; k++) world.node(`N${k}`).connected = true;
      world.run(4000);
      world.at += 20_000; // it stands still
      world.run(2000);
    }
    expect(world.durable().flaps).toEqual([]);
  });

  test('a node that somebody takes down has not failed', () => {
    const world = threeNodes();
    for (let i = 0; i < 3; i++) {
      world.command({ kind: 'reboot', nodes: [name('N1')], own: [] });
      world.run(20_000);
      expect(world.state.reboot).toBeNull();
    }
    expect(viewOf(world, 'N1').liveness).toBe('alive');
    expect(world.durable().flaps).toEqual([]);
  });
});

describe('the hold-down', () => {
  test('doubles with each further failure up to its limit, and runs from when the node is heard', () => {
    const world = threeNodes();
    const holds: number[] = [];
    for (let i = 0; i < 7; i++) {
      blink(world, 'N1');
      const left = viewOf(world, 'N1').quarantine?.leftMs;
      if (left != null) holds.push(Math.round((left + 1000) / 10_000));
    }
    expect(holds).toEqual([1, 2, 4, 6, 6]);
    world.node('N1').frozen = true;
    world.run(8000);
    expect(viewOf(world, 'N1')).toMatchObject({ liveness: 'lost', quarantine: { leftMs: null } });
    world.run(120_000);
    world.restorePower('N1');
    world.run(100);
    expect(viewOf(world, 'N1').quarantine?.leftMs).toBeGreaterThan(59_000);
  });

  test('ends by itself, and then the node is used again; it is shorter after a quiet time', () => {
    const world = threeNodes({ rebalanceCooldownMs: 0 });
    for (let i = 0; i < 4; i++) blink(world, 'N1');
    expect(world.durable().flaps?.[0]?.holds).toBe(2);
    world.apply({ ...WEB, replicas: 3 });
    world.run(5000);
    expect(world.running().map(({ node }) => node)).not.toContain('N1');
    expect(world.view().apps[0]?.waiting[0]?.reasons.join()).toContain('quarantined');
    world.run(20_000);
    expect(isQuarantined(world, 'N1')).toBe(false);
    expect(world.said(/N1 has been well for 20 s: its quarantine is over/)).toBe(true);
    world.run(3000);
    expect(world.running().map(({ node }) => node)).toContain('N1');
    world.run(SHORT.windowMs - 20_000);
    for (let i = 0; i < 3; i++) blink(world, 'N1');
    expect(world.durable().flaps?.[0]?.holds).toBe(2); // one less for a quiet window, and one more
    world.run(3 * SHORT.windowMs);
    expect(world.durable().flaps).toEqual([]);
  });
});

describe('a quarantined node', () => {
  function quarantined(): World {
    const world = threeNodes({ flapping: { ...SHORT, holdMs: 600_000, holdMaxMs: 600_000 } });
    world.apply({ ...WEB, replicas: 2 });
    world.run(5000);
    const node = world.nodeOf('web/0') ?? '';
    for (let i = 0; i < 3; i++) blink(world, node);
    return world;
  }
  const nodeIn = (world: World) => world.nodeOf('web/0') ?? '';

  test('keeps what it runs, and gets nothing new', () => {
    const world = quarantined();
    const node = nodeIn(world);
    const before = world.running();
    world.apply({ ...WEB, name: 'more', replicas: 3 });
    world.run(30_000);
    expect(world.running().filter(({ instance }) => instance.startsWith('web'))).toEqual(before);
    expect(world.running().filter((one) => one.node === node)).toHaveLength(1);
    expect(world.running().filter(({ instance }) => instance.startsWith('more'))).toHaveLength(2);
    expect(viewOf(world, node).quarantine?.text).toMatch(
      /^it failed 3 times within 60 s and gets nothing new for \d+ min more/,
    );
  });

  test('is used again once it is uncordoned, and starts anew', () => {
    const world = quarantined();
    const node = nodeIn(world);
    const reply = world.command({ kind: 'node', action: 'uncordon', node: name(node) });
    expect(reply).toMatchObject({ ok: true, notes: [`${node} may be used again, its quarantine has ended`] });
    expect(isQuarantined(world, node)).toBe(false);
    world.apply({ ...WEB, name: 'more', replicas: 3 });
    world.run(8000);
    expect(world.running().filter(({ instance }) => instance.startsWith('more'))).toHaveLength(3);
    blink(world, node);
    blink(world, node);
    expect(isQuarantined(world, node)).toBe(false);
    expect(world.command({ kind: 'node', action: 'uncordon', node: name(node) })).toMatchObject({
      notes: [`${node} is not cordoned`],
    });
  });

  test('stays so under the next coordinator; under one whose machine was restarted too, for the whole hold-down again', () => {
    const world = quarantined();
    const node = nodeIn(world);
    const left = viewOf(world, node).quarantine?.leftMs ?? 0;
    const at = world.at;
    world.restartCoordinator(5000);
    world.run(5000);
    expect(viewOf(world, node).quarantine?.leftMs).toBe(left - (world.at - at));
    world.boot = 'second';
    world.restartCoordinator();
    const restartedAt = world.at;
    world.run(5000);
    expect(viewOf(world, node).quarantine?.leftMs).toBe(600_000 - (world.at - restartedAt));
    world.restartCoordinator();
    world.run(5000);
    expect(viewOf(world, node).quarantine?.leftMs).toBe(600_000 - (world.at - restartedAt));
  });

  test('that is forgotten or gets a new server takes its past with it', () => {
    const world = quarantined();
    const node = nodeIn(world);
    world.losePower(node);
    world.run(5000);
    world.command({ kind: 'node', action: 'replace', node: name(node) });
    world.node(node).serial = 'another';
    world.restorePower(node);
    world.run(3000);
    expect(viewOf(world, node)).toMatchObject({ liveness: 'alive', server: { serial: 'another' } });
    expect(world.durable().flaps).toEqual([]);
    for (let i = 0; i < 3; i++) blink(world, node);
    world.losePower(node);
    world.run(5000);
    world.command({ kind: 'node', action: 'forget', node: name(node) });
    expect(world.durable().flaps).toEqual([]);
  });
});

test.each([
  [1, []],
  [2, ['N1']],
  [5, ['N1', 'N2']],
])('of %i nodes that all come and go no more than half are quarantined', (count, expected) => {
  const world = new World({ flapping: { ...SHORT, windowMs: 300_000, holdMs: 300_000, holdMaxMs: 300_000 } });
  for (let i = 1; i <= count; i++) world.addNode(`N${i}`, `D${i}`);
  world.run(8000);
  for (let i = 1; i <= count; i++) for (let k = 0; k < 3; k++) blink(world, `N${i}`);
  const quarantined = world.view().nodes.filter(({ quarantine }) => quarantine !== undefined);
  expect(quarantined.map(({ node }) => node)).toEqual(expected);
  expect(world.said(/is not quarantined, since more than half of the nodes would be then/)).toBe(true);
});

test('a node that came back empty is given work for the better only once it is steady', () => {
  const world = nineNodes({ rebalanceCooldownMs: 0, flapping: { ...DEFAULT_SETTINGS.flapping, steadyMs: 30_000 } });
  for (const app of ['a', 'b', 'c', 'd', 'e', 'f'])
    world.apply({ ...WEB, name: app, demand: { cpu: 950, memory: 1e8 } });
  world.run(8000);
  world.losePower('N9');
  world.run(6000);
  world.restorePower('N9');
  const backAt = world.at;
  world.run(29_000);
  // levelling for another reason spares it too
  for (const action of ['cordon', 'uncordon'] as const) world.command({ kind: 'node', action, node: name('N8') });
  world.run(900);
  expect(world.said(/N8 was uncordoned: nothing is moved/)).toBe(true);
  expect(world.running().filter(({ node }) => node === 'N9')).toEqual([]);
  world.run(20_000);
  expect(world.running().filter(({ node }) => node === 'N9').length).toBeGreaterThan(0);
  const first = world.starts.find(({ at, node }) => node === 'N9' && at >= backAt);
  expect(first?.at).toBeGreaterThanOrEqual(backAt + 30_000);
});
