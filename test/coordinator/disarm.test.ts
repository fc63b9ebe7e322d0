import { expect, test } from 'vitest';
import { World } from './world.ts';

/* Hands off: while it is disarmed nothing is decided by itself, and what happened meanwhile is acted on afterwards. */

const app = (name: string, more: object = {}) => ({ name, demand: { cpu: 500, memory: 256e6 }, ...more });
const disarm = { kind: 'disarm', reason: 'switch firmware', wallMs: 1000 } as const;
const arm = { kind: 'arm' } as const;

function cluster(): World {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3']) world.addNode(name, name);
  world.run(1000);
  world.apply(app('a', { standby: 1 }));
  world.apply(app('b'));
  world.run(5000);
  return world;
}
const places = (world: World) =>
  world
    .running()
    .map(({ instance, node, role }) => `${instance} ${node} ${role}`)
    .sort();

test('nothing is fenced, started elsewhere, promoted or moved, whatever is lost or cut off', () => {
  const world = cluster();
  const before = places(world);
  const starts = world.starts.length;
  expect(world.command(disarm)).toMatchObject({ ok: true });
  const active = world.running().find(({ instance, role }) => instance.startsWith('a/') && role === 'active')!.node;
  world.node(active).connected = false;
  world.run(60_000);
  world.command({ kind: 'node', action: 'drain', node: world.nodeOf('b/0') as never });
  world.run(20_000);
  expect(world.powerOffs).toEqual([]);
  expect(places(world)).toEqual(before);
  expect(world.starts).toHaveLength(starts);
  expect(world.view().sentence).toBe(
    `Disarmed (switch firmware): nothing is started elsewhere, moved or fenced until 'evenkeel arm'; not heard or lost: ${active}.`,
  );
  expect(world.view()).toMatchObject({ tone: 'bad', disarmed: { reason: 'switch firmware', wallMs: 1000 } });
});

test('a server that restarts meanwhile gets back what was on it', () => {
  const world = cluster();
  world.command(disarm);
  const before = places(world);
  world.losePower('N1');
  world.losePower('N2');
  world.run(30_000);
  expect(world.powerOffs).toEqual([]);
  for (const name of ['N1', 'N2']) world.restorePower(name);
  world.run(5000);
  expect(places(world)).toEqual(before);
});

test('armed again, silence is counted anew, and then acted on; what was commanded is done', () => {
  const world = cluster();
  world.command(disarm);
  const node = world.nodeOf('b/0')!;
  world.node(node).connected = false;
  world.run(60_000);
  expect(world.apply(app('c'))).toMatchObject({
    notes: [expect.any(String), "it is disarmed (switch firmware): what follows from this waits for 'evenkeel arm'"],
  });
  world.run(5000);
  expect(world.nodeOf('c/0')).toBeUndefined();
  expect(world.command(arm)).toMatchObject({ ok: true });
  world.run(2000);
  expect(world.powerOffs).toEqual([]);
  expect(world.nodeOf('c/0')).toBeDefined();
  world.run(10_000);
  expect(world.powerOffs.map((one) => one.node)).toEqual([node]);
  expect(world.nodeOf('b/0')).not.toBe(node);
  expect(world.nodeOf('b/0')).toBeDefined();
});

test('a coordinator that is started meanwhile keeps to it, and one that is heard by all again moves nothing when armed', () => {
  const world = cluster();
  world.command(disarm);
  const before = places(world);
  world.restartCoordinator(10_000);
  world.node('N2').connected = false;
  world.run(60_000);
  expect(world.powerOffs).toEqual([]);
  expect(world.command(disarm)).toMatchObject({
    notes: ['it is disarmed already (switch firmware)', expect.any(String)],
  });
  world.node('N2').connected = true;
  world.run(5000);
  world.command(arm);
  world.run(60_000);
  expect(places(world)).toEqual(before);
  expect(world.command(arm)).toMatchObject({ notes: ['it is armed'] });
  expect(world.powerOffs).toEqual([]);
});

test('a fence that has begun is proved, but nothing follows from it; a question to a BMC is dropped', () => {
  const world = cluster();
  const node = world.nodeOf('b/0')!;
  world.node(node).connected = false;
  while (world.powerOffs.length === 0) world.run(100);
  world.command(disarm);
  world.run(60_000);
  expect(world.powerOffs).toHaveLength(1);
  expect(world.said(new RegExp(`^${node} is lost: its BMC has powered it off`))).toBe(true);
  expect(world.nodeOf('b/0')).toBeUndefined();
  world.command(arm);
  world.run(5000);
  expect(world.nodeOf('b/0')).toBeDefined();
});

test('a power-off that a BMC does not carry out is not ordered again', () => {
  const world = cluster();
  const node = world.nodeOf('b/0')!;
  world.node(node).bmc = 'stuck';
  world.node(node).connected = false;
  while (world.powerOffs.length === 0) world.run(100);
  world.command(disarm);
  world.run(60_000);
  expect(world.powerOffs).toHaveLength(1);
  world.command(arm);
  world.run(20_000);
  expect(world.powerOffs.length).toBeGreaterThan(1);
});

test('a rolling reboot is paused, and a move that is under way stays as it is', () => {
  const world = cluster();
  world.command({ kind: 'reboot', nodes: [world.nodeOf('b/0') as never], own: [] });
  const begun = world.starts.length;
  while (world.starts.length === begun) world.run(100);
  world.command(disarm);
  const before = places(world);
  world.run(60_000);
  expect(places(world)).toEqual(before);
  expect(world.powerOffs).toEqual([]);
  expect(world.command(arm)).toMatchObject({ notes: [expect.any(String), expect.stringMatching(/reboot --resume/)] });
  expect(world.view().reboot?.status).toBe('paused');
});
