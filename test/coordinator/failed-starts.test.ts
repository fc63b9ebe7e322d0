import { expect, test } from 'vitest';
import { explainApp } from '../../coordinator/core/explain.ts';
import { World } from './world.ts';

/* Instances that fail to start: where they are tried, how often, and what is said when nothing helps. */

const app = (more: object = {}) => ({ name: 'a', demand: { cpu: 500, memory: 256e6 }, ...more });
const at = (node: string) => ({ constraints: { allow: [{ label: 'node', in: [node] }] } });

function cluster(...missingOn: string[]): World {
  const world = new World();
  for (const name of ['N1', 'N2', 'N3', 'N4']) world.addNode(name, name);
  for (const name of missingOn) world.node(name).missing.add('a');
  world.run(1000);
  return world;
}
const tried = (world: World) => world.starts.filter(({ instance }) => instance === 'a/0').map(({ node }) => node);
const why = (world: World) => explainApp(world.state, 'a' as never)!.instances[0]!;
const failing = (world: World) => world.view().apps.find((one) => one.app === 'a')?.failing ?? [];

/** Prefers the nodes in their order, so that the first tries are known. */
const inOrder = {
  constraints: { prefer: ['N4', 'N3', 'N2', 'N1'].map((node, k) => ({ label: 'node', in: [node], priority: k + 1 })) },
};

test('what fails on one node is started on another one, and does not come back to it', () => {
  const world = cluster('N1');
  world.apply(app(inOrder));
  world.run(3000);
  expect(world.nodeOf('a/0')).toBe('N1');
  expect(world.view().sentence).not.toMatch(/^All/);
  world.run(17_000);
  expect(world.nodeOf('a/0')).toBe('N2');
  expect(tried(world)).toEqual(['N1', 'N2']);
  expect(failing(world)).toEqual([]);
  expect(world.said(/^a\/0 fails to start on N1 \(spawn \/bin\/app ENOENT\): it is tried elsewhere\.$/)).toBe(true);
  world.run(120_000);
  expect(tried(world)).toEqual(['N1', 'N2']); // preferred, but it could not be started there
  expect(why(world).others.find(({ node }) => node === 'N1')?.reasons[0]).toBe(
    'a/0 failed to start there (spawn /bin/app ENOENT)',
  );
  world.at += 3_600_000; // everything stood still meanwhile
  world.run(20_000);
  expect(tried(world)).toEqual(['N1', 'N2', 'N1']); // after an hour once more, beside the one that runs
  expect(world.nodeOf('a/0')).toBe('N2');
});

test('as often as it may, then it ends in an error that says what to do, and nobody is told that it runs', () => {
  const world = cluster('N1', 'N2', 'N3');
  world.apply(app(inOrder));
  world.run(60_000);
  expect(tried(world)).toEqual(['N1', 'N2', 'N3']);
  const text =
    'a/0 fails to start on N1, N2 and N3 (spawn /bin/app ENOENT): it is tried there on and on, and nowhere else. Its output on the node says more; put that right, then apply a again';
  expect(failing(world)).toEqual([{ instance: 'a/0', text }]);
  expect(world.view()).toMatchObject({ sentence: `${text}.`, tone: 'warning' });
  expect(why(world).failing).toBe(text);
  expect(why(world).why.join()).not.toMatch(/runs/);
  const { solves } = world.state;
  world.run(300_000);
  expect(tried(world)).toHaveLength(3);
  expect(world.state.solves - solves).toBeLessThan(3);
  world.node('N3').missing.clear(); // the agent tries on
  world.run(31_000);
  expect(failing(world)).toEqual([]);
  expect(world.said(/^a\/0 runs on N3 after all\.$/)).toBe(true);
});

test('applied again it is tried everywhere again, and so it is where its node has started anew', () => {
  const world = cluster('N1', 'N2', 'N3');
  world.apply(app(inOrder));
  world.run(60_000);
  for (const name of ['N1', 'N2', 'N3']) world.node(name).missing.clear();
  world.node('N3').missing.add('a');
  expect(world.apply(app(inOrder))).toMatchObject({
    ok: true,
    notes: ['a is as it was; where it failed to start it may be tried again.'],
  });
  world.run(10_000);
  expect(world.nodeOf('a/0')).toBe('N1');
  expect(world.apply(app(inOrder))).toMatchObject({ notes: [expect.stringContaining('may be tried again')] });
  expect(world.apply(app(inOrder))).toMatchObject({ notes: ['a is as it was.'] });
});

test('with giveUp it is stopped in the end, and started when it is applied again', () => {
  const world = cluster('N1', 'N2');
  const spec = app({ ...inOrder, failedStart: { restarts: 0, relocations: 1, giveUp: true } });
  world.apply(spec);
  world.run(20_000);
  expect(tried(world)).toEqual(['N1', 'N2']);
  expect(world.nodeOf('a/0')).toBeUndefined();
  expect(world.view().apps[0]?.waiting[0]?.reasons).toEqual([
    expect.stringMatching(/^a\/0 fails to start on N1 and N2 .*: it is given up\. Its output/),
  ]);
  world.apply({ ...app(), name: 'b' }); // another question for the solver changes nothing
  world.run(20_000);
  expect(tried(world)).toEqual(['N1', 'N2']);
  world.node('N1').missing.clear();
  world.apply(spec);
  world.run(5000);
  expect(world.nodeOf('a/0')).toBe('N1');
});

test('a new coordinator learns it anew', () => {
  const world = cluster('N1', 'N2');
  world.apply(app(inOrder));
  world.run(12_000);
  expect(world.nodeOf('a/0')).toBe('N2');
  world.restartCoordinator();
  world.run(60_000);
  expect(['N3', 'N4']).toContain(world.nodeOf('a/0'));
  expect(failing(world)).toEqual([]);
});

test('where rules leave no other node it is tried there on and on, and that is said once', () => {
  const world = cluster('N1');
  world.apply(app(at('N1')));
  world.run(120_000);
  expect(tried(world)).toEqual(['N1']);
  expect(world.nodeOf('a/0')).toBe('N1');
  const told = world.journal.filter(({ text }) => /no other node can take it: it is tried there/.test(text));
  expect(told).toHaveLength(1);
  expect(failing(world)).toHaveLength(1);
});

test('what never becomes ready counts too, after the time that its spec gives it', () => {
  const world = cluster();
  world.node('N1').broken.add('a');
  world.apply(app({ ...inOrder, failedStart: { readyMs: 20_000 } }));
  world.run(19_000);
  expect(world.nodeOf('a/0')).toBe('N1');
  world.run(5000);
  expect(world.nodeOf('a/0')).toBe('N2');
  expect(world.said(/a\/0 fails to start on N1 \(not ready for 20 s, the port is not open\)/)).toBe(true);
});

test('a standby takes over from an active instance that fails, and redundancy returns', () => {
  const world = cluster();
  world.apply(app({ ...inOrder, standby: 1 }));
  world.run(5000);
  const failed = world.running().find(({ role }) => role === 'active')!;
  world.node(failed.node).missing.add('a');
  world.node(failed.node).processes.clear(); // it has died, and its program is gone
  world.run(20_000);
  expect(world.activesOf('a')).toBe(1);
  expect(world.running()).toHaveLength(2);
  expect(world.running().map(({ node }) => node)).not.toContain(failed.node);
});

test('a move whose new instance fails is called off at once, and the next goes elsewhere', () => {
  const world = cluster('N2');
  world.apply(app(inOrder));
  world.run(5000);
  expect(world.nodeOf('a/0')).toBe('N1');
  world.command({ kind: 'node', action: 'drain', node: 'N1' as never });
  world.run(10_000);
  expect(world.activesOf('a')).toBe(1);
  expect(world.said(/stopped on N2: the move has failed \(spawn \/bin\/app ENOENT\)/)).toBe(true);
  world.run(70_000);
  expect(world.nodeOf('a/0')).toBe('N3');
  expect(failing(world)).toEqual([]);
});
