import { expect, test } from 'vitest';
import type { NodeName } from '../../protocol/ids.ts';
import { BATCH, DB, nineNodes, WEB, World } from './world.ts';

/* What must never happen, whatever fails. The world itself checks at every step that nothing is active twice. */

test('a hint alone fences nobody: a will while the BMC says on changes nothing', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  const node = world.node('N1');
  world.feed({ kind: 'hinted', at: world.at, gone: { v: 1, node: node.name, bootId: node.bootId } });
  world.run(5000);
  expect(world.powerOffs).toEqual([]);
  expect(world.view().nodes[0]?.liveness).toBe('alive');
  expect(world.said(/The BMC of N1 says it is on/)).toBe(true);
});

test.each(['stuck', 'silent'] as const)(
  'a BMC that is %s proves nothing: policy keep is not started elsewhere',
  (bmc) => {
    const world = nineNodes();
    world.apply(WEB);
    world.run(3000);
    const victim = world.nodeOf('web/0') ?? '';
    world.node(victim).bmc = bmc;
    world.node(victim).frozen = true;
    const before = world.starts.length;
    world.run(60_000);
    expect(world.starts.length).toBe(before);
    expect(world.view().tone).toBe('bad');
    expect(world.command({ kind: 'node', action: 'confirm-dead', node: victim as NodeName })).toMatchObject({
      ok: true,
    });
    world.node(victim).power = false;
    world.node(victim).processes.clear();
    world.run(5000);
    expect(world.running().filter((one) => one.instance === 'web/0')).toHaveLength(1);
  },
);

test('policy stop without a BMC is taken over by time, after the guard has killed it', () => {
  const world = nineNodes({ bmc: { all: false, nodes: [] } });
  world.apply({ ...DB, standby: 0 });
  world.run(3000);
  const victim = world.nodeOf('db/0') ?? '';
  world.node(victim).connected = false;
  const cutAt = world.at;
  world.run(15_000);
  const restart = world.starts.find((start) => start.at > cutAt);
  expect(restart?.instance).toBe('db/0');
  expect((restart?.at ?? 0) - cutAt).toBeGreaterThan(world.settings.leaseMs);
  // its network heals: the old node must not start it again
  world.node(victim).connected = true;
  world.run(5000);
  expect(world.running().filter((one) => one.instance === 'db/0')).toHaveLength(1);
});

test('policy keep without a BMC waits for a person', () => {
  const world = nineNodes({ bmc: { all: false, nodes: [] } });
  world.apply(WEB);
  world.run(3000);
  const victim = world.nodeOf('web/0') ?? '';
  expect(world.view().nodes.find((node) => node.node === victim)?.takeover).toBe('manual'); // said beforehand
  world.node(victim).connected = false;
  const before = world.starts.length;
  world.run(60_000);
  expect(world.starts.length).toBe(before);
  expect(world.view().sentence).toContain('confirm-dead');
  expect(world.command({ kind: 'node', action: 'confirm-dead', node: 'N99' as NodeName })).toMatchObject({
    code: 'NODE_UNKNOWN',
  });
});

test('many silent at once: the network is at fault, nobody is fenced, and all go on when it heals', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.apply(DB);
  world.run(3000);
  const before = world.starts.length;
  for (let i = 1; i <= 6; i++) world.node(`N${i}`).connected = false;
  world.run(60_000);
  expect(world.powerOffs).toEqual([]);
  expect(world.view().sentence).toContain('Too many nodes are silent at once');
  for (let i = 1; i <= 6; i++) world.node(`N${i}`).connected = true;
  world.run(5000);
  expect(world.powerOffs).toEqual([]);
  expect(world.starts.filter((start) => start.instance.startsWith('web')).length).toBe(
    world.starts.slice(0, before).filter((start) => start.instance.startsWith('web')).length,
  );
});

test('a coordinator that is away changes nothing, and moves nothing when it is back', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.apply(BATCH);
  world.run(3000);
  const before = world.running();
  const starts = world.starts.length;
  world.restartCoordinator(600_000);
  world.run(20_000);
  expect(world.running()).toEqual(before);
  expect(world.starts.length).toBe(starts);
  expect(world.powerOffs).toEqual([]);
  expect(world.state.term).toBe(2);
});

test('a coordinator that stood still does not take its own pause for silence', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  world.at += 60_000; // frozen: no event at all
  world.run(3000);
  expect(world.powerOffs).toEqual([]);
  expect(world.said(/stood still for/)).toBe(true);
});

test('deaf: while it does not hear itself through the broker, silence does not count', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  world.feed({ kind: 'listened', at: world.at, deaf: true, detail: 'probe lost' });
  world.node('N1').connected = false;
  world.run(30_000);
  expect(world.powerOffs).toEqual([]);
  world.feed({ kind: 'listened', at: world.at, deaf: false, detail: '' });
  world.run(15_000);
  expect(world.powerOffs.map((off) => off.node)).toEqual(['N1']);
});

test('a move that never becomes ready is undone, and the old instance never stops', () => {
  const world = nineNodes({ readyTimeoutMs: 5000 });
  world.apply(WEB);
  world.run(3000);
  const home = world.nodeOf('web/0') ?? '';
  for (const node of world.nodes.values()) if (node.name !== home) node.broken.add('web');
  world.command({ kind: 'node', action: 'drain', node: home as NodeName });
  world.run(20_000, () => expect(world.nodeOf('web/0')).toBeDefined());
  expect(world.running().find((one) => one.instance === 'web/0' && one.role === 'active')?.node).toBe(home);
  expect(world.said(/the move has failed/)).toBe(true);
});

test('another server under the same name is refused while it is not being replaced', () => {
  const world = nineNodes();
  const impostor = new World();
  impostor.addNode('N1', 'A', 'SN-other');
  const hello = { ...world.state.nodes.get('N1' as NodeName)?.record };
  const before = world.view().nodes[0]?.server?.serial;
  const node = world.node('N1');
  const serial = node.serial;
  node.serial = 'SN-other';
  node.bootId += 1000;
  world.restorePower('N1');
  expect(world.view().nodes[0]?.server?.serial).toBe(before);
  expect(world.said(/Server SN-other reports the name N1, which belongs to server SN-N1: refused/)).toBe(true);
  node.serial = serial;
  expect(hello.lost).toBe(false);
});

test('more demand than capacity: the least important waits, and says why; nothing that ran stops', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  const before = world.running();
  world.apply({ ...BATCH, replicas: 9, demand: { cpu: 3900, memory: 1e9 } });
  world.run(5000);
  for (const one of before) expect(world.nodeOf(one.instance)).toBe(one.node);
  const batch = world.view().apps.find((app) => app.app === 'batch');
  expect(batch?.waiting.length).toBeGreaterThan(0);
  expect(batch?.waiting[0]?.reasons.join(' ')).toMatch(/cpu/);
});

test('a deleted application is stopped and forgotten', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  expect(world.command({ kind: 'delete', app: 'web' as never })).toMatchObject({ ok: true });
  expect(world.apply(WEB)).toMatchObject({ ok: false, code: 'CONFLICT' });
  world.run(3000);
  expect(world.running()).toEqual([]);
  expect(world.view().apps).toEqual([]);
  expect(world.durable().bindings).toEqual([]);
});

test('a changed runtime is renewed one instance at a time', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  world.apply({ ...WEB, runtime: { driver: 'process', command: ['/bin/app', '--new'] } });
  world.run(15_000, () => expect(world.activesOf('web')).toBeGreaterThanOrEqual(2));
  expect(world.running().map((one) => one.generation)).toEqual([2, 2, 2]);
});

test('a failed move of a drained node is tried again after a while', () => {
  const world = nineNodes({ readyTimeoutMs: 5000 });
  world.apply(WEB);
  world.run(3000);
  const home = world.nodeOf('web/0') ?? '';
  for (const node of world.nodes.values()) if (node.name !== home) node.broken.add('web');
  world.command({ kind: 'node', action: 'drain', node: home as NodeName });
  world.run(20_000);
  for (const node of world.nodes.values()) node.broken.clear();
  world.run(90_000);
  expect(world.nodeOf('web/0')).not.toBe(home);
  expect(world.activesOf('web')).toBe(3);
});

test('only a lost node can be forgotten', () => {
  const world = nineNodes();
  const forget = () => world.command({ kind: 'node', action: 'forget', node: 'N9' as NodeName });
  expect(forget()).toMatchObject({ ok: false, code: 'CONFLICT' });
  world.losePower('N9');
  world.run(1000);
  expect(forget()).toMatchObject({ ok: true });
  expect(world.view().nodes.map((node) => node.node)).not.toContain('N9');
  expect(world.durable().nodes).toHaveLength(8);
});
