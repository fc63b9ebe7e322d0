import { describe, expect, test } from 'vitest';
import type { Survey, SurveyLoss } from '../../coordinator/core/events.ts';
import { survivalText } from '../../coordinator/core/survival-text.ts';
import { nineNodes, WEB, World } from './world.ts';

const GIB = 2 ** 30;
const fine: Survey = { anyNode: true, anyDomain: null, node: null, domain: null, taking: 3 };
const loss = (more: Partial<SurveyLoss> = {}): SurveyLoss => ({
  ...{ what: 'N1', waiting: ['db/0'], short: [], ruledOut: 0, isPartial: false, others: 0 },
  ...more,
});

describe('in words', () => {
  test.each<[Partial<Survey>, string]>([
    [{}, 'survives the loss of any one node'],
    [{ anyNode: null }, 'runs nothing that a loss could stop'],
    [{ anyNode: null, taking: 0 }, 'runs nothing that a loss could stop, and no node takes anything new'],
    [{ anyDomain: true }, 'survives the loss of any one node and of any one failure domain'],
    [
      { anyNode: false, node: loss({ short: [{ resource: 'memory', amount: 12 * GIB }] }) },
      'would not survive the loss of N1 (db/0 would have to wait: 12Gi of memory short)',
    ],
    [
      {
        anyNode: false,
        node: loss({
          waiting: ['a/0', 'b/0', 'c/0'],
          short: [
            { resource: 'cpu', amount: 200 },
            { resource: 'gpu', amount: 1 },
          ],
          ruledOut: 1,
          others: 2,
        }),
      },
      'would not survive the loss of N1 (a/0, b/0 and c/0 would have to wait: 200m of cpu and 1 of gpu short; no other node may have 1 of them), nor of 2 other nodes',
    ],
    [
      { anyNode: false, node: loss({ ruledOut: 1, others: 1 }) },
      'would not survive the loss of N1 (db/0 would have to wait: no other node may have it), nor of 1 other node',
    ],
    [
      {
        anyDomain: false,
        domain: loss({ what: 'A', short: [{ resource: 'memory', amount: GIB }], isPartial: true, others: 1 }),
      },
      'survives the loss of any one node, but not of failure domain A (db/0 would have to wait: at least 1Gi of memory short), nor of 1 other failure domain',
    ],
  ])('%#', (survey, text) => {
    expect(survivalText({ ...fine, ...survey })).toBe(text);
  });
});

describe('of a cluster', () => {
  test('with room everywhere any node and any domain may go, and the journal says so', () => {
    const world = nineNodes();
    world.surveys = true;
    world.apply(WEB);
    world.run(4000);
    expect(world.view().survives).toEqual({
      anyNode: true,
      notNode: null,
      anyDomain: true,
      notDomain: null,
      text: 'survives the loss of any one node and of any one failure domain',
    });
    expect(world.said(/^The cluster survives the loss of any one node and of any one failure domain\.$/)).toBe(true);
  });

  test.each(['cordon', 'drain'] as const)(
    'with %s of every node nothing is called survived that could not be',
    (action) => {
      const world = nineNodes();
      world.surveys = true;
      world.apply(WEB);
      world.run(4000);
      for (const name of world.nodes.keys()) world.command({ kind: 'node', action, node: name as never });
      world.run(4000);
      expect(world.running()).toHaveLength(3);
      expect(world.view().survives).toMatchObject({ anyNode: false, anyDomain: false });
      expect(world.view().survives?.text).toMatch(/^would not survive the loss of N\d \(.* no other node may have/);
      world.command({ kind: 'delete', app: 'web' as never });
      world.run(4000);
      expect(world.view()).toMatchObject({
        sentence: 'No node takes anything new; nothing is placed yet.',
        survives: { anyNode: null, text: 'runs nothing that a loss could stop, and no node takes anything new' },
      });
      world.apply(WEB);
      world.run(4000);
      expect(world.view()).toMatchObject({
        sentence: '3 instances wait for room or a fitting node.',
        survives: { anyNode: null, text: 'runs nothing that a loss could stop, and no node takes anything new' },
      });
      expect(world.said(/The cluster survives/)).toBe(true); // before, when it was so
      expect(world.journal.at(-1)?.text).not.toMatch(/survives/);
    },
  );

  test('a cluster that runs nothing yet survives nothing', () => {
    const world = nineNodes();
    world.surveys = true;
    world.command({ kind: 'node', action: 'cordon', node: 'N9' as never });
    world.run(4000);
    expect(world.view().survives).toMatchObject({ anyNode: null, text: 'runs nothing that a loss could stop' });
  });

  const fourNodes = () => {
    const world = new World();
    world.surveys = true;
    for (const [k, domain] of ['A', 'A', 'B', 'B'].entries()) world.addNode(`N${k + 1}`, domain);
    world.run(1000);
    return world;
  };

  test('four nodes for four replicas: none is to spare', () => {
    const world = fourNodes();
    world.apply({ name: 'db', replicas: 4, demand: { cpu: 1000, memory: 1e9 } });
    world.run(4000);
    expect(world.view().survives?.text).toMatch(
      /^would not survive the loss of N1 \(db\/\d would have to wait: no other node may have it\), nor of 3 other nodes$/,
    );
    expect(world.view().survives).toMatchObject({ anyNode: false, notNode: 'N1', anyDomain: false });
  });

  test('room for what one node had, not for what two had; and again when that has changed', () => {
    const world = fourNodes();
    world.apply({ name: 'db', replicas: 2, demand: { cpu: 2500, memory: 1e9 } });
    world.apply({ name: 'ml', replicas: 1, demand: { cpu: 2500, memory: 1e9 } });
    world.run(4000);
    expect(world.view().survives).toMatchObject({ anyNode: true, anyDomain: false });
    expect(world.view().survives?.text).toMatch(
      /^survives the loss of any one node, but not of failure domain [AB] \(\S+ would have to wait: 1\.2 of cpu short\)/,
    );
    world.command({ kind: 'delete', app: 'ml' as never });
    world.run(4000);
    expect(world.view().survives).toMatchObject({ anyNode: true, anyDomain: true });
  });
});
