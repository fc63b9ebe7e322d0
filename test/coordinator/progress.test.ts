import { expect, test } from 'vitest';
import type { Event } from '../../coordinator/core/events.ts';
import { poseProblem } from '../../coordinator/core/problem.ts';
import type { AppName, NodeName } from '../../protocol/ids.ts';
import { BATCH, nineNodes, WEB } from './world.ts';

/* What cannot be helped must hold up nothing else. */

const NO_BMC = { bmc: { all: false, nodes: [] } };

test('a BMC that does not answer keeps no other node from being fenced', () => {
  const world = nineNodes({ fenceShare: 0.3 });
  world.apply(WEB);
  world.run(5000);
  const [first, second] = [world.nodeOf('web/0') ?? '', world.nodeOf('web/1') ?? ''];
  world.node(first).bmc = 'silent';
  world.node(first).frozen = true;
  world.run(20_000);
  world.node(second).frozen = true;
  world.run(30_000);
  expect(world.powerOffs.some(({ node }) => node === second)).toBe(true);
  expect(world.nodeOf('web/1')).not.toBe(second);
});

test('a node whose BMC never confirmed its fence may come back', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  const node = world.nodeOf('web/0') ?? '';
  world.node(node).bmc = 'stuck';
  world.losePower(node);
  world.run(20_000);
  world.restorePower(node);
  world.run(20_000);
  expect(world.view().nodes.find((one) => one.node === node)?.liveness).toBe('alive');
  expect(world.activesOf('web')).toBe(3);
});

test('what waits for a node that does not speak is no move in flight', () => {
  const world = nineNodes(NO_BMC);
  world.apply(BATCH);
  const onN9 = { constraints: { allow: [{ label: 'node', in: ['N9'] }] }, demand: { cpu: 100 } };
  for (const name of ['a', 'b', 'c', 'd']) world.apply({ name, ...onN9 });
  world.run(10_000);
  world.node('N9').connected = false;
  world.run(10_000);
  for (const app of ['a', 'b', 'c', 'd']) world.command({ kind: 'delete', app: app as AppName });
  world.run(3000);
  const drained = world.nodeOf('batch/0') ?? '';
  world.command({ kind: 'node', action: 'drain', node: drained as NodeName });
  world.run(10_000);
  expect(world.running().filter(({ node }) => node === drained)).toEqual([]);
});

test('an agent that restarts again and again does not keep the solver from answering', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  const feed = world.feed.bind(world);
  const late: { at: number; event: Event }[] = [];
  world.feed = (event) => {
    if (event.kind === 'solved') late.push({ at: world.at + 600, event });
    else feed(event);
  };
  const busy = [...world.nodes.values()].find(({ processes }) => processes.size === 0)!;
  const hello = {
    v: 1 as const,
    node: busy.name,
    machineBoot: 'the same',
    term: 1,
    revision: 0,
    agentVersion: 'test',
    server: { serial: busy.serial, vendor: 'Test', model: 'T1' },
    inventory: { os: '', kernel: '', cpuModel: '', cpuCores: 4, memoryBytes: 8e9, disks: [], networks: [] },
    capacity: { cpu: 4000, memory: 8e9 },
    domain: busy.domain,
    labels: {},
    guard: true,
    stopBoundMs: 500,
    instances: [],
  };
  const victim = world.nodeOf('web/0') ?? '';
  world.losePower(victim);
  world.run(20_000, () => {
    while (late[0] && late[0].at <= world.at) feed({ ...late.shift()!.event, at: world.at });
    if (world.at % 400 === 0) feed({ kind: 'greeted', at: world.at, hello: { ...hello, bootId: ++busy.bootId } });
  });
  expect(world.nodeOf('web/0')).not.toBe(victim);
  expect(world.activesOf('web')).toBe(3);
});

test('of more replicas than there are nodes only as many are asked for, and the others are told why', () => {
  const world = nineNodes();
  world.apply({ ...WEB, replicas: 2000 });
  expect(poseProblem(world.state, { purpose: 'repair' }).problem.instances).toHaveLength(9);
  world.run(5000);
  expect(world.activesOf('web')).toBe(9);
  expect(world.view().apps[0]?.waiting).toEqual([
    {
      who: 'web/9, web/10, web/11 and 1988 more',
      instances: expect.any(Array),
      reasons: ['there are 9 nodes, and each takes one instance of an application'],
    },
  ]);
  world.addNode('N10', 'A');
  world.run(5000);
  expect(world.activesOf('web')).toBe(10);
});

test("a replacement by hand goes on when the old server's agent says hello again", () => {
  const world = nineNodes(NO_BMC);
  world.apply(WEB);
  world.run(5000);
  const node = world.nodeOf('web/0') ?? '';
  const replacement = () => world.view().nodes.find((one) => one.node === node)?.replacement;
  world.command({ kind: 'node', action: 'replace', node: node as NodeName });
  world.run(20_000);
  expect(replacement()).toBe('awaiting-server');
  world.restartCoordinator();
  world.run(10_000);
  expect(replacement()).toBe('awaiting-server');
  expect(world.running().filter((one) => one.node === node)).toEqual([]);
  world.losePower(node);
  world.run(300);
  world.node(node).serial = 'SN-new';
  world.restorePower(node);
  world.run(20_000);
  expect(replacement()).toBeNull();
  expect(world.view().nodes.find((one) => one.node === node)?.server?.serial).toBe('SN-new');
});

test('scaling down keeps what works, not what is silent', () => {
  const world = nineNodes(NO_BMC);
  world.apply({ ...WEB, replicas: 2 });
  world.run(5000);
  const silent = world.nodeOf('web/0') ?? '';
  world.losePower(silent);
  world.run(10_000);
  world.apply({ ...WEB, replicas: 1 });
  world.run(30_000, () => expect(world.activesOf('web')).toBe(1));
  world.command({ kind: 'node', action: 'confirm-dead', node: silent as NodeName });
  // its successor takes over as in any move: ready first, then active when the old one is gone
  world.run(10_000, () => expect(world.running().length).toBeGreaterThanOrEqual(1));
  expect(world.running().map(({ instance }) => instance)).toEqual(['web/0']);
});

test('a replacement whose BMC does not obey is told of now and then, not each second', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  const node = world.nodeOf('web/0') ?? '';
  world.node(node).bmc = 'stuck';
  world.command({ kind: 'node', action: 'replace', node: node as NodeName });
  world.run(10_000);
  const before = world.journal.length;
  world.run(60_000);
  expect(world.journal.length - before).toBeLessThanOrEqual(4);
  world.node(node).bmc = 'answers';
  world.run(10_000);
  expect(world.view().nodes.find((one) => one.node === node)?.replacement).toBe('awaiting-server');
});

test('after mass silence, a pause of the coordinator itself does not make the nodes heard', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(3000);
  for (let i = 1; i <= 6; i++) world.node(`N${i}`).connected = false;
  world.run(10_000);
  world.at += 5000;
  world.run(10_000);
  expect(world.said(/Enough nodes are heard again/)).toBe(false);
  expect(world.powerOffs).toEqual([]);
  for (let i = 1; i <= 6; i++) world.node(`N${i}`).connected = true;
  world.run(3000);
  expect(world.said(/Enough nodes are heard again/)).toBe(true);
});

test('a node gets no more than one assignment can say', () => {
  const world = nineNodes();
  const runtime = {
    driver: 'process',
    command: ['/bin/app'],
    env: { TEXT: 'x'.repeat(30_000), MORE: 'x'.repeat(30_000) },
  };
  for (let i = 0; i < 12; i++) world.apply({ name: `app${i}`, replicas: 9, demand: { cpu: 1 }, runtime });
  for (let i = 12; i < 50; i++)
    world.apply({
      name: `app${i}`,
      constraints: { allow: [{ label: 'node', in: ['N1'] }] },
      demand: { cpu: 1 },
      runtime,
    });
  world.run(10_000);
  const here = world.running().filter(({ node }) => node === 'N1').length;
  expect(here).toBeGreaterThan(20);
  expect(here).toBeLessThan(50);
});

test('a BMC that takes seconds to switch off is given them: one order, no alarm, and no other fence meanwhile', () => {
  const world = nineNodes({ fenceShare: 0.3 });
  world.apply(WEB);
  world.run(5000);
  const [slow, other] = [world.node(world.nodeOf('web/0') ?? ''), world.node(world.nodeOf('web/1') ?? '')];
  slow.bmc = 'stuck';
  slow.frozen = true;
  while (world.powerOffs.length === 0) world.run(100);
  other.frozen = true;
  world.run(5500);
  expect(world.powerOffs.map(({ node }) => node)).toEqual([slow.name]);
  slow.bmc = 'answers';
  slow.power = false;
  slow.processes.clear();
  world.run(10_000);
  expect(world.said(/after power-off/)).toBe(false);
  expect(world.powerOffs.map(({ node }) => node)).toEqual([slow.name, other.name]);
  expect(world.activesOf('web')).toBe(3);
});

test('changes that never cease keep nobody from being placed who was lost', () => {
  const world = nineNodes();
  world.apply(WEB);
  world.run(5000);
  const lost = world.nodeOf('web/0') ?? '';
  world.losePower(lost);
  let changes = 0;
  // each comes sooner than the solver answers, and than changes are gathered for
  world.run(10_000, () => {
    world.apply({ name: 'other', replicas: 1, demand: { cpu: 1 + (changes++ % 2) } });
  });
  expect(changes).toBe(100);
  expect(world.nodeOf('web/0')).not.toBe(lost);
  expect(world.activesOf('web')).toBe(3);
  world.run(2000);
  expect(world.nodeOf('other/0')).toBeDefined();
});
