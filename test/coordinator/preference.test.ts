import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainApp } from '../../coordinator/core/explain.ts';
import { preferencesOf, rankOn } from '../../coordinator/core/preference.ts';
import { poseProblem } from '../../coordinator/core/problem.ts';
import { matches } from '../../placement/rules.ts';
import { validateProblem } from '../../placement/validate.ts';
import { AppSpec } from '../../protocol/spec.ts';
import { World } from './world.ts';

/* Nodes that applications prefer: where they go first, when they go back, and what that never does. */

const on = (node: string, priority?: number) => ({ label: 'node', in: [node], ...(priority && { priority }) });
const app = (name: string, constraints: object, more: object = {}) => ({
  name,
  demand: { cpu: 500, memory: 256e6 },
  constraints,
  ...more,
});
const runtime = { driver: 'process', command: ['/bin/app'] };

function cluster(count = 3): World {
  const world = new World();
  for (let n = 1; n <= count; n++) world.addNode(`N${n}`, `N${n}`);
  world.run(1000);
  return world;
}
const inOrder = { prefer: [on('N3', 7), on('N2', 5)] };

test('the node with the highest priority comes first, however loaded it is, then the next, then any', () => {
  const world = cluster();
  for (const name of ['x', 'y', 'z'])
    world.apply(app(name, { allow: [on('N3')].map(({ priority: _, ...rule }) => rule) }));
  world.apply(app('a', inOrder));
  world.run(4000);
  expect(world.nodeOf('a/0')).toBe('N3');
  world.losePower('N3');
  world.run(8000);
  expect(world.nodeOf('a/0')).toBe('N2');
  world.losePower('N2');
  world.run(8000);
  expect(world.nodeOf('a/0')).toBe('N1');
});

test('it goes back, alone, once the preferred node is there again, without a moment in which none runs', () => {
  const world = cluster();
  world.apply(app('a', inOrder));
  world.apply(app('b', {}));
  world.run(4000);
  world.losePower('N3');
  world.run(8000);
  const others = world.nodeOf('b/0');
  world.restorePower('N3');
  let gaps = 0;
  const look = () => {
    if (world.activesOf('a') === 0) gaps++;
  };
  world.run(world.settings.flapping.steadyMs, look);
  expect(world.nodeOf('a/0')).not.toBe('N3'); // it has just been lost
  world.run(8000, look);
  expect(world.nodeOf('a/0')).toBe('N3');
  expect(world.nodeOf('b/0')).toBe(others);
  expect(gaps).toBeLessThanOrEqual(3); // the handover itself: the new one becomes active once the old one is gone
  expect(world.said(/because a\/0 prefers N3, which can take it/)).toBe(true);
  const asked = world.state.solves;
  world.run(120_000);
  expect(world.state.solves).toBeLessThanOrEqual(asked + 1); // levelling, once
});

test('without failback it stays where it runs, also when load is levelled, and goes there when it has to move', () => {
  const world = cluster();
  world.apply(app('a', { ...inOrder, failback: false }));
  world.run(4000);
  world.losePower('N3');
  world.run(8000);
  world.restorePower('N3');
  world.run(120_000);
  expect(world.nodeOf('a/0')).toBe('N2');
  world.command({ kind: 'node', action: 'drain', node: 'N2' as never });
  world.run(8000);
  expect(world.nodeOf('a/0')).toBe('N3');
});

test('nothing waits for a preference, and it is met when there is room', () => {
  const world = cluster();
  world.apply(app('large', { allow: [{ label: 'node', in: ['N3'] }] }, { demand: { cpu: 3500, memory: 1e9 } }));
  world.run(4000);
  world.apply(app('a', { prefer: [on('N3')] }, { demand: { cpu: 2000, memory: 1e9 } }));
  world.run(4000);
  expect(world.nodeOf('a/0')).not.toBe('N3');
  expect(world.view().apps.find((one) => one.app === 'a')?.waiting).toEqual([]);
  world.command({ kind: 'delete', app: 'large' as never });
  world.run(8000);
  expect(world.nodeOf('a/0')).toBe('N3');
});

test('a closed node is preferred in vain, and a budget that spares the only instance keeps it from going back', () => {
  const world = cluster();
  const spared = { move: 'stop-first', budget: { minAvailable: 1 } };
  world.command({ kind: 'node', action: 'cordon', node: 'N3' as never });
  world.apply(app('a', { prefer: [on('N3')] }));
  world.apply(app('b', { prefer: [on('N3')] }, spared));
  world.run(8000);
  expect(world.nodeOf('a/0')).not.toBe('N3');
  world.command({ kind: 'node', action: 'uncordon', node: 'N3' as never });
  world.run(8000);
  expect(world.nodeOf('a/0')).toBe('N3');
  expect(world.nodeOf('b/0')).not.toBe('N3');
});

test('replicas are on different nodes first, and then on those that are preferred', () => {
  const world = cluster(4);
  world.apply(app('a', { prefer: [on('N4', 9), on('N2', 3)] }, { replicas: 3 }));
  world.run(4000);
  const nodes = ['a/0', 'a/1', 'a/2'].map((one) => world.nodeOf(one));
  expect(new Set(nodes).size).toBe(3);
  expect(nodes).toEqual(expect.arrayContaining(['N2', 'N4']));
});

test('it is said where it is preferred, and what follows', () => {
  const world = cluster();
  world.apply(app('a', inOrder));
  world.run(4000);
  const why = () => explainApp(world.state, 'a' as never)!.instances[0]!.why;
  expect(why()).toContain('N3 is preferred (priority 7)');
  world.losePower('N3');
  world.run(8000);
  expect(why()).toContain(
    'N2 is preferred (priority 5); N3 (priority 7) would be preferred to it: it goes there once that can take it',
  );
  world.apply(app('a', { prefer: [on('N3')], failback: false }));
  world.run(1000);
  expect(why()).toContain(
    'N2 is not preferred; N3 would be preferred to it: it stays where it runs until it has to move (failback: false)',
  );
});

test('gains of a node add up to its rank, whichever rules match it', () => {
  const world = cluster(5);
  const nodes = [...world.state.nodes.values()].map((node, n) => ({
    ...node,
    record: { ...node.record, labels: { disk: n % 2 === 0 ? 'ssd' : 'hdd' } },
  }));
  const rule = fc.record({
    label: fc.constantFrom('node', 'domain', 'disk', 'none'),
    in: fc.array(fc.constantFrom('N1', 'N2', 'N5', 'ssd', 'hdd'), { minLength: 1, maxLength: 3 }),
    priority: fc.constantFrom(1, 2, 10, 1000),
  });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), fc.constantFrom('ok', 'degraded'), (prefer, health) => {
      const spec = AppSpec.parse(app('a', { prefer }, { runtime }));
      const all = nodes.map((node, n) =>
        n > 0 ? node : { ...node, watch: { ...node.watch, health: { ...node.watch.health, health } } },
      ) as typeof nodes;
      const wishes = preferencesOf(spec, all);
      const used: number[] = [...new Set(prefer.map(({ priority }) => priority))].sort((a, b) => a - b);
      for (const node of all) {
        const { node: name, domain, labels } = node.record;
        const labelled = { name, domain, labels };
        const best = Math.max(0, ...prefer.filter((one) => matches(labelled, one)).map(({ priority }) => priority));
        const expected = node === all[0] && health === 'degraded' ? 0 : used.indexOf(best) + 1;
        expect(rankOn(spec, node)).toBe(expected);
        const sum = wishes.reduce((total, wish) => total + (matches(labelled, wish) ? wish.gain : 0), 0);
        expect(sum).toBe(expected);
      }
    }),
  );
});

test('costs stay exact however many prefer something', () => {
  const world = cluster(40);
  for (let k = 0; k < 300; k++)
    world.state = {
      ...world.state,
      apps: new Map([
        ...world.state.apps,
        [
          `a${k}` as never,
          {
            spec: AppSpec.parse(
              app(
                `a${k}`,
                { prefer: [on('N1', 3), on('N2', 2), on('N3')], failback: k % 2 === 0 },
                { runtime, replicas: 30 },
              ),
            ),
            deleted: false,
          },
        ],
      ]),
    };
  const { problem } = poseProblem(world.state, { purpose: 'repair' });
  expect(() => validateProblem(problem)).not.toThrow();
  expect(problem.applications[0]?.prefer?.[0]?.gain).toBeGreaterThan(1);
});
