import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../coordinator/core/settings.ts';
import type { InstanceId, NodeName } from '../../protocol/ids.ts';
import type { NodeEvent } from '../../protocol/messages.ts';
import { BATCH, DB, nineNodes, WEB } from './world.ts';

/* The design's scenarios on the core alone, under a simulated clock. */

function settled(settings: Partial<Settings> = {}) {
  const world = nineNodes(settings);
  world.apply(DB);
  world.apply(WEB);
  world.apply(BATCH);
  world.run(3000);
  return world;
}

test('7A: every instance runs, replicas on different failure domains', () => {
  const world = settled();
  expect(world.running()).toHaveLength(9);
  expect(world.activesOf('web')).toBe(3);
  expect(world.activesOf('db')).toBe(1);
  const domains = world
    .running()
    .filter((one) => one.instance.startsWith('web/'))
    .map((one) => world.node(one.node).domain);
  expect(new Set(domains).size).toBe(3);
  expect(world.view().sentence).toBe('All 9 instances run on 9 nodes.');
});

test('7B: a server that loses power is proved dead by its BMC, its standby promoted, the rest restarted', () => {
  const world = settled();
  const db = world.running().find((one) => one.instance.startsWith('db/') && one.role === 'active');
  const healthy = world.running().filter((one) => one.node !== db?.node);
  world.losePower(db?.node ?? '');
  const lostAt = world.at;
  world.run(1000);
  expect(world.momentOf(/is lost: its BMC says it is off/) - lostAt).toBeLessThanOrEqual(300);
  expect(world.momentOf(/promoted/) - lostAt).toBeLessThanOrEqual(300);
  world.run(4000);
  expect(world.activesOf('db')).toBe(1);
  expect(world.running()).toHaveLength(9); // 7C: redundancy restored
  expect(world.running().some((one) => one.instance.startsWith('db/') && one.role === 'standby')).toBe(true);
  expect(world.powerOffs).toEqual([]); // nothing to fence: it was off
  for (const one of healthy) expect(world.nodeOf(one.instance)).toBe(one.node); // nothing healthy moved
});

test('7B, hung: a frozen machine is fenced before anything of it is started elsewhere', () => {
  const world = settled();
  const victim = world.nodeOf('web/0') ?? '';
  const frozenAt = world.at;
  world.node(victim).frozen = true;
  world.run(4000);
  expect(world.powerOffs).toEqual([]);
  world.run(9000);
  const [off] = world.powerOffs;
  expect(off?.node).toBe(victim);
  expect((off?.at ?? 0) - frozenAt).toBeGreaterThanOrEqual(world.settings.decideAfterMs - 1000);
  const restart = world.starts.find((start) => start.instance === 'web/0' && start.at > frozenAt);
  expect(restart?.at).toBeGreaterThan((off?.at ?? 0) + world.settings.settleMs - 1);
  expect(world.running()).toHaveLength(9);
});

test('7D: a new node gets a bounded number of worthwhile moves', () => {
  const world = nineNodes({ rebalanceCooldownMs: 0 });
  world.apply({ ...BATCH, name: 'bulk', replicas: 9, demand: { cpu: 1500, memory: 1e9 } });
  world.apply({ ...BATCH, name: 'bulk2', replicas: 9, demand: { cpu: 1500, memory: 1e9 } });
  world.run(5000);
  world.losePower('N9');
  world.run(5000);
  const before = new Map(world.running().map((one) => [one.instance, one.node]));
  world.addNode('N10', 'D');
  world.run(8000);
  const moved = world.running().filter((one) => before.has(one.instance) && before.get(one.instance) !== one.node);
  expect(moved.length).toBeLessThanOrEqual(4);
  expect(world.said(/N10/)).toBe(true);
  expect(world.view().plan).toBeNull();
});

test('8B: an instance that misses its objective moves, once, to another node, make-before-break', () => {
  const world = nineNodes();
  world.apply({ ...WEB, objective: { kind: 'latency', target: 50 } });
  world.run(3000);
  const bad = world.nodeOf('web/1') ?? '';
  world.node(bad).latencyMs = 200;
  const before = world.starts.length;
  world.run(30_000);
  expect(world.nodeOf('web/1')).not.toBe(bad);
  expect(world.starts.slice(before).map((start) => start.instance)).toEqual(['web/1']);
  expect(world.starts.at(-1)?.role).toBe('standby'); // started beside the old one, promoted when that was gone
  expect(world.activesOf('web')).toBe(3);
  expect(world.said(/has missed its latency objective/)).toBe(true);
  expect(world.said(/Plan 2 was to bring web\/1 from \d+ to at most 50: on N\d it has [\d.]+ and meets/)).toBe(true);
});

test('8B: a move that does not help is said, and its application waits longer from one to the next', () => {
  const world = nineNodes();
  world.apply({ ...WEB, objective: { kind: 'latency', target: 50 } });
  world.run(3000);
  const outcomes = () => world.journal.filter(({ text }) => /is no better/.test(text)).map(({ text }) => text);
  // it takes its trouble along wherever it goes
  world.run(600_000, () => {
    for (const node of world.nodes.values()) node.latencyMs = node.processes.get('web/1' as InstanceId)?.size ? 200 : 5;
  });
  const waits = outcomes().map((text) => Number(/for (\d+) s\.$/.exec(text)?.[1]));
  expect(waits).toEqual([120, 240, 480].slice(0, waits.length));
  expect(waits.length).toBeGreaterThanOrEqual(2);
  expect(world.starts.filter(({ instance }) => instance === 'web/1').length).toBeLessThanOrEqual(1 + 4);
});

test('8C: a failing fan empties the node; nothing is interrupted', () => {
  const world = settled();
  const victim = world.nodeOf('web/2') ?? '';
  world.node(victim).readings = [{ sensor: 'bmc/FAN1', value: 0, unit: 'RPM', level: 'critical', limit: 500 }];
  world.run(15_000, () => expect(world.activesOf('web') >= 2).toBe(true));
  expect(world.running().filter((one) => one.node === victim)).toEqual([]);
  expect(world.running()).toHaveLength(9);
  expect(world.powerOffs).toEqual([]);
  expect(world.view().nodes.find((node) => node.node === victim)?.healthReasons[0]).toMatch(
    /FAN1 is critical \(0 RPM, limit 500 RPM\)/,
  );
});

test('8C: a wearing disk makes a node take nothing new, and what runs there stays', () => {
  const world = settled();
  const node = world.nodeOf('web/2') ?? '';
  const errors = (value: number) => [{ sensor: 'disk/sda/media errors', value, unit: 'count' as const }];
  world.node(node).readings = errors(7);
  world.run(5000);
  world.node(node).readings = errors(8);
  world.run(5000);
  const view = world.view().nodes.find((one) => one.node === node);
  expect(view).toMatchObject({
    health: 'degraded',
    components: [{ component: 'disk/sda', causes: [{ because: 'count', sensor: 'disk/sda/media errors', value: 1 }] }],
  });
  const before = world.running().filter((one) => one.node === node);
  world.apply({ ...BATCH, name: 'bulk', replicas: 9, demand: { cpu: 100, memory: 1e8 } });
  world.run(10_000);
  expect(world.running().filter((one) => one.node === node)).toEqual(before);
});

test('a failing component that cannot be read any more counts against its node for a while, and that is said', () => {
  const world = settled({ health: { ...DEFAULT_SETTINGS.health, keepMs: 60_000 } });
  const node = world.node(world.nodeOf('web/2') ?? '');
  node.readings = [{ sensor: 'bmc/FAN1', value: 0, unit: 'RPM', level: 'critical', limit: 500 }];
  world.run(10_000);
  node.readings = [];
  world.run(55_000);
  const view = () => world.view().nodes.find((one) => one.node === node.name);
  expect(view()?.health).toBe('failing');
  world.run(10_000);
  expect(view()).toMatchObject({ health: 'ok', components: [{ component: 'bmc/FAN1', health: 'unknown' }] });
  expect(world.said(/bmc\/FAN1 cannot be read\. It counts as well\.$/)).toBe(true);
});

test('what a device logs of a component empties the node, and a silent BMC alone does not', () => {
  const world = settled();
  const node = world.nodeOf('web/2') ?? '';
  const note = (event: Partial<NodeEvent>) =>
    world.feed({
      kind: 'noted',
      at: world.at,
      event: {
        v: 1,
        node: node as NodeName,
        bootId: world.node(node).bootId as NodeEvent['bootId'],
        sequence: 1 as NodeEvent['sequence'],
        kind: 'bmc-event',
        instance: null,
        detail: '',
        ...event,
      },
    });
  const view = () => world.view().nodes.find((one) => one.node === node);
  note({ kind: 'bmc-silent', detail: 'no answer' });
  world.run(3000);
  expect(view()).toMatchObject({ health: 'ok', components: [{ component: 'bmc', health: 'unknown' }] });
  note({ kind: 'bmc-back' });
  expect(view()?.components).toEqual([]);
  note({ detail: 'DIMM 2: uncorrectable', part: { component: 'DIMM 2', level: 'critical', asserted: true } });
  world.run(15_000);
  expect(view()).toMatchObject({ health: 'failing', healthReasons: ['DIMM 2: uncorrectable'], instances: [] });
});

test('8D: a server is drained, powered off, and replaced; the node keeps its name', () => {
  const world = settled();
  const old = world.node('N3');
  expect(world.command({ kind: 'node', action: 'replace', node: old.name })).toMatchObject({ ok: true });
  world.run(15_000);
  expect(world.powerOffs.map((off) => off.node)).toEqual(['N3']);
  expect(world.view().nodes.find((node) => node.node === 'N3')?.replacement).toBe('awaiting-server');
  expect(world.running()).toHaveLength(9);
  old.serial = 'SN-new';
  world.restorePower('N3');
  world.run(5000);
  const node = world.view().nodes.find((one) => one.node === 'N3');
  expect(node).toMatchObject({ liveness: 'alive', replacement: null, draining: false, server: { serial: 'SN-new' } });
  expect(world.said(/N3 has a new server/)).toBe(true);
});

test('7D: a node that comes back empty gets work although the highest load cannot fall', () => {
  const world = nineNodes({ rebalanceCooldownMs: 0, flapping: { ...DEFAULT_SETTINGS.flapping, steadyMs: 0 } });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) world.apply({ ...WEB, name, demand: { cpu: 950, memory: 1e8 } });
  world.run(5000);
  world.losePower('N1'); // 18 instances on 8 nodes: some node must have three
  world.losePower('N9');
  world.run(6000);
  world.restorePower('N9');
  world.run(10_000);
  const counts = [...world.nodes.keys()].map((name) => world.running().filter((one) => one.node === name).length);
  expect(counts.at(-1)).toBeGreaterThanOrEqual(1);
  expect(world.said(/After N9 came back|because N9 came back/)).toBe(true);
  // the plan is compared with what it brought
  const loads = '([\\d–]+ %)';
  expect(world.said(new RegExp(`Plan \\d+ was to load nodes ${loads}: they are loaded \\1\\.$`))).toBe(true);
  const settled = world.starts.length;
  world.run(60_000);
  expect(world.starts.length).toBe(settled);
});

test('8B: where all miss their objectives at once, nothing moves: the cause is not one node', () => {
  const world = nineNodes();
  world.apply({ ...WEB, replicas: 6, objective: { kind: 'latency', target: 50 } });
  world.run(10_000);
  for (const node of world.nodes.values()) node.latencyMs = 500;
  const before = world.starts.length;
  world.run(60_000);
  expect(world.starts.length).toBe(before);
  expect(world.view().sentence).toContain('misses its objective');
});
